"""What makes measuring cheap, as far as it can be seen without a stop watch."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType

import pytest

from lineprof import _core

from ..support.harness import counts_of, hooks, measure, nothing_left
from ..support.oracle import count, nested_codes

has_monitoring = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="sys.monitoring needs Python 3.12"
)
has_gate = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="only Python 3.11 has the evaluator that hides other code"
)

LONG = 300
"""Lines below the def line that are far for every version (see test_traps.py)."""


@pytest.fixture(autouse=True)
def _no_greenlets(monkeypatch: pytest.MonkeyPatch) -> None:
    """On 3.11 a program with greenlets has all its code traced: this one has none."""
    monkeypatch.delitem(sys.modules, "greenlet", raising=False)


class CountingClock:
    """A clock that says how often it was read."""

    def __init__(self) -> None:
        self.reads = 0

    def __call__(self) -> int:
        self.reads += 1
        return self.reads


def function(source: str, name: str = "work") -> Callable[..., object]:
    space: dict[str, Callable[..., object]] = {}
    exec(compile(source, "<structure>", "exec", dont_inherit=True), space)
    return space[name]


def long_function(last: str = "return x") -> Callable[..., object]:
    lines = [f"    x = {n}\n" for n in range(LONG)]
    return function(f"def work(xs=()):\n{''.join(lines)}    {last}\n")


def reads_of(profiler: _core.Profiler, clock: CountingClock, run: Callable[[], object]) -> int:
    """Clock reads of `run` alone: those of the lines around it are taken off."""
    run()
    before = clock.reads
    run()
    once, before = clock.reads - before, clock.reads
    run(), run()
    twice = clock.reads - before
    return twice - once


# -- Code that is not watched ----------------------------------------------------------


def unwatched(n: int) -> int:
    total = 0
    for i in range(n):
        total += i
        total -= 1
        total += 1
    return total


def unwatched_generator(n: int) -> Iterator[int]:
    for i in range(n):
        yield i
        n -= 0


def caller_of_others(n: int) -> int:
    a = unwatched(n)
    b = sum(unwatched_generator(n))
    c = [unwatched(i) for i in range(1)]
    return a + b + len(c)


def test_lines_of_unwatched_callees_are_no_events(core: str, mode: str) -> None:
    """The clock is read at every event, so its reads tell how many there were."""
    if core == "trace" and sys.version_info >= (3, 12):
        pytest.skip("trace functions see all code from Python 3.12 on; the default core does not")
    clock = CountingClock()
    profiler = _core.Profiler(core=core, timer=clock)

    def driver() -> tuple[int, int]:
        few = reads_of(profiler, clock, lambda: caller_of_others(3))
        many = reads_of(profiler, clock, lambda: caller_of_others(300))
        return few, many

    few, many = measure(profiler, [caller_of_others.__code__], mode, driver)
    assert few == many
    assert few >= 1 + 4 + 1  # enter, lines, leave: the clock is not blind


@has_monitoring
def test_unwatched_code_has_no_local_events(mode: str) -> None:
    monitoring = sys.monitoring
    others = [unwatched.__code__, unwatched_generator.__code__, measure.__code__]
    profiler = _core.Profiler(core="monitor")

    def driver() -> tuple[list[int], int]:
        caller_of_others(3)
        tool = profiler.tool_id
        assert tool is not None
        assert monitoring.get_local_events(tool, caller_of_others.__code__)
        found = [monitoring.get_local_events(tool, code) for code in others]
        return found, monitoring.get_events(tool)

    found, everywhere = measure(profiler, [caller_of_others.__code__], mode, driver)
    assert found == [0, 0, 0]
    events = monitoring.events
    local_unwind = sys.version_info >= (3, 15)
    assert everywhere == (0 if local_unwind else events.PY_UNWIND | events.PY_THROW)


@has_monitoring
def test_unwatched_code_is_not_told_of_again(mode: str) -> None:
    """After unwatch() there is nothing left on the code, while others are measured."""
    profiler = _core.Profiler(core="monitor")

    def driver() -> list[int]:
        tool = profiler.tool_id
        assert tool is not None
        profiler.unwatch(unwatched.__code__)
        return [
            sys.monitoring.get_local_events(tool, f.__code__) for f in (unwatched, caller_of_others)
        ]

    codes = [unwatched.__code__, caller_of_others.__code__]
    gone, kept = measure(profiler, codes, mode, driver)
    assert gone == 0
    assert kept != 0


# -- Event masks -----------------------------------------------------------------------


def local_events(work: Callable[..., object], mode: str) -> tuple[set[str], set[str]]:
    """Names of the events on a watched code object, and of those on all code."""
    profiler = _core.Profiler(core="monitor")
    names = [name for name in vars(sys.monitoring.events) if name.isupper()]

    def named(mask: int) -> set[str]:
        return {
            name
            for name in names
            if getattr(sys.monitoring.events, name) and mask & getattr(sys.monitoring.events, name)
        } - {"BRANCH"}

    def driver() -> tuple[set[str], set[str]]:
        tool = profiler.tool_id
        assert tool is not None
        local = sys.monitoring.get_local_events(tool, work.__code__)
        return named(local), named(sys.monitoring.get_events(tool))

    with nothing_left([work.__code__]):
        return measure(profiler, [work.__code__], mode, driver)


PLACES = {"PY_START", "PY_RESUME", "PY_YIELD", "PY_RETURN"}
if sys.version_info >= (3, 15):
    PLACES |= {"PY_UNWIND", "PY_THROW"}
EVERYWHERE = {"PY_UNWIND", "PY_THROW"} - PLACES


@has_monitoring
@pytest.mark.parametrize(
    ("source", "more"),
    [
        ("def work(xs):\n    for x in xs:\n        x += 1\n    return xs\n", set()),
        ("def work(xs):\n    while xs:\n        xs.pop()\n", set()),
        ("def work(xs):\n    for x in xs: x += 1\n", {"JUMP"}),
        ("def work(xs):\n    while xs: xs.pop()\n", {"JUMP"}),
        ("def work(xs):\n    if xs: return 1\n    return 2\n", set()),
        ("def work(): return 1\n", set()),
        ("def work(): yield 1\n", set()),
    ],
)
def test_events_of_watched_code(source: str, more: set[str], mode: str) -> None:
    assert local_events(function(source), mode) == (PLACES | {"LINE"} | more, EVERYWHERE)


@has_monitoring
@pytest.mark.parametrize("last", ["return x", "for x in xs: x += 1"])
def test_events_of_long_functions(last: str, mode: str) -> None:
    more = {"LINE"} | ({"JUMP"} if last.startswith("for") else set())
    if sys.version_info < (3, 13, 3):
        more = {"INSTRUCTION"}
    if sys.version_info < (3, 13):
        more |= {"CALL"}
    assert local_events(long_function(last), mode) == (PLACES | more, EVERYWHERE)


@has_monitoring
def test_events_of_long_functions_with_handlers(mode: str) -> None:
    source = "def work():\n" + "    x = 1\n" * LONG
    source += "    with x:\n        x()\n    return x\n"
    _local, everywhere = local_events(function(source), mode)
    handled = {"EXCEPTION_HANDLED"} if sys.version_info < (3, 13, 3) else set()
    assert everywhere == EVERYWHERE | handled


# -- One clock read per event ----------------------------------------------------------


def plain(n: int) -> int:
    total = 0
    for i in range(n):
        total += i
    return total


def generator(n: int) -> Iterator[int]:
    for i in range(n):
        n -= 0
        yield i


def consumer(n: int) -> int:
    total = 0
    for i in generator(n):
        total += i
    return total


def fails() -> None:
    raise KeyError


def catches() -> int:
    try:
        fails()
    except KeyError:
        return 1
    return 0


def fib(n: int) -> int:
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


# fmt: off
def returns_at_once() -> int: return 1
# fmt: on


@pytest.mark.parametrize(
    ("functions", "run", "calls", "switches", "exceptions"),
    [
        ([plain], lambda: plain(10), 1, 2, 0),
        ([generator], lambda: list(generator(5)), 1, 2 * 6, 0),
        ([consumer, generator], lambda: consumer(5), 2, 2 + 2 * 6, 0),
        ([fails, catches], lambda: [catches()], 2, 4, 2),
        ([fib], lambda: fib(6), 25, 2 * 25, 0),
        ([returns_at_once], lambda: [returns_at_once()], 0, 2, 0),
    ],
    ids=["loop", "generator", "consumer", "exception", "recursion", "on the def line"],
)
def test_the_clock_is_read_once_per_event(  # noqa: PLR0917
    functions: list[Callable[..., object]],
    run: Callable[[], object],
    calls: int,
    switches: int,
    exceptions: int,
    core: str,
    mode: str,
) -> None:
    """Events are the lines, which the oracle counts, and each entering and leaving of a frame.

    The monitor core is not told of a call when its first line tells of it (`calls`). Trace
    functions are told of exceptions too.
    """
    codes = [f.__code__ for f in functions]
    _, expected = count(codes, run)
    lines = sum(sum(c.hits.values()) for c in expected.values())
    clock = CountingClock()
    profiler = _core.Profiler(core=core, timer=clock)
    reads = measure(profiler, codes, mode, lambda: reads_of(profiler, clock, run))
    if core == "trace":
        switches += exceptions
        if sys.version_info < (3, 12) and fails in functions:
            switches -= 1  # raised in a last line, which runs untraced
        if sys.version_info >= (3, 12):
            switches += 3  # call, line and return of the unwatched lambda
    else:
        switches -= calls
    assert reads == lines + switches


# -- Tool ids --------------------------------------------------------------------------


@contextmanager
def taken(*tools: int) -> Iterator[None]:
    free = [tool for tool in tools if sys.monitoring.get_tool(tool) is None]
    for tool in free:
        sys.monitoring.use_tool_id(tool, "test")
    try:
        yield
    finally:
        for tool in free:
            sys.monitoring.free_tool_id(tool)


PREFERRED = (3, 4, 2, 5, 1, 0)


@has_monitoring
@pytest.mark.parametrize("number", range(len(PREFERRED)))
def test_the_first_free_tool_id_is_taken(number: int, mode: str) -> None:
    if any(sys.monitoring.get_tool(tool) for tool in PREFERRED):
        pytest.skip("another tool is at work")
    profiler = _core.Profiler(core="monitor")
    assert profiler.tool_id is None
    with taken(*PREFERRED[:number]), nothing_left([plain.__code__]):

        def driver() -> tuple[int | None, str | None]:
            plain(2)
            return profiler.tool_id, sys.monitoring.get_tool(PREFERRED[number])

        chosen = measure(profiler, [plain.__code__], mode, driver)
    assert chosen == (PREFERRED[number], "lineprof")
    assert profiler.tool_id is None
    assert dict(counts_of(profiler))[plain.__code__].calls == 1


@has_monitoring
def test_without_a_free_tool_id_no_hook_is_placed(mode: str) -> None:
    profiler = _core.Profiler(core="monitor")
    with taken(*PREFERRED):
        before = hooks([plain.__code__])
        with pytest.raises(RuntimeError, match=r"tool id.* in use"):
            measure(profiler, [plain.__code__], mode, lambda: None)
        assert hooks([plain.__code__]) == before
        assert not profiler.active
        assert profiler.tool_id is None
    # And it was not spoilt by that.
    measure(profiler, [plain.__code__], mode, lambda: plain(2))
    assert dict(counts_of(profiler))[plain.__code__].calls == 1


# -- The evaluator of 3.11 -------------------------------------------------------------


def tracing_switch() -> int:
    """`cframe->use_tracing` of the frames that run: 0, or 255 if they are traced."""
    get = ctypes.pythonapi.PyThreadState_Get
    get.restype = ctypes.c_void_p
    # PyThreadState of 3.11: three pointers, seven ints, padding, then the cframe.
    cframe = ctypes.c_void_p.from_address(get() + 56).value
    assert cframe
    return ctypes.c_uint8.from_address(cframe).value


@has_gate
def test_the_switch_is_read_where_it_is() -> None:
    if sys.gettrace():
        pytest.skip("the test runner itself is being traced")
    assert tracing_switch() == 0
    sys.settrace(lambda *_: None)
    try:
        assert tracing_switch() == 255
    finally:
        sys.settrace(None)
    assert tracing_switch() == 0


@has_gate
def test_only_measured_code_runs_traced(mode: str) -> None:
    source = """
def outer():
    yield from middle()
    look("outer"))
def middle():
    yield inner()
    look("middle"))
    yield [inner() for _ in (1,)]
def inner():
    look("inner"))
    return deepest()
def deepest():
    look("deepest"))
    return
"""
    # As in tracing_switch(), but with C functions only: a Python function has a switch of its own.
    source = source.replace("look(", "seen((byte(pointer(state() + 56).value).value, ")
    seen: list[tuple[int, str]] = []
    state = ctypes.pythonapi.PyThreadState_Get
    state.restype = ctypes.c_void_p
    space: dict[str, object] = {
        "state": state,
        "pointer": ctypes.c_void_p.from_address,
        "byte": ctypes.c_uint8.from_address,
        "seen": seen.append,
    }
    code = compile(source, "<gate>", "exec", dont_inherit=True)
    exec(code, space)
    codes = {c.co_name: c for c in nested_codes(code)}
    run: Callable[[], object] = lambda: list(space["outer"]())  # type: ignore[operator]  # noqa: E731
    for watched in ({"outer"}, {"middle"}, {"inner"}, {"middle", "deepest"}, {"outer", "inner"}):
        seen.clear()
        profiler = _core.Profiler(core="trace")
        with nothing_left(codes.values()):
            measure(profiler, [codes[name] for name in watched], mode, run)
        order = ["inner", "deepest", "middle", "inner", "deepest", "outer"]
        assert seen == [(255 if name in watched else 0, name) for name in order]
    seen.clear()
    run()
    assert {switch for switch, _ in seen} == {0}


@has_gate
def test_the_evaluator_is_there_while_code_is_measured_and_not_after(mode: str) -> None:
    if hooks()["evaluator"] is None:
        pytest.skip("this Python does not say which evaluator it has")
    before = hooks()["evaluator"]
    profiler = _core.Profiler(core="trace")
    assert measure(profiler, [plain.__code__], mode, lambda: hooks()["evaluator"]) != before
    assert hooks()["evaluator"] == before
    with pytest.raises(KeyError):
        measure(_core.Profiler(core="trace"), [fails.__code__], mode, fails)
    assert hooks()["evaluator"] == before


def test_nothing_is_left_after_threads_that_fail(core: str, mode: str) -> None:
    codes: list[CodeType] = [fails.__code__, catches.__code__]
    profiler = _core.Profiler(core=core)
    errors: list[Exception] = []

    def run() -> None:
        catches()
        try:
            fails()
        except KeyError as error:
            errors.append(error)

    def crowd() -> None:
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        fails()

    with nothing_left(codes), pytest.raises(KeyError):
        measure(profiler, codes, mode, crowd)
    assert len(errors) == 4
    assert {code: c.calls for code, c in counts_of(profiler)} == {codes[0]: 9, codes[1]: 4}
