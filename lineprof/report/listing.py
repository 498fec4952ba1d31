"""The classic listing: source lines annotated with numbers, in the layout of line_profiler's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import RawIOBase, TextIOWrapper
from types import MappingProxyType
from typing import IO, Any

from ..errors import printable
from ..model.profile import Function, Line, Profile
from .options import DEFAULTS, TextOptions
from .rows import Row, remark, rows, select, text_of
from .units import plural

__all__ = [
    "CLASSIC",
    "COLUMNS",
    "TIMER_UNIT",
    "TextOptions",
    "blocks",
    "function_block",
    "render",
    "write",
    "write_text",
    "write_whole",
]

TIMER_UNIT = 1e-9
"""Seconds of one unit of the model's times."""


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: int
    """Least width; what is wider is written shorter if it can be, and else widens the column."""
    cell: Callable[[Row, Line, float], str]
    """The text for a measured line; the factor turns ns into the unit shown."""


def _count(value: int) -> str:
    text = str(value)
    return text if len(text) <= 9 else f"{value:g}"


def _number(value: float, width: int = 12) -> str:
    text = f"{value:5.1f}"
    return text if len(text) <= width else f"{value:5.3g}"


def _per_hit(row: Row, line: Line, factor: float) -> str:
    return _number(line.total * factor / line.hits, 8) if line.hits else ""


def _percent(row: Row, line: Line, factor: float) -> str:
    return "" if row.percent is None else f"{row.percent:5.1f}"


COLUMNS = {
    "hits": _Column("Hits", 9, lambda row, line, factor: _count(line.hits)),
    "time": _Column("Time", 12, lambda row, line, factor: _number(line.total * factor)),
    "perhit": _Column("Per Hit", 8, _per_hit),
    "percent": _Column("% Time", 8, _percent),
    "self": _Column("Self", 12, lambda row, line, factor: _number(line.self_time * factor)),
    "await": _Column("Await", 12, lambda row, line, factor: _number(line.suspended * factor)),
    "calls": _Column("Calls", 9, lambda row, line, factor: _count(row.calls)),
}
"""What can be shown between the line's number and its text, by name."""

CLASSIC = ("hits", "time", "perhit", "percent")


def render(profile: Profile, options: TextOptions = DEFAULTS) -> str:
    """The listing as one text."""
    return "".join(blocks(profile, options))


def write(profile: Profile, stream: IO[str], options: TextOptions = DEFAULTS) -> None:
    """Write the listing; what the stream's encoding does not have is replaced by "?".

    OSError if the stream cannot be written to.
    """
    for block in blocks(profile, options):
        write_text(stream, block)


def write_text(stream: IO[str], text: str) -> None:
    """Write the text, with "?" for what the stream's encoding does not have."""
    try:
        _write(stream, text)
    except UnicodeEncodeError as error:
        # Codecs of code pages all call themselves "charmap"; a stream may not name its encoding.
        encoding = getattr(stream, "encoding", None) or error.encoding
        if "µ".encode(encoding, "replace") == b"?":
            text = text.replace("µs", "us")
        _write(stream, text.encode(encoding, "replace").decode(encoding))


def _write(stream: IO[str], text: str) -> None:
    if isinstance(stream, TextIOWrapper) and _is_unbuffered(stream):
        stream.flush()
        write_whole(stream.buffer, text.encode(stream.encoding, stream.errors or "strict"))
    else:
        stream.write(text)


def _is_unbuffered(stream: TextIOWrapper) -> bool:
    """Whether that is so, and ends of lines and the beginning are nothing special there."""
    simple = os.linesep == "\n" and "\n".encode(stream.encoding) == b"\n"
    return isinstance(stream.buffer, RawIOBase) and simple


def write_whole(binary: Any, data: bytes) -> None:
    """Write all of it: unbuffered output (python -u) may take a part, or nothing for now.

    A text stream on top of such does not look, and on a full disk the rest is lost without a word.
    """
    if not isinstance(binary, RawIOBase):  # it takes all; one of a program's own may not say so
        binary.write(data)
        return
    rest = memoryview(data)
    while rest:
        rest = rest[binary.write(rest) or 0 :]


def blocks(profile: Profile, options: TextOptions) -> Iterator[str]:
    """The listing in pieces: head, one for each function, summary."""
    shown = profile if options.raw else profile.corrected()
    functions = select(
        shown,
        only=options.filter,
        min_percent=options.min_percent,
        top=options.top,
        sort=options.sort,
    )
    unit = TIMER_UNIT if options.unit is None else options.unit
    yield f"Timer unit: {unit:g} s\n\n"
    note = remark(shown, functions)
    if note:
        yield f"{note}\n\n"
    if options.details:
        columns = options.columns or _default_columns(functions)
        for function in functions:
            if function.hits or not options.skip_zero:
                yield function_block(
                    function, unit, columns, options.min_percent, dict(options.widths)
                )
    if options.summarize:
        yield "".join(
            _summary(function) for function in functions if function.total or not options.skip_zero
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
    titles = ["Line #", *(column.title for column in shown)]
    table: list[tuple[list[str], str]] = []
    for row in _folded(table_rows, min_percent):
        if isinstance(row, str):
            table.append((["...", *[""] * len(shown)], row))
        elif row.line is None:
            table.append(([str(row.number), *[""] * len(shown)], row.text))
        else:
            cells = [column.cell(row, row.line, factor) for column in shown]
            table.append(([str(row.number), *cells], row.text))
    widths = [max(6, least.get("line", 0))]  # of the line's number, which alone does not widen
    for index, (name, column) in enumerate(zip(columns, shown, strict=True), 1):
        content = (len(cells[index]) for cells, _ in table)
        widths.append(max(column.width, least.get(name, 0), *content))
    header = _aligned(titles, widths, "Line Contents")
    lines = [header, "=" * len(header)]
    lines += [_aligned(cells, widths, text.translate(_CONTROL)) for cells, text in table]
    return "\n".join(lines) + "\n"


def _folded(table_rows: Sequence[Row], min_percent: float) -> Iterator[Row | str]:
    """The rows, and a text in place of each stretch of them that is below `min_percent`."""
    hidden = 0
    for row in table_rows:
        if min_percent > 0 and (row.percent or 0.0) < min_percent:
            hidden += 1
            continue
        if hidden:
            yield _fold(hidden, min_percent)
            hidden = 0
        yield row
    if hidden:
        yield _fold(hidden, min_percent)


def _fold(count: int, min_percent: float) -> str:
    return f"({plural(count, 'line')} below {min_percent:g}%)"


def _aligned(cells: Sequence[str], widths: Sequence[int], text: str) -> str:
    return " ".join(map(str.rjust, cells, widths)) + "  " + text


def _summary(function: Function) -> str:
    key = function.key
    where = f"{printable(key.file)}:{key.first_line} - {printable(key.name)}"
    return f"{function.total * TIMER_UNIT:6.2f} seconds - {where}\n"


def _default_columns(functions: Sequence[Function]) -> tuple[str, ...]:
    return (*CLASSIC, "await") if any(function.suspended for function in functions) else CLASSIC


def _is_missing(file: str) -> bool:
    """Whether the name is that of a file which is not there; a notebook's cells never are."""
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

# Source text is shown as it is, but must not steer the terminal: no control characters but tab
# and form feed, nor those that turn the direction of what follows.
_CONTROL = {
    code: ascii(chr(code))[1:-1]
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\t\f"
}
