"""The classic listing: source lines annotated with numbers, in the layout of line_profiler's."""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import IO

from ..errors import printable
from ..model.profile import Function, Profile
from . import units
from .columns import CLASSIC, COLUMNS, Column
from .options import DEFAULTS, TextOptions
from .output import write_text
from .rows import Row, chosen, notes, rows, text_of
from .units import plural

__all__ = ["CLASSIC", "COLUMNS", "TIMER_UNIT", "TextOptions", "function_block", "render", "write"]

TIMER_UNIT = 1e-9  # Seconds of one unit of the model's times


def render(profile: Profile, options: TextOptions = DEFAULTS) -> str:
    return "".join(blocks(profile, options))


def write(profile: Profile, stream: IO[str], options: TextOptions = DEFAULTS) -> None:
    """Write the listing, with escapes for what the stream cannot encode; OSError if that fails."""
    for block in blocks(profile, options):
        write_text(stream, block)


def cell(column: Column, row: Row, factor: float) -> str:
    """A cell as line_profiler has it; factor: turns ns into the unit shown.

    A number that is too wide is shortened if it can be, or else widens the column.
    """
    value = column.of(row)
    if value is None:
        return ""
    if column.kind == "count":
        text = str(value)
        return text if len(text) <= column.width else f"{value:g}"
    if column.kind == "time":
        text = f"{value * factor:5.1f}"
        return text if len(text) <= column.width else f"{value * factor:5.3g}"
    return f"{value:5.1f}"


def blocks(profile: Profile, options: TextOptions) -> Iterator[str]:
    shown, functions = chosen(profile, options)
    unit = TIMER_UNIT if options.unit is None else options.unit
    yield f"Timer unit: {unit:g} s\n\n"
    for note in notes(shown, functions):
        yield f"{printable(note)}\n\n"
    if options.details:
        columns = options.columns or CLASSIC
        for function in functions:
            if function.hits or not options.skip_zero:
                yield function_block(
                    function, unit, columns, options.min_percent, dict(options.widths)
                )
    if options.summarize:
        yield "".join(
            _summary(function, options.readable)
            for function in functions
            if function.total or not options.skip_zero
        )


def function_block(
    function: Function,
    unit: float = TIMER_UNIT,
    columns: Sequence[str] = CLASSIC,
    min_percent: float = 0.0,
    widths: Mapping[str, int] = MappingProxyType({}),
) -> str:
    """The listing of one function, a blank line at its end."""
    text = text_of(function)
    table = _table(rows(function, text), unit, columns, min_percent, widths)
    return f"{_head(function, text)}{table}\n"


def _head(function: Function, text: str | None) -> str:
    file = printable(function.key.file)
    total = f"Total time: {function.total * TIMER_UNIT:g} s\n"
    if text is None and _is_missing(function.key.file):
        return (
            f"{total}\n"
            f"Could not find file {file}\n"
            "Are you sure you are running this program from the same directory\n"
            "that you ran the profiler from?\n"
            "Continuing without the function's contents.\n\n"
        )
    name = printable(function.key.name)
    return f"{total}File: {file}\nFunction: {name} at line {function.key.first_line}\n\n"


def _table(
    table_rows: Sequence[Row],
    unit: float,
    columns: Sequence[str],
    min_percent: float,
    least: Mapping[str, int],
) -> str:
    shown = [COLUMNS[name] for name in columns]
    factor = TIMER_UNIT / unit
    table: list[tuple[list[str], str]] = []
    for row in _folded(table_rows, min_percent):
        if isinstance(row, str):
            table.append((["...", *[""] * len(shown)], row))
        else:
            cells = [cell(column, row, factor) for column in shown]
            table.append(([str(row.number), *cells], row.text))
    widths = [max(6, least.get("line", 0))]  # a line's number is the only one not to widen it
    for index, column in enumerate(shown, 1):
        content = (len(cells[index]) for cells, _ in table)
        widths.append(max(column.width, least.get(column.name, 0), *content))
    header = _aligned(["Line #", *(c.title for c in shown)], widths, "Line Contents")
    lines = [header, "=" * len(header)]
    lines += [_aligned(cells, widths, text.translate(_CONTROL)) for cells, text in table]
    return "\n".join(lines) + "\n"


def _folded(table_rows: Sequence[Row], min_percent: float) -> Iterator[Row | str]:
    """The rows; a text stands for each stretch of them that is below `min_percent`."""

    def is_cold(row: Row) -> bool:
        return min_percent > 0 and (row.percent or 0.0) < min_percent

    for cold, stretch in groupby(table_rows, is_cold):
        if cold:
            yield f"({plural(len(list(stretch)), 'line')} below {min_percent:g}%)"
        else:
            yield from stretch


def _aligned(cells: Sequence[str], widths: Sequence[int], text: str) -> str:
    return " ".join(map(str.rjust, cells, widths)) + "  " + text


def _summary(function: Function, readable: bool) -> str:
    key = function.key
    where = f"{printable(key.file)}:{key.first_line} - {printable(key.name)}"
    if readable:
        # "us", for whatever the stream encodes.
        time = units.time(function.total).replace("µ", "u")
        return f"{time:>8} - {where}\n"
    return f"{function.total * TIMER_UNIT:6.2f} seconds - {where}\n"


def _is_missing(file: str) -> bool:
    """Whether a file of this name is missing; a notebook's cells never are."""
    if file.startswith(_GENERATED):
        return False
    from tempfile import gettempdir

    folder = gettempdir()
    if file.startswith((os.path.join(folder, "ipykernel_"), os.path.join(folder, "xpython_"))):
        return False
    try:
        return not os.path.exists(file)
    except ValueError:
        return True


_GENERATED = ("<generated", "<ipython-input-")

# Source text is shown as it is but must not steer the terminal: escaped are control characters,
# except tab and form feed, and those that turn the direction of what follows.
_CONTROL = {
    code: ascii(chr(code))[1:-1]
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\t\f"
}
