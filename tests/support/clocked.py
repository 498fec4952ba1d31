"""Runs a script in a process of its own, measured by a clock that only the script moves."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

from .clock import SOURCE as CLOCK

PRELUDE = (
    CLOCK
    + """
import sys
from lineprof import _core
core, mode = sys.argv[1:]
clock = FakeClock()
tick = clock.tick
profiler = _core.Profiler(core=core, timer=clock)
def measured(run, *functions):
    "Numbers by name: calls, total, {line from the def line: (hits, total, self, suspended)}."
    for function in functions:
        profiler.watch(function.__code__, always=mode == "always")
    if mode == "started": profiler.start()
    try: run()
    finally: profiler.close()
    return numbers()
def numbers():
    found = {}
    for _ident, functions in profiler.snapshot():
        for code, calls, total, _cost, lines, _edges in functions:
            name, first = code.co_name, code.co_firstlineno
            before = found.get(name, (0, 0, {}))
            for line in lines:
                place = line[0] - first
                sums = before[2].get(place, (0, 0, 0, 0))
                before[2][place] = tuple(a + b for a, b in zip(sums, line[1:5]))
            found[name] = (before[0] + calls, before[1] + total, before[2])
    return found
"""
)


def run(core: str, mode: str, script: str) -> list[str]:
    """The lines the script wrote; it must exit with status 0."""
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", PRELUDE + dedent(script), core, mode],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr[-4000:]
    return result.stdout.splitlines()
