"""What makes measuring cheap, as far as it shows without a stopwatch."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from types import CodeType

import pytest

from lineprof import _core
from tests.csrc.functions import (
    catches,
    consumer,
    fails,
    fib,
    generator,
    has_monitoring,
    plain,
    returns_at_once,
)
from tests.support.clock import FakeClock
from tests.support.harness import counts_of, measure, nothing_left
from tests.support.oracle import count


@pytest.fixture(autouse=True)
def _no_greenlets(monkeypatch: pytest.MonkeyPatch) -> None:
    """On 3.11 all code of a program with greenlets is traced, so hide greenlet."""
    monkeypatch.delitem(sys.modules, "greenlet", raising=False)


def reads_of(profiler: _core.Profiler, clock: FakeClock, run: Callable[[], object]) -> int:
    """Clock reads of `run` alone, without those of the lines around it."""
    run()
    before = clock.now
    run()
    once, before = clock.now - before, clock.now
    run(), run()
    twice = clock.now - before
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
    """The clock is read once per event, so the reads count the events."""
    if core == "trace" and sys.version_info >= (3, 12):
        pytest.skip("trace functions see all code from Python 3.12 on; the default core does not")
    clock = FakeClock(step=1)
    profiler = _core.Profiler(core=core, timer=clock)

    def driver() -> tuple[int, int]:
        few = reads_of(profiler, clock, lambda: caller_of_others(3))
        many = reads_of(profiler, clock, lambda: caller_of_others(300))
        return few, many

    few, many = measure(profiler, [caller_of_others.__code__], mode, driver)
    assert few == many
    assert few >= 1 + 4 + 1  # enter, lines, leave


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
    """unwatch() leaves no events on the code while other code is measured."""
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


# -- One clock read per event ----------------------------------------------------------


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
    """Events are the lines, which the oracle counts, and each enter and leave of a frame.

    The monitor core has no event for a call whose first line reports it (`calls`). Trace
    functions have an event for exceptions too.
    """
    codes = [f.__code__ for f in functions]
    _, expected = count(codes, run)
    lines = sum(sum(c.hits.values()) for c in expected.values())
    clock = FakeClock(step=1)
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


# -- Threads that fail -----------------------------------------------------------------


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
