"""Defects of line_profiler whose cost grows with the square of something: not ours.

The bounds are some hundred times what is needed; theirs were passed by far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import pytest

pytest.importorskip("lineprof._core")

from lineprof import LineProfiler

LINES = 40_000
SECONDS = 5.0


@pytest.fixture
def profiler(core: str) -> Iterator[LineProfiler]:
    made = LineProfiler(core=core, calibrate=False)
    yield made
    made.close()


def defined(text: str) -> Callable[[], Any]:
    space: dict[str, Any] = {}
    exec(text, space)
    found: Callable[[], Any] = space["f"]
    return found


def test_a_long_function_is_added_at_once(profiler: LineProfiler) -> None:
    """Its bytes were looked up one by one, each from the start: two minutes for this one."""
    f = defined("def f():\n" + "    x = 1\n" * LINES)
    start = perf_counter()
    profiler.add_function(f)
    assert perf_counter() - start < SECONDS
    assert len(profiler.get_stats().timings) == 1


def test_a_long_literal_slows_nothing_down(profiler: LineProfiler) -> None:
    """#82; and cpython#127953, where a line is searched for from the start of the function."""
    f = defined("def f():\n    x = [\n" + "        1,\n" * LINES + "    ]\n    return len(x)\n")
    profiler(f)
    start = perf_counter()
    for _ in range(100):
        assert f() == LINES
    assert perf_counter() - start < SECONDS
    (rows,) = profiler.get_stats().timings.values()
    assert {line: hits for line, hits, _ in rows}[LINES + 4] == 100


def test_many_functions_are_read_in_linear_time(profiler: LineProfiler) -> None:
    """#236"""
    for number in range(3_000):
        profiler.add_function(defined(f"def f():\n    return {number}\n"))
    start = perf_counter()
    for _ in range(3):
        profiler.get_stats()
    assert perf_counter() - start < SECONDS
