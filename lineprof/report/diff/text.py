"""A difference as tables of plain text."""

import os
from collections.abc import Iterable, Sequence

from ...errors import printable
from ...model.diff import Difference, FunctionChange, LineChange
from ..columns import COLUMNS
from .compared import LEGEND, MARKS, changed_most, compared, is_measured, remarks, totals, whole_of


def render(found: Difference, names: tuple[str, str], top: int | None = None) -> str:
    """Totals, functions, lines; names: of the two sides; top: lines of this many functions."""
    whole = whole_of(found)
    parts = [_head(found, names), *(f"{note}\n" for note in remarks(found))]
    parts.append(_functions(found.functions, whole))
    if lines := changed_most(found):
        parts.append(_lines(lines, whole))
    shown = [item for item in found.functions if item.measured]
    parts += [_function(item) for item in shown[:top]]
    left = len(shown) - len(shown[:top])
    if left:
        parts.append(f"({left} more functions differ)\n")
    return "\n".join(parts)


def _head(found: Difference, names: tuple[str, str]) -> str:
    lines = [f"Before: {printable(names[0])}", f"After:  {printable(names[1])}", ""]
    for title, cells in totals(found, str):
        lines.append(f"{title} in all functions: {cells.was} -> {cells.now} ({cells.change})")
    return "\n".join([*lines, ""])


def _functions(functions: Sequence[FunctionChange], whole: float) -> str:
    metrics = ("calls", "hits", "time", "perhit")
    rows = [(MARKS[item.kind], *_cells(item, metrics, whole), item.label) for item in functions]
    return _table(("", *_titles(metrics), "Function"), rows)


def _lines(lines: Sequence[tuple[FunctionChange, LineChange]], whole: float) -> str:
    metrics = ("self", "hits")
    rows = []
    for item, line in lines:
        where = f"{os.path.basename(item.key_of(line).file)}:{line.number}"
        cells = _cells(line, metrics, whole)
        rows.append((MARKS[line.kind], *cells, f"{where}  {line.text.strip()}"))
    return _table(("", *_titles(metrics), "Line, what changed most first"), rows)


def _function(item: FunctionChange) -> str:
    metrics = ("hits", "time", "perhit")
    titles = ("", "was", "Line", *_titles(metrics), f"Line Contents ({LEGEND})")
    rows: list[tuple[str, ...]] = []
    for line in filter(is_measured, item.lines):
        if line.was:
            indent = line.was[: len(line.was) - len(line.was.lstrip())]
            rows.append((*[""] * (len(titles) - 1), f"{indent}was: {line.was.strip()}"))
        numbers = (_number(line.before_number), _number(line.after_number))
        rows.append((MARKS[line.kind], *numbers, *_cells(line, metrics, 0), line.text))
    return f"{printable(item.label)}\n{_table(titles, rows)}"


def _titles(metrics: Iterable[str]) -> list[str]:
    return [title for m in metrics for title in ("was", COLUMNS[m].title, "change")]


def _cells(item: FunctionChange | LineChange, metrics: Iterable[str], whole: float) -> list[str]:
    return [text for metric in metrics for text in compared(item, metric, whole, str)[:3]]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """All columns are aligned to the right except the last, a line of text."""
    table = [titles, *([*row[:-1], _clean(row[-1])] for row in rows)]
    widths = [max(len(row[index]) for row in table) for index in range(len(titles) - 1)]
    lines = [" ".join(map(str.rjust, row, widths)) + "  " + row[-1] for row in table]
    lines.insert(1, "=" * len(lines[0]))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _clean(text: str) -> str:
    return printable(text.replace("\t", "    "))
