"""Defects of line_profiler that its users reported or that were found by running it: not ours.

Numbers with # are threads of pyutils/line_profiler, those with rkern# of rkern/line_profiler.
"""

from __future__ import annotations

import asyncio
import contextlib
import cProfile
import functools
import io
import linecache
import pickle
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

pytest.importorskip("lineprof._core")

from lineprof import LineProfiler
from lineprof.model.profile import Function
from tests.support.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def profiler(core: str, clock: FakeClock) -> Iterator[LineProfiler]:
    made = LineProfiler(core=core, timer=clock)
    yield made
    made.close()


def function(profiler: LineProfiler, name: str) -> Function:
    (found,) = [f for f in profiler.snapshot().functions if f.key.name.endswith(name)]
    return found


def numbers(profiler: LineProfiler, name: str) -> dict[int, tuple[int, int]]:
    """Line, counted from the function's first -> hits and total."""
    found = function(profiler, name)
    return {n.number - found.key.first_line: (n.hits, n.total) for n in found.lines}


def hits(profiler: LineProfiler, name: str) -> dict[int, int]:
    return {line: count for line, (count, _) in numbers(profiler, name).items()}


# -- attribution -----------------------------------------------------------------------------


def test_recursion_loses_no_time(profiler: LineProfiler, clock: FakeClock) -> None:
    @profiler
    def recursive(n: int) -> int:
        if n == 0:
            return 0
        return recursive(n - 1) + clock.tick(10)

    recursive(5)
    assert numbers(profiler, "recursive") == {2: (6, 0), 3: (1, 0), 4: (5, 50)}


def test_mutual_recursion_loses_no_time(profiler: LineProfiler, clock: FakeClock) -> None:
    def ping(n: int) -> int:
        return n and pong(n - 1) + clock.tick(1)

    def pong(n: int) -> int:
        return n and ping(n - 1) + clock.tick(100)

    profiler(ping), profiler(pong)
    ping(4)
    assert numbers(profiler, "ping") == {1: (3, 202)}
    assert numbers(profiler, "pong") == {1: (2, 201)}


def test_time_after_an_await_on_the_same_line_counts(
    profiler: LineProfiler, clock: FakeClock
) -> None:
    """And the waiting is shown apart: #19, rkern#103, rkern#174."""

    class Wait:
        def __await__(self) -> Iterator[None]:
            yield

    @profiler
    async def work() -> int:
        await Wait(), clock.tick(7)  # type: ignore[misc]
        return 1

    task = work()
    task.send(None)
    clock.tick(1000)
    with pytest.raises(StopIteration):
        task.send(None)
    (line, *_) = function(profiler, "work").lines
    assert (line.total, line.suspended) == (7, 1000)


def test_a_one_line_function_and_a_lambda_have_numbers(profiler: LineProfiler) -> None:
    """rkern#11, and none at all on 3.13."""

    # fmt: off
    @profiler
    def one(): return 1  # type: ignore[no-untyped-def]
    # fmt: on
    two = profiler(lambda: 2)
    one(), two(), two()  # type: ignore[no-untyped-call]
    assert (function(profiler, "one").hits, function(profiler, "<lambda>").hits) == (1, 2)


def test_functions_of_equal_code_are_told_apart(profiler: LineProfiler) -> None:
    """#232, #348, #350, #424: and one that was not chosen is not counted."""

    def make() -> list[Callable[[int], int]]:
        def a(x: int) -> int:
            return x

        def b(x: int) -> int:
            return x

        def c(x: int) -> int:
            return x

        return [a, b, c]

    a, b, c = make()
    profiler(a), profiler(b)
    a(1), b(1), b(1), c(1), c(1)
    assert [f.hits for f in profiler.snapshot().functions] == [1, 2]


def test_lines_of_raise_and_finally_are_there(profiler: LineProfiler) -> None:
    """#355"""

    @profiler
    def fails() -> None:
        try:
            raise KeyError
        finally:
            done.append(1)

    done: list[int] = []
    with pytest.raises(KeyError):
        fails()
    assert hits(profiler, "fails") == {2: 1, 3: 1, 5: 1}


# -- what is profiled behaves as before ------------------------------------------------------


def test_generators_keep_return_values_throw_and_close(profiler: LineProfiler) -> None:
    """rkern#152"""
    seen = []

    @profiler
    def generator() -> Iterator[int]:
        try:
            yield 1
        except KeyError:
            seen.append("thrown")
            yield 2
        finally:
            seen.append("closed")
        return 3  # type: ignore[return-value]

    def outer() -> Iterator[int]:
        seen.append((yield from generator()))  # type: ignore[arg-type, func-returns-value]

    assert list(outer()) == [1]
    it: Any = generator()
    next(it)
    assert it.throw(KeyError) == 2
    it.close()
    assert seen == ["closed", 3, "thrown", "closed"]


def test_context_managers_see_the_exception(profiler: LineProfiler) -> None:
    @contextlib.contextmanager
    @profiler
    def manager() -> Iterator[None]:
        try:
            yield
        except KeyError:
            seen.append(1)

    @profiler
    @contextlib.contextmanager
    def outside() -> Iterator[None]:
        yield

    seen: list[int] = []
    with manager(), outside():
        raise KeyError
    assert seen == [1]


def test_asynchronous_generators_keep_athrow_and_aclose(profiler: LineProfiler) -> None:
    @profiler
    async def generator() -> AsyncIterator[int]:
        try:
            yield 1
        except KeyError:
            yield 2
        finally:
            seen.append("closed")

    async def main() -> None:
        it: Any = generator()
        seen.append(await anext(it))
        seen.append(await it.athrow(KeyError))
        await it.aclose()

    seen: list[object] = []
    asyncio.run(main())
    assert seen == [1, 2, "closed"]


def picklable(x: int) -> int:
    return x


def test_functions_are_the_same_objects_with_the_same_code(profiler: LineProfiler) -> None:
    """#422; and frames that run already keep their code, so they are seen."""
    code = picklable.__code__
    measured = profiler(picklable)
    assert measured is picklable
    assert picklable.__code__ is code
    assert pickle.loads(pickle.dumps(measured)) is picklable
    assert not hasattr(measured, "__wrapped__")


def test_a_generator_that_runs_already_is_seen(profiler: LineProfiler) -> None:
    def generator() -> Iterator[int]:
        yield 1
        yield 2

    it = generator()
    next(it)
    profiler(generator)
    assert list(it) == [2]
    assert hits(profiler, "generator") == {2: 1}


def test_functions_defined_again_and_again_stay_small(profiler: LineProfiler) -> None:
    """Their code grew with each definition."""
    sizes = set()
    for _ in range(500):

        @profiler
        def nested() -> int:
            return 1

        sizes.add(len(nested.__code__.co_code))
        nested()
    assert len(sizes) == 1
    assert len(profiler.snapshot().functions) == 1
    assert function(profiler, "nested").hits == 500


# -- kinds of callables ----------------------------------------------------------------------


def test_cached_functions_have_numbers_and_keep_their_methods(profiler: LineProfiler) -> None:
    """#40"""

    @profiler
    @functools.lru_cache
    def cached(x: int) -> int:
        return x

    cached(1), cached(1), cached(2)
    assert cached.cache_info().hits == 1
    assert hits(profiler, "cached") == {3: 2}


def test_under_a_decorator_it_is_the_function_that_is_measured(profiler: LineProfiler) -> None:
    """#167, #169; no warning either, which tests take for an error."""

    def decorator(func: Callable[[], int]) -> Callable[[], int]:
        @functools.wraps(func)
        def wrapper() -> int:
            return func()

        return wrapper

    @profiler
    @decorator
    def inner() -> int:
        return 1

    inner()
    assert [f.key.name.rpartition(".")[2] for f in profiler.snapshot().functions] == ["inner"]
    assert hits(profiler, "inner") == {3: 1}


def test_methods_of_all_kinds(profiler: LineProfiler) -> None:
    """#183, #191, #328, #332"""

    class C:
        @profiler
        @classmethod
        def a(cls) -> int:
            return 1

        @classmethod
        @profiler
        def b(cls) -> int:
            return 1

        @profiler
        @staticmethod
        def c() -> int:
            return 1

    C.a(), C().b(), C.c()
    assert [f.hits for f in profiler.snapshot().functions] == [1, 1, 1]


def test_of_a_dataclass_only_what_was_written_is_listed(profiler: LineProfiler) -> None:
    @profiler
    @dataclass
    class Data:
        x: int

        def written(self) -> int:
            return self.x

    Data(1).written()
    repr(Data(1))
    stream = io.StringIO()
    profiler.print_stats(stream)
    assert [f.key.name.rpartition(".")[2] for f in profiler.snapshot().functions] == ["written"]
    assert "<string>" not in stream.getvalue()


def test_callable_instances_keep_their_type(profiler: LineProfiler) -> None:
    class Calls:
        async def __call__(self) -> int:
            return 1

    one = Calls()
    assert profiler(one) is one
    asyncio.run(one())
    assert hits(profiler, "__call__") == {1: 1}


def test_what_cannot_be_measured_is_told(profiler: LineProfiler) -> None:
    with pytest.warns(UserWarning, match="no Python function behind <built-in function len>"):
        assert profiler(len) is len


def test_the_with_statement_gives_the_profiler(core: str) -> None:
    with LineProfiler(core=core) as profiler:
        assert isinstance(profiler, LineProfiler)
    profiler.close()


def test_numbers_can_be_reset(profiler: LineProfiler) -> None:
    """#121"""
    profiler(picklable)(1)
    profiler.reset()
    assert function(profiler, "picklable").hits == 0
    picklable(1)
    assert function(profiler, "picklable").hits == 1


# -- threads and other tools -----------------------------------------------------------------


def test_threads_neither_raise_nor_lose_hits(profiler: LineProfiler) -> None:
    """ValueError: tool 2 is not in use, raised into the program; hits were lost."""

    @profiler
    def work(n: int) -> int:
        total = 0
        for i in range(n):
            total += i
        return total

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, [50] * 200)) == [1225] * 200
    assert hits(profiler, "work") == {2: 200, 3: 200 * 51, 4: 200 * 50, 5: 200}


def test_threads_that_enable_across_one_another(profiler: LineProfiler) -> None:
    profiler.add_function(picklable)
    entered, left = threading.Event(), threading.Event()

    def other() -> None:
        with profiler:
            entered.set()
            left.wait()
            picklable(1)

    thread = threading.Thread(target=other)
    with profiler:
        thread.start()
        entered.wait()
    left.set()
    thread.join()
    assert function(profiler, "picklable").hits == 1
    picklable(1)
    assert function(profiler, "picklable").hits == 1


def test_cprofile_works_at_the_same_time(profiler: LineProfiler) -> None:
    other = cProfile.Profile()
    with profiler:
        profiler(picklable)
        other.enable()
        picklable(1)
        other.disable()
    other.create_stats()
    calls = {key[2]: value[0] for key, value in other.stats.items()}
    assert calls["picklable"] == 1
    assert function(profiler, "picklable").hits == 1


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is of 3.12")
def test_lines_of_other_code_raise_no_events() -> None:
    """Their events were those of the whole process, which slowed everything down: #202, #375."""
    monitoring = sys.monitoring
    profiler = LineProfiler(core="monitor")
    try:
        profiler(picklable)
        profiler.enable()
        events = monitoring.events
        tool = profiler._core.tool_id
        assert tool is not None
        costly = events.LINE | events.PY_RETURN | events.PY_START | events.PY_YIELD | events.JUMP
        assert not monitoring.get_events(tool) & (costly | events.RAISE)
        assert monitoring.get_local_events(tool, picklable.__code__) & events.LINE
    finally:
        profiler.close()


# -- listings --------------------------------------------------------------------------------


def test_generated_code_keeps_its_source(profiler: LineProfiler) -> None:
    """It was lost when a function of a file was printed before it."""
    text = "def made():\n    return 1\n"
    linecache.cache["<made here>"] = (len(text), None, text.splitlines(True), "<made here>")
    space: dict[str, Any] = {}
    exec(compile(text, "<made here>", "exec"), space)
    profiler(picklable)(1)
    profiler(space["made"])()
    linecache.clearcache()
    stream = io.StringIO()
    profiler.print_stats(stream)
    assert "     2         1 " in stream.getvalue()
    assert "    return 1\n" in stream.getvalue()


def test_streams_that_lack_characters_get_a_listing(profiler: LineProfiler) -> None:
    """#289, #342, rkern#37"""

    @profiler
    def greek() -> str:
        return "αβγ"

    greek()
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, encoding="ascii")
    profiler.print_stats(stream)
    stream.flush()
    assert rb'return "\u03b1\u03b2\u03b3"' in data.getvalue()


def test_an_empty_listing_says_why(profiler: LineProfiler) -> None:
    """#26, rkern#7, rkern#16, rkern#48, rkern#94, rkern#141"""
    stream = io.StringIO()
    profiler.print_stats(stream)
    assert "no function was registered" in stream.getvalue()
