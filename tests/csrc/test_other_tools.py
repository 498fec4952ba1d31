"""Trace functions, profile functions and tools of others see what they would see without us."""

from __future__ import annotations

import cProfile
import pstats
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

import pytest

from lineprof import _core
from tests.support.catalogue import Program, programs
from tests.support.harness import (
    compiled,
    counts_of,
    hooks,
    measure,
    nothing_left,
    oracle_outcome,
    runner,
)
from tests.support.oracle import Count, nested_codes

Event = tuple[str, str, int | None, str]

SOME = [
    p
    for p in programs()
    if p.name
    in {
        "loops-for_one_line",
        "loops-while_one_line",
        "expressions-nested_comprehension",
        "expressions-generator_expression",
        "functions-recursion",
        "functions-callbacks_from_c",
        "generators-throw",
        "generators-close",
        "generators-yield_from_send_throw",
        "coroutines-asyncio_cancel",
        "coroutines-asyncio_gather",
        "statements-exception_through_frames",
        "statements-with_return_inside",
        "statements-try_finally_return",
    }
]
some_programs = pytest.mark.parametrize("program", SOME, ids=lambda program: program.name)


class Recorder:
    """A trace or profile function that records every event of a program."""

    def __init__(self, program: Program | None = None, local: bool = True) -> None:
        self.events: list[Event] = []
        self.filename = f"<{program.name}>" if program else ""
        self.local = local

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_filename == self.filename:
            line = frame.f_lineno if event == "line" else None
            self.events.append((event, frame.f_code.co_qualname, line, _shown(arg)))
        return self if self.local else None


def _shown(arg: object) -> str:
    """The part of an argument that is the same in two runs."""
    if isinstance(arg, tuple) and arg and isinstance(arg[0], type):
        return arg[0].__name__
    return repr(arg) if isinstance(arg, int | str | None) else type(arg).__name__


def traced(run: Callable[[], str], recorder: Callable[..., Any]) -> str:
    sys.settrace(recorder)
    try:
        return run()
    finally:
        sys.settrace(None)


def numbers(profiler: _core.Profiler, codes: list[CodeType]) -> tuple[Count, ...]:
    found = {id(code): count for code, count in counts_of(profiler)}
    return tuple(found.get(id(code), Count()) for code in codes)


@pytest.fixture(autouse=True)
def _no_trace_function_of_the_test_runner() -> Iterator[None]:
    if sys.gettrace() or sys.getprofile():
        pytest.skip("the test runner itself is being traced")
    yield
    sys.settrace(None)
    sys.setprofile(None)


@some_programs
@pytest.mark.parametrize("local", [True, False], ids=["lines", "calls_only"])
def test_a_trace_function_set_before(program: Program, core: str, mode: str, local: bool) -> None:
    alone, beside = Recorder(program, local), Recorder(program, local)
    plain = traced(runner(compiled(program)), alone)

    code = compiled(program)
    codes = nested_codes(code)
    profiler = _core.Profiler(core=core)
    run = runner(code)

    def driver() -> str:
        return measure(profiler, codes, mode, run)

    def measured() -> str:
        with nothing_left(codes):
            return driver()

    assert traced(measured, beside) == plain
    assert beside.events == alone.events
    assert numbers(profiler, codes) == oracle_outcome(program).counts


@some_programs
def test_a_trace_function_set_while_measuring(program: Program, core: str, mode: str) -> None:
    alone, beside = Recorder(program), Recorder(program)
    plain = traced(runner(compiled(program)), alone)

    code = compiled(program)
    codes = nested_codes(code)
    profiler = _core.Profiler(core=core)
    run = runner(code)
    with nothing_left(codes):
        assert measure(profiler, codes, mode, lambda: traced(run, beside)) == plain
    assert beside.events == alone.events
    assert numbers(profiler, codes) == oracle_outcome(program).counts


@some_programs
def test_a_profile_function(program: Program, core: str, mode: str) -> None:
    def profiled(run: Callable[[], str], recorder: Recorder) -> str:
        sys.setprofile(recorder)
        try:
            return run()
        finally:
            sys.setprofile(None)

    alone, beside = Recorder(program), Recorder(program)
    plain = profiled(runner(compiled(program)), alone)
    code = compiled(program)
    codes = nested_codes(code)
    profiler = _core.Profiler(core=core)
    run = runner(code)
    with nothing_left(codes):
        assert measure(profiler, codes, mode, lambda: profiled(run, beside)) == plain
    assert beside.events == alone.events
    assert numbers(profiler, codes) == oracle_outcome(program).counts


def test_the_trace_function_is_found_again(core: str, mode: str) -> None:
    def trace(_frame: FrameType, _event: str, _arg: object) -> None:
        return None

    def work() -> int:
        return 1

    profiler = _core.Profiler(core=core)
    sys.settrace(trace)
    try:
        measure(profiler, [work.__code__], mode, work)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(None)


def test_setting_the_trace_function_one_got(core: str, mode: str) -> None:
    """doctest, pdb and others do this around their own work."""

    def work() -> int:
        total = 0
        for i in range(5):
            sys.settrace(sys.gettrace())
            total += inner(i)
        return total

    def inner(i: int) -> int:
        was = sys.gettrace()
        sys.settrace(was)
        x = i + 1
        return x

    codes = [work.__code__, inner.__code__]
    profiler = _core.Profiler(core=core)
    with nothing_left(codes):
        assert measure(profiler, codes, mode, work) == 15
    first, second = (sorted(c.hits.values()) for c in numbers(profiler, codes))
    assert first == [1, 1, 5, 5, 6]
    assert second == [5, 5, 5, 5]


def test_swapping_the_trace_function_for_a_while(core: str, mode: str) -> None:
    seen = Recorder()

    def work() -> int:
        was = sys.gettrace()
        sys.settrace(seen)
        x = other()
        sys.settrace(was)
        y = other()
        return x + y

    def other() -> int:
        return 1

    codes = [work.__code__, other.__code__]
    profiler = _core.Profiler(core=core)
    with nothing_left(codes):
        assert measure(profiler, codes, mode, work) == 2
    first, second = numbers(profiler, codes)
    assert list(first.hits.values()) == [1] * 6
    assert second == Count(2, {other.__code__.co_firstlineno + 1: 2})


def test_removing_the_trace_function(core: str, mode: str) -> None:
    def work() -> int:
        sys.settrace(None)
        return other() + other()

    def other() -> int:
        x = 1
        return x

    codes = [work.__code__, other.__code__]
    profiler = _core.Profiler(core=core)
    with nothing_left(codes):
        assert measure(profiler, codes, mode, work) == 2
    first, second = numbers(profiler, codes)
    start = work.__code__.co_firstlineno
    if sys.version_info >= (3, 12):
        assert first == Count(1, {start + 1: 1, start + 2: 1})
    else:
        # The first event comes when a call of a Python function returns.
        assert first == Count(1, {start + 1: 1})
    assert second == Count(2, {start + 5: 2, start + 6: 2})


def test_removing_the_trace_function_in_a_callee(core: str, mode: str) -> None:
    """Its callers run on to their ends, by return, yield or exception."""

    def remove() -> None:
        sys.settrace(None)

    def work(n: int) -> int:
        total = 0
        for i in gen(n):
            total += i
        return total

    def gen(n: int) -> Iterator[int]:
        for i in range(n):
            remove()
            yield i
        try:
            fails()
        except KeyError:
            remove()

    def fails() -> None:
        try:
            raise KeyError
        finally:
            remove()

    def once() -> None:
        remove()

    codes = [work.__code__, gen.__code__, fails.__code__, once.__code__]

    def run() -> object:
        return work(3), once(), once()  # type: ignore[func-returns-value]

    profiler = _core.Profiler(core=core)
    with nothing_left(codes):
        assert measure(profiler, codes, mode, run) == (3, None, None)
    found = numbers(profiler, codes)
    assert [c.calls for c in found] == [1, 1, 1, 2]
    assert [list(dict(sorted(c.hits.items())).values()) for c in found] == [
        [1, 4, 3, 1],
        [4, 3, 3, 1, 1, 1, 1],
        [1, 1, 1],
        [2],
    ]


def test_a_trace_function_that_raises(core: str, mode: str) -> None:
    """Python removes it and raises in the program, also with us in between."""

    def bad(_frame: FrameType, event: str, _arg: object) -> Any:
        if event == "line":
            raise KeyError("trace")
        return bad

    def work() -> str:
        sys.settrace(bad)
        try:
            inner()
        except KeyError:
            return "raised, " + ("removed" if sys.gettrace() is not bad else "still there")
        finally:
            sys.settrace(None)
        return "not raised"

    def inner() -> int:
        return 1

    assert work() == "raised, removed"
    codes = [inner.__code__]
    profiler = _core.Profiler(core=core)
    with nothing_left(codes):
        assert measure(profiler, codes, mode, work) == "raised, removed"
        assert inner() == 1


def test_cprofile(core: str, mode: str) -> None:
    def fib(n: int) -> int:
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    def calls(profile: cProfile.Profile) -> dict[str, tuple[int, int]]:
        stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
        return {key[2]: value[:2] for key, value in stats.items() if key[2] == "fib"}

    def run() -> cProfile.Profile:
        profile = cProfile.Profile()
        assert profile.runcall(fib, 10) == 55
        return profile

    alone = calls(run())
    profiler = _core.Profiler(core=core)
    with nothing_left([fib.__code__]):
        beside = measure(profiler, [fib.__code__], mode, run)
    assert calls(beside) == alone
    (counted,) = numbers(profiler, [fib.__code__])
    assert counted.calls == 177


def test_two_profilers_on_the_same_code(core: str, mode: str) -> None:
    for program in SOME:
        code = compiled(program)
        codes = nested_codes(code)
        one, two = _core.Profiler(core=core), _core.Profiler(core=core)
        run = runner(code)
        with nothing_left(codes):
            measure(one, codes, mode, lambda: measure(two, codes, mode, run))  # noqa: B023
        expected = oracle_outcome(program).counts
        assert numbers(one, codes) == expected, program.name
        assert numbers(two, codes) == expected, program.name


@pytest.mark.parametrize("other", ["trace", "monitor"])
def test_two_profilers_on_different_code(core: str, mode: str, other: str) -> None:
    if other not in _core.CORES:
        pytest.skip(f"this Python has no {other}")
    for program in SOME:
        code = compiled(program)
        codes = nested_codes(code)
        one, two = _core.Profiler(core=core), _core.Profiler(core=other)
        run = runner(code)
        with nothing_left(codes):
            measure(one, codes[::2], mode, lambda: measure(two, codes[1::2], mode, run))  # noqa: B023
        expected = oracle_outcome(program).counts
        assert numbers(one, codes)[::2] == expected[::2], program.name
        assert numbers(two, codes)[1::2] == expected[1::2], program.name


def test_profilers_that_end_in_the_order_they_began(core: str) -> None:
    def work() -> int:
        return 1

    before = hooks([work.__code__])
    one, two = _core.Profiler(core=core), _core.Profiler(core=core)
    for profiler in (one, two):
        profiler.watch(work.__code__)
        profiler.start()
        work()
    for profiler in (one, two):
        profiler.stop()
        work()
    assert hooks([work.__code__]) == before
    assert [numbers(p, [work.__code__])[0].calls for p in (one, two)] == [2, 2]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring needs Python 3.12")
def test_another_monitoring_tool(core: str, mode: str) -> None:
    monitoring = sys.monitoring
    # PY_RESUME is included because 3.13 has more LINE events if any tool asks for it.
    places_only = (
        monitoring.events.LINE,
        monitoring.events.PY_START,
        monitoring.events.PY_RESUME,
    )
    events = sum(places_only) | monitoring.events.PY_RETURN

    def monitored(run: Callable[[], str], codes: list[CodeType]) -> tuple[str, list[object]]:
        seen: list[object] = []
        places = {code: index for index, code in enumerate(codes)}
        tool = next(t for t in range(6) if monitoring.get_tool(t) is None)
        monitoring.use_tool_id(tool, "test")
        try:
            for event in places_only:
                monitoring.register_callback(
                    tool, event, lambda code, where: seen.append((places[code], where))
                )
            monitoring.register_callback(
                tool, monitoring.events.PY_RETURN, lambda code, *_: seen.append(places[code])
            )
            for code in codes:
                monitoring.set_local_events(tool, code, events)
            return run(), seen
        finally:
            for code in codes:
                monitoring.set_local_events(tool, code, 0)
            for event in (*places_only, monitoring.events.PY_RETURN):
                monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)

    for program in SOME:
        code = compiled(program)
        alone = monitored(runner(code), nested_codes(code))
        code = compiled(program)
        codes = nested_codes(code)
        profiler = _core.Profiler(core=core)
        run = runner(code)
        with nothing_left(codes):
            beside = monitored(lambda: measure(profiler, codes, mode, run), codes)  # noqa: B023
        assert beside == alone, program.name
        assert numbers(profiler, codes) == oracle_outcome(program).counts, program.name


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring needs Python 3.12")
def test_no_tool_id_is_left(core: str) -> None:
    monitoring = sys.monitoring
    taken = [tool for tool in range(6) if monitoring.get_tool(tool) is None]
    for tool in taken:
        monitoring.use_tool_id(tool, "test")
    try:
        profiler = _core.Profiler(core=core)
        with pytest.raises(RuntimeError):
            profiler.watch((lambda: 1).__code__, always=True)
        profiler = _core.Profiler(core=core)
        profiler.watch((lambda: 1).__code__)
        with pytest.raises(RuntimeError):
            profiler.start()
    finally:
        for tool in taken:
            monitoring.free_tool_id(tool)
