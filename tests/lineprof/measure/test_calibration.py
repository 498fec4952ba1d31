"""The profiler's own cost: measured once, lazily, sanely, and without leaving a trace."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("lineprof._core")

from lineprof import LineProfiler, _core
from lineprof.measure import calibration


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: Any) -> dict[tuple[str, str], calibration.Cost]:
    known: dict[tuple[str, str], calibration.Cost] = {}
    monkeypatch.setattr(calibration, "_known", known)
    return known


@pytest.fixture
def made(core: str) -> Iterator[list[_core.Profiler]]:
    profilers: list[_core.Profiler] = []
    yield profilers
    for profiler in profilers:
        assert not profiler.active


def measured(core: str, made: list[_core.Profiler], clock: str = "wall") -> calibration.Cost:
    def make() -> _core.Profiler:
        made.append(_core.Profiler(core=core, clock=clock))
        return made[-1]

    return calibration.event_cost(make, core, clock)


def check(cost: calibration.Cost, tick: float) -> None:
    *events, hits, end, resume, back, made, raised, _pace = cost
    assert len(events) == 3
    assert all(
        type(ticks) is int and 0 <= ticks * tick <= 20e-6
        for ticks in (*events, *hits, end, resume, back, made, raised)
    )
    assert len(hits) <= 256


@pytest.mark.parametrize("clock", ["wall", "cpu"])
def test_costs_are_sane(core: str, made: list[_core.Profiler], clock: str) -> None:
    cost = measured(core, made, clock)
    check(cost, made[0].tick)


def test_once_for_each_source_and_clock(core: str, made: list[_core.Profiler]) -> None:
    first = measured(core, made)
    assert measured(core, made) is first
    assert len(made) == 1
    measured(core, made, "cpu")
    assert len(made) == 2


def test_a_tracer_of_this_thread_does_not_see_it(core: str, made: list[_core.Profiler]) -> None:
    seen = []

    def tracer(frame: Any, event: str, arg: Any) -> Any:
        seen.append(frame.f_code.co_name)
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        cost = measured(core, made)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    check(cost, made[0].tick)
    assert "event_cost" in seen
    assert "_callee" not in seen


def test_another_profiler_at_work_does_not_break_it(core: str, made: list[_core.Profiler]) -> None:
    with LineProfiler(measured, core=core, calibrate=False) as other:
        check(measured(core, made), made[0].tick)
    assert other.snapshot().functions[0].calls == 1


def test_no_hook_to_be_had_is_no_cost_and_is_not_remembered(
    forgotten: dict[tuple[str, str], calibration.Cost],
) -> None:
    def make() -> _core.Profiler:
        raise RuntimeError("no tool id is free")

    assert calibration.event_cost(make, "trace", "wall") == calibration.NOTHING
    assert forgotten == {}


@pytest.mark.parametrize("ns", [-5.0, 0.0, 1e6, float("inf"), float("nan")])
def test_nonsense_is_no_cost(ns: float) -> None:
    assert calibration._ticks(ns, 1e-9) == 0


def test_ticks_are_of_the_clock() -> None:
    assert calibration._ticks(30.0, 0.5e-9) == 60


def f() -> None:
    for _ in ():
        pass  # so that the end is never in the last line


def test_measured_when_measuring_first_starts(
    core: str, forgotten: dict[tuple[str, str], calibration.Cost]
) -> None:
    profiler = LineProfiler(f, core=core)
    assert forgotten == {}
    profiler.enable()
    assert list(forgotten) == [(core, "wall")]
    profiler.close()


def test_what_is_known_reaches_core_and_file(
    core: str, forgotten: dict[tuple[str, str], calibration.Cost]
) -> None:
    # So much that no moment of a busy machine comes near it.
    forgotten[core, "wall"] = (10**15, 2 * 10**15, 3 * 10**15)  # type: ignore[assignment]
    with LineProfiler(f, core=core) as profiler:
        f()
    profile = profiler.snapshot()
    (run,) = profile.runs
    assert run.cost == tuple(round(n * 1e15 * run.tick * 1e12) for n in (1, 2, 3))
    assert profile.functions[0].total_cost > 0
    assert profile.corrected().functions[0].total == 0


def test_decorating_starts_measuring(
    core: str, forgotten: dict[tuple[str, str], calibration.Cost]
) -> None:
    profiler = LineProfiler(core=core)
    profiler(f)
    profiler.close()
    assert list(forgotten) == [(core, "wall")]


def test_not_on_request_and_not_with_a_timer(
    core: str, forgotten: dict[tuple[str, str], calibration.Cost]
) -> None:
    options: list[dict[str, Any]] = [{"calibrate": False}, {"timer": lambda: 0}]
    for option in options:
        with LineProfiler(f, core=core, **option) as profiler:
            f()
        assert profiler.snapshot().runs[0].cost == (0, 0, 0)
    assert forgotten == {}


@pytest.mark.skipif(_core.LINE_KIND != "instructions", reason="hits have no such weight here")
@pytest.mark.parametrize(
    ("program", "callee", "instructions"),
    [
        (calibration._short, None, calibration._SHORT),
        (calibration._special, None, calibration._SPECIAL),
        (calibration._mixed, None, calibration._MIXED_INSTRUCTIONS),
        (calibration._long, None, calibration._LONG),
        (calibration._calls, calibration._callee, calibration._CALL),
        (calibration._calls, calibration._late, calibration._CALL + calibration._LATE),
        (calibration._resumes, calibration._generator, calibration._RESUME),
        (calibration._begins, calibration._empty, calibration._BEGIN),
        (calibration._awaits, calibration._coroutine, calibration._AWAIT),
    ],
)
def test_programs_have_the_instructions_it_reckons_with(
    program: Any, callee: Any, instructions: int
) -> None:
    def cost_of(rounds: int) -> int:
        functions = [calibration._copy(f) for f in (program, callee) if f is not None]
        profiler = _core.Profiler()
        profiler.set_cost(0, 0, 0, (*range(255), 0))  # the callee's line has a cost of its own
        for function in functions:
            function.__globals__["_REPEAT"] = range(rounds)
            profiler.watch(function.__code__, always=True)
        calibration._timed((functions[0], functions[-1]))
        ((_ident, found),) = profiler.snapshot()
        profiler.close()
        return sum(line[6] for function in found for line in function[4])

    assert cost_of(7) - cost_of(6) == instructions
