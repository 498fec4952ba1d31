"""A difference as tables of plain text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from ...errors import printable
from ...model.diff import Difference, FunctionChange, LineChange, amount, per_hit, profile_amount
from ..units import time as duration
from .quantities import LEGEND, MARKS, change, changed_most, is_measured, remarks

TITLES = ("", "Line", "was")
_BLANK = ("",) * 12
GROUPS = ("Hits", "was", "change", "Time", "was", "change", "Per Hit", "was", "change")


def render(found: Difference, names: tuple[str, str], top: int | None = None) -> str:
    """The report: totals, one table of functions, then the lines of those that differ.

    names: what the two profiles are called.
    top: lines of no more functions than this.
    """
    parts = [
        _head(found, names),
        *(f"{note}\n" for note in remarks(found)),
        _functions(found.functions),
    ]
    if lines := changed_most(found):
        parts.append(_lines(lines))
    shown = [item for item in found.functions if item.measured]
    parts += [_function(item) for item in shown[:top]]
    left = len(shown) - len(shown[:top])
    if left:
        parts.append(f"({left} more functions differ)\n")
    return "\n".join(parts)


def _head(found: Difference, names: tuple[str, str]) -> str:
    lines = [f"Before: {printable(names[0])}", f"After:  {printable(names[1])}", ""]
    for metric, show in (("hits", str), ("time", duration)):
        before = profile_amount(found.before, metric)
        after = profile_amount(found.after, metric)
        lines.append(
            f"{metric.capitalize()} in all functions: "
            f"{show(before)} -> {show(after)} ({change(before, after)})"
        )
    return "\n".join([*lines, ""])


def _functions(functions: Sequence[FunctionChange]) -> str:
    rows = [
        (
            MARKS[item.kind],
            *_compared(amount(item.before, "calls"), amount(item.after, "calls")),
            *_compared(amount(item.before, "hits"), amount(item.after, "hits")),
            *_compared(amount(item.before, "time"), amount(item.after, "time"), time=True),
            *_compared(per_hit(item.before), per_hit(item.after), time=True),
            item.label,
        )
        for item in functions
    ]
    titles = ("", "Calls", "was", "change", *GROUPS, "Function")
    return _table(titles, rows)


def _lines(lines: Sequence[tuple[FunctionChange, LineChange]]) -> str:
    rows = []
    for item, line in lines:
        there = _there(line)
        own = _compared(amount(line.before, "self"), amount(line.after, "self"), *there, time=True)
        hits = _compared(amount(line.before, "hits"), amount(line.after, "hits"), *there)
        where = f"{os.path.basename(item.key_of(line).file)}:{line.number}"
        rows.append((MARKS[line.kind], *own, *hits, f"{where}  {line.text.strip()}"))
    titles = ("", "Self", "was", "change", "Hits", "was", "change", "Line, what changed most first")
    return _table(titles, rows)


def _function(item: FunctionChange) -> str:
    rows = []
    for line in item.lines:
        if is_measured(line):
            rows.append((*_line(line), line.text))
            if line.was:
                indent = line.was[: len(line.was) - len(line.was.lstrip())]
                rows.append((*_BLANK, f"{indent}was: {line.was.strip()}"))
    return (
        f"{printable(item.label)}\n{_table((*TITLES, *GROUPS, f'Line Contents ({LEGEND})'), rows)}"
    )


def _line(line: LineChange) -> tuple[str, ...]:
    return (MARKS[line.kind], _number(line.after_number), _number(line.before_number), *cells(line))


def cells(line: LineChange) -> tuple[str, ...]:
    """Hits, time and time per hit: after, before, change."""
    hits = _compared(amount(line.before, "hits"), amount(line.after, "hits"), *_there(line))
    times = _compared(
        amount(line.before, "time"), amount(line.after, "time"), *_there(line), time=True
    )
    per_hits = _compared(per_hit(line.before), per_hit(line.after), *_there(line), time=True)
    return (*hits, *times, *per_hits)


def _there(line: LineChange) -> tuple[bool, bool]:
    return line.before is not None, line.after is not None


def _compared(
    before: float,
    after: float,
    was_there: bool = True,
    is_there: bool = True,
    time: bool = False,
) -> tuple[str, str, str]:
    show = duration if time else str
    return (
        show(after) if is_there else "",
        show(before) if was_there else "",
        change(before, after) if was_there and is_there else "",
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """All columns to the right but the last, a line of text."""
    table = [titles, *([*row[:-1], _clean(row[-1])] for row in rows)]
    widths = [max(len(row[index]) for row in table) for index in range(len(titles) - 1)]
    lines = [" ".join(map(str.rjust, row, widths)) + "  " + row[-1] for row in table]
    lines.insert(1, "=" * len(lines[0]))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _clean(text: str) -> str:
    return printable(text.replace("\t", "    "))
