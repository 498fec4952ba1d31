"""From a profile to rows of values: which functions, in which order, and what each line shows.

Nothing is formatted here; every report starts from these rows.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..model import Function, Line, Profile
from ..source import function_source


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a function."""

    number: int
    text: str
    """Source of the line without its end; empty if it could not be had."""
    line: Line | None = None
    """None if nothing was measured for it."""
    percent: float | None = None
    """Share of the function's total time; None if there is no time to have a share of."""
    calls: int = 0
    """Calls of profiled functions made from this line."""


def rows(function: Function, text: str | None) -> list[Row]:
    """One row for each line of `text`, and for each line that was measured.

    text: source of the function; without it, the lines between its first and last are empty.
    """
    measured = {line.number: line for line in function.lines}
    calls: dict[int, int] = {}
    for edge in function.edges:
        calls[edge.line] = calls.get(edge.line, 0) + edge.calls
    source = dict(enumerate(_lines(text), function.key.first_line)) if text else {}
    numbers = measured.keys() | source.keys()
    if not source:
        numbers |= _span(function.key.first_line, measured)
    return [
        Row(
            number,
            source.get(number, ""),
            measured.get(number),
            _percent(measured.get(number), function.total),
            calls.get(number, 0),
        )
        for number in sorted(numbers)
    ]


def text_of(function: Function) -> str | None:
    """Source of the function as it was when measured, or else as it can be had now."""
    if function.source is not None:
        return function.source
    return function_source(function.key.file, function.key.first_line)


def select(
    profile: Profile,
    *,
    only: Sequence[str] = (),
    min_percent: float = 0.0,
    top: int | None = None,
    by_time: bool = False,
) -> list[Function]:
    """The functions to show, by file, line and name, or by ascending total time.

    only: shell patterns, of which one must match the qualified name, the file's path or its
        last part; all functions if there are none.
    min_percent: leave out what took less than this share of all time in profiled code.
    top: leave out all but so many that took longest.
    """
    functions = [f for f in profile.functions if not only or _matches(f, only)]
    if min_percent > 0:
        # Self times never overlap, so together they are the time spent in profiled code.
        least = min_percent / 100 * sum(f.self_time for f in profile.functions)
        functions = [f for f in functions if f.total > 0 and f.total >= least]
    if top is not None:
        functions = sorted(functions, key=lambda f: (-f.total, f.key))[:top]
    if by_time:
        return sorted(functions, key=lambda f: (f.total, f.key))
    return sorted(functions, key=lambda f: f.key)


def is_unused(function: Function) -> bool:
    """Whether the function was registered but nothing was ever measured in it."""
    return not (function.calls or function.total or function.hits)


def _lines(text: str) -> list[str]:
    # Not splitlines(): form feeds and the like do not end a line of Python.
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _span(first: int, measured: dict[int, Line]) -> set[int]:
    """Numbers from the first line to the last; only the first if they are absurdly many."""
    last = max(measured, default=first)
    if last - first > 1000 + 100 * len(measured):
        return {first}
    return set(range(first, last + 1))


def _percent(line: Line | None, total: int) -> float | None:
    if line is None or not total:
        return None
    return 100 * line.total / total


def _matches(function: Function, patterns: Sequence[str]) -> bool:
    key = function.key
    names = (key.name, key.file, os.path.basename(key.file))
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)
