"""Costs follow the pace of the processor, which changes as neighbours come and go."""

from __future__ import annotations

import pytest

from lineprof import _core

TICKS = 10**6
ROUNDS = 1000


def line_cost(core: str, clock: str, pace: int) -> float:
    """What an event of TICKS at this pace is reckoned to cost now, over TICKS."""
    profiler = _core.Profiler(core=core, clock=clock)
    profiler.set_cost(0, TICKS, 0, (), 0, 0, 0, 0, 0, pace)

    def work() -> int:
        total = 0
        for _ in range(ROUNDS):
            total += 1
        return total

    profiler.watch(work.__code__, always=True)
    work()
    profiler.close()
    ((_ident, ((_code, _calls, _total, cost, lines, _edges),)),) = profiler.snapshot()
    return cost / TICKS / (sum(line[1] for line in lines) - 1)


@pytest.fixture
def counter(core: str) -> None:
    if _core.Profiler(core=core).pace() == 0:
        pytest.skip("no counter of the processor is used here")


def test_the_pace_is_told_where_the_counter_is_the_clock(core: str) -> None:
    profiler = _core.Profiler(core=core)
    assert (profiler.pace() > 0) is (profiler.clock in ("tsc", "cntvct"))
    assert _core.Profiler(core=core, clock="cpu").pace() == 0
    assert _core.Profiler(core=core, timer=lambda: 0).pace() == 0


@pytest.mark.usefixtures("counter")
def test_costs_rise_when_the_processor_is_slower(core: str) -> None:
    """Than it can ever have been: the reading counts half, and at most four times."""
    assert 2 <= line_cost(core, "wall", pace=1) < 4.1


@pytest.mark.usefixtures("counter")
def test_costs_fall_when_the_processor_is_faster(core: str) -> None:
    assert 0 < line_cost(core, "wall", pace=1 << 50) < 0.6


@pytest.mark.parametrize(("clock", "pace"), [("wall", 0), ("cpu", 1)])
def test_costs_stay_where_no_pace_is_known(core: str, clock: str, pace: int) -> None:
    assert line_cost(core, clock, pace) == 1
