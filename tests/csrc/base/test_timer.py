"""A timer given by the user is read once per event; whatever it does, the program runs on."""

from __future__ import annotations

from typing import Any

import pytest

from lineprof import _core
from tests.support.clock import FakeClock
from tests.support.harness import counts_of, nothing_left


def work() -> int:
    total = 0
    for i in range(3):
        total += i
    return total


CODE = work.__code__
FIRST = CODE.co_firstlineno
HITS = {FIRST + 1: 1, FIRST + 2: 4, FIRST + 3: 3, FIRST + 4: 1}


def hits(profiler: _core.Profiler) -> dict[int, int]:
    found = dict(counts_of(profiler))
    return dict(found[CODE].hits) if CODE in found else {}


@pytest.mark.parametrize(
    ("timer", "error"),
    [
        (lambda: 1 // 0, ZeroDivisionError),
        (lambda: "noon", TypeError),
        (lambda: 1.5, TypeError),
        (lambda: None, TypeError),
        (lambda: -1, OverflowError),
        (lambda: 2**80, OverflowError),
        (lambda _needless: 1, TypeError),
    ],
)
def test_a_timer_that_fails(core: str, timer: Any, error: type[Exception]) -> None:
    """The program runs on unharmed, hits are counted, stop() says what was wrong."""
    profiler = _core.Profiler(core=core, timer=timer)
    profiler.watch(CODE)
    with nothing_left([CODE]):
        profiler.start()
        assert work() == 3
        with pytest.raises(error):
            profiler.stop()
        assert profiler.active is False
        profiler.close()
    assert hits(profiler) == HITS


def test_a_timer_that_fails_while_an_exception_passes(core: str) -> None:
    def raises() -> None:
        try:
            raise KeyError("mine")
        finally:
            work()

    profiler = _core.Profiler(core=core, timer=lambda: 1 // 0)
    profiler.watch(raises.__code__)
    profiler.watch(CODE)
    profiler.start()
    with pytest.raises(KeyError, match="mine"):
        raises()
    with pytest.raises(ZeroDivisionError):
        profiler.stop()


def test_a_timer_that_runs_backwards(core: str) -> None:
    clock = FakeClock(step=-10)
    clock.now = 10**6
    profiler = _core.Profiler(core=core, timer=clock)
    profiler.watch(CODE)
    profiler.start()
    work()
    profiler.stop()
    ((_ident, functions),) = profiler.snapshot()
    ((_code, calls, total, _cost, lines, _edges),) = functions
    assert (calls, total) == (1, 0)
    assert [line[2:5] for line in lines] == [(0, 0, 0)] * len(lines)
    assert hits(profiler) == HITS


def test_a_timer_is_asked_once_per_event(core: str) -> None:
    clock = FakeClock(step=1)
    profiler = _core.Profiler(core=core, timer=clock)
    profiler.watch(CODE)
    profiler.start()
    work()
    # Lines of this function may be events too, but there are as many both times.
    before = clock.now
    work()
    once, before = clock.now - before, clock.now
    work(), work()
    twice = clock.now - before
    profiler.stop()
    # The monitor core has no event for a call whose first line reports it.
    assert twice - once == (core == "trace") + sum(HITS.values()) + 1
