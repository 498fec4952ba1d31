"""Coverage, cProfile and sys.settrace at work at the same time, and we among them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.scripts import expected_hits, run

# Tools begin in one order and end in the same or the reverse order; `ours` is our place among them,
# -1 if we are absent. Trace functions in Python stay for the whole run, or for one call of the
# program where coverage needs the only place for its own tracer.
SCRIPT = """
import coverage, cProfile, pstats

def round_of(ours, reverse, whole):
    global profiler
    profiler = _core.Profiler(core=core)
    measured = coverage.Coverage(data_file=None, include=["program.py"])
    profile = cProfile.Profile()
    events = []

    def trace(frame, event, arg):
        if frame.f_code.co_filename == program.__file__:
            events.append([frame.f_code.co_name, event, frame.f_lineno])
            return trace

    def end():
        profiler.stop()
        profiler.close()

    tools = [(measured.start, measured.stop), (profile.enable, profile.disable)]
    if whole:
        tools.append((lambda: sys.settrace(trace), lambda: sys.settrace(None)))
    if ours >= 0:
        tools.insert(ours, (start, end))
    for begin, _ in tools: begin()
    program.work(20)
    if whole:
        program.work(6)
    else:
        was = sys.gettrace()
        sys.settrace(trace)
        program.work(6)
        sys.settrace(was)
    program.work(3)
    for _, end in reversed(tools) if reverse else tools: end()

    data = measured.get_data()
    (file,) = data.measured_files()
    calls = {}
    for (name, _, function), numbers in pstats.Stats(profile).stats.items():
        if name == program.__file__ or function == "<built-in method builtins.sum>":
            callers = {place[2]: count[:2] for place, count in numbers[4].items()}
            calls[function] = [numbers[:2], callers]
    left = [str(sys.gettrace()), str(sys.getprofile()), str(profiler.tool_id)]
    tracer = measured._collector.tracer_name()
    return hits(), [sorted(data.lines(file)), calls, events], left, tracer
"""

SUM = "<built-in method builtins.sum>"
FUNCTIONS = {"work": 3, "fails": 6, "gen": 32, "once": 3, "Local": 3, "<genexpr>": 12, SUM: 3}
"""How often they are called, and begun anew, by work(20), work(6) and work(3)."""


@pytest.mark.parametrize(
    ("tracer", "whole"),
    [("ctrace", False), ("sysmon", False), ("sysmon", True)],
    ids=["ctrace", "sysmon", "sysmon_and_trace"],
)
def test_three_tools_at_once(
    tmp_path: Path, core: str, mode: str, tracer: str, whole: bool
) -> None:
    if importlib.util.find_spec("coverage") is None:
        pytest.skip("coverage is not installed")
    if tracer == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring needs Python 3.12")
    script = f"""
places = [(ours, reverse) for ours in range({3 + whole}) for reverse in (False, True)]
alone = {{reverse: round_of(-1, reverse, {whole}) for reverse in (False, True)}}
tell(
    name=alone[False][3],
    alone=alone[False][1],
    again=alone[True][1],
    rounds=[[place, *round_of(*place, {whole})] for place in places],
)
"""
    told, _ = run(tmp_path, SCRIPT + script, core, mode, COVERAGE_CORE=tracer)
    if told["name"] != {"ctrace": "CTracer", "sysmon": "SysMonitor"}[tracer]:
        pytest.skip(f"this coverage has no {tracer}")
    # Without us they are right.
    alone: Any = told["alone"]
    lines, calls, events = alone
    assert told["again"] == alone
    expected = expected_hits(20, 6, 3)
    measured = {int(line) for function in expected.values() for line in function}
    assert measured < set(lines)
    assert {name: numbers[0][1] for name, numbers in calls.items()} == FUNCTIONS
    traced = expected_hits(20, 6, 3) if whole else expected_hits(6)
    for name, hits in traced.items():
        seen = [line for function, event, line in events if (function, event) == (name, "line")]
        assert {str(line): seen.count(line) for line in seen} == hits
    # With us they are the same, and our numbers too, wherever we begin and end.
    for place, hits, beside, left, tracer_name in told["rounds"]:  # type: ignore[attr-defined]
        assert hits == expected, place
        assert beside == alone, place
        assert left == ["None"] * 3, place
        assert tracer_name == told["name"], place
