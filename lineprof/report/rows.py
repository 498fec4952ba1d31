"""From a profile to rows of values: which functions, in which order, and what each line shows.

Every report starts from these rows; nothing is formatted here.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from heapq import nlargest
from typing import Any

from ..code.source_text import function_source
from ..model.profile import Function, Line, Profile
from ..model.single_processes import said
from .options import TextOptions
from .units import plural


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    text: str  # Source of the line without its end; empty if it could not be had
    line: Line | None = None  # None if nothing was measured for it
    percent: float | None = None
    """Share of the function's total time; None if the function took no time."""
    calls: int = 0  # Calls of profiled functions from this line


def rows(function: Function, text: str | None) -> list[Row]:
    """One row for each line of `text` (else from the first line to the last), and each measured."""
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
    """The function's source as it was when measured, or else as it can be had now."""
    if function.source is not None:
        return function.source
    return function_source(function.key.file, function.key.first_line)


def chosen(
    profile: Profile, options: TextOptions, sort: bool | str | None = None
) -> tuple[Profile, list[Function]]:
    """The profile with the times that are shown, and its functions to show, in order."""
    shown = profile if options.raw else profile.corrected()
    functions = [f for f in shown.functions if _matches(f, options.filter)]
    if options.min_percent > 0:
        # Self times never overlap, so together they are the time spent in profiled code.
        least = options.min_percent / 100 * sum(f.self_time for f in shown.functions)
        functions = [f for f in functions if f.total > 0 and f.total >= least]
    if options.top is not None:
        functions = sorted(functions, key=lambda f: (-f.total, f.key))[: options.top]
    return shown, ordered(functions, options.sort or sort or False)


SORTS: dict[str, tuple[Callable[[Function], Any], bool]] = {
    "time": (lambda f: f.total, True),
    "self": (lambda f: f.self_time, True),
    "await": (lambda f: f.suspended, True),
    "hits": (lambda f: f.hits, True),
    "calls": (lambda f: f.calls, True),
    "name": (lambda f: f.key.name, False),
    "file": (lambda f: f.key, False),
}
"""Keys to order functions by, and whether the greatest comes first by default."""

AS_GIVEN = "as given"  # Instead of a key: keep the order in which the functions come


def is_sort(text: str) -> bool:
    key, colon, direction = text.partition(":")
    return key in SORTS and (not colon or direction in ("asc", "desc"))


def sort_of(value: object) -> bool | str:
    """The order that a program asked for: a key, or anything else, which is true or not."""
    return value if isinstance(value, str) and is_sort(value) else bool(value)


def ordered(functions: Iterable[Function], sort: bool | str = False) -> list[Function]:
    """The functions by file, line and name, or as asked; equals stay so.

    sort: True for ascending total time, a key of SORTS with or without direction ("time:desc"), or
        AS_GIVEN; ValueError for anything else.
    """
    if sort == AS_GIVEN:
        return list(functions)
    by_key = sorted(functions, key=lambda f: f.key)
    if not sort:
        return by_key
    # Callers of line_profiler's pass 1 as well.
    text = sort if isinstance(sort, str) else "time:asc"
    if not is_sort(text):
        raise ValueError(f"no key to sort by: {text!r}")
    key, _, direction = text.partition(":")
    value, descending = SORTS[key]
    if direction:
        descending = direction == "desc"
    return sorted(by_key, key=value, reverse=descending)


@dataclass(frozen=True, slots=True)
class HotLine:
    function: Function
    line: Line
    text: str  # Its source, stripped
    percent: float  # Its self time as a share of all time in profiled code


def hottest(functions: Sequence[Function], whole: int, count: int = 10) -> list[HotLine]:
    """The lines with the most self time; whole: ns that 100 percent stand for."""
    lines = [
        (function, line) for function in functions for line in function.lines if line.self_time > 0
    ]
    lines = nlargest(count, lines, key=lambda pair: pair[1].self_time)
    texts = {f.key: {row.number: row.text for row in rows(f, text_of(f))} for f, _ in lines}
    return [
        HotLine(f, line, texts[f.key][line.number].strip(), 100 * line.self_time / max(1, whole))
        for f, line in lines
    ]


def is_unused(function: Function) -> bool:
    """Whether the function was registered but nothing was ever measured in it."""
    return not (function.calls or function.total or function.hits)


def notes(profile: Profile, shown: Sequence[Function]) -> Iterator[str]:
    """What a reader must know first: runs that were cut short, and why there is nothing to see."""
    yield from notes_on_run(profile)
    count = len(profile.functions)
    if not count:
        yield "Nothing was measured: no function was registered (is one decorated with @profile?)."
    elif all(map(is_unused, profile.functions)):
        calls = "was not" if count == 1 else "were not"
        yield f"Nothing was measured: {plural(count, 'function')} registered, but {calls} called."
    elif not shown:
        yield f"Nothing to show: {plural(count, 'function')} left out by the options given."


def notes_on_run(profile: Profile) -> Iterator[str]:
    """Sentences on a run that was cut short, on its processes, and on what is missing of them."""
    if profile.cut_short:
        yield profile.cut_short
    if text := said(profile):
        yield text
    yield from (f"{fault[:1].upper()}{fault[1:]}." for fault in profile.faults)


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
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns for name in names)
