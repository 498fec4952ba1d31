"""Functions in the shape that line_profiler gives them: rows of line, hits and total time."""

from __future__ import annotations

from collections.abc import Sequence

from .model import Function, FunctionKey, Line

NANOSECOND = 1e-9
"""Seconds of one unit of the model's times."""

Key = tuple[str, int, str]
"""File, first line and qualified name of a function."""
Row = tuple[int, int, int]
"""Line, hits, and total time in units."""


def key_of(function: Function) -> Key:
    key = function.key
    return (key.file, key.first_line, key.name)


def rows_of(function: Function) -> list[Row]:
    """One row for each line measured; times in nanoseconds."""
    return [(line.number, line.hits, line.total) for line in function.lines]


def function_of(key: Key, rows: Sequence[Row], unit: float) -> Function:
    """The function that these rows tell of; a line that is there twice is added up.

    unit: seconds of one unit of the rows' times. What they do not know, a line's time outside
    other profiled functions and the number of calls, is its whole time, and 0.
    """
    scale = unit / NANOSECOND
    if abs(scale - round(scale)) < 1e-6:
        scale = round(scale)  # integers stay exact however large
    lines: dict[int, Line] = {}
    for number, hits, units in sorted(rows):
        time = round(units * scale)
        line = Line(number, hits, time, time)
        lines[number] = lines[number] + line if number in lines else line
    total = sum(line.total for line in lines.values())
    return Function(FunctionKey(*key), 0, total, 0, tuple(lines.values()))
