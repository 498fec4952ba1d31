"""Tables for a notebook: the listing in HTML, each line as warm as its share of the time.

Colours stand at each cell: what a notebook keeps of a page it does not trust is that, and not
style sheets. They are laid over the page's own, be it light or dark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import NamedTuple

from ..errors import printable
from ..model.profile import Function, Line, Profile
from . import units
from .heat import level
from .options import TextOptions
from .rows import Row, remark, rows, select, text_of
from .terminal.pieces import literal
from .units import Unit, plural


class _Column(NamedTuple):
    title: str
    cell: Callable[[Row, Line], str] | None = None
    """What a cell says that is no time."""
    time: Callable[[Line], float] | None = None
    """ns."""
    unit: Callable[[Iterable[float]], Unit] = units.common_unit
    text: Callable[[float, Unit], str] = units.number


COLUMNS = {
    "hits": _Column("Hits", lambda row, line: units.count(line.hits)),
    "time": _Column("Time", time=lambda line: line.total),
    # No parts of a whole, they may be far apart.
    "perhit": _Column(
        "Per Hit",
        time=lambda line: line.per_hit,
        unit=units.typical_unit,
        text=units.number_or_time,
    ),
    "percent": _Column("% Time", lambda row, line: units.percent(row.percent)),
    "self": _Column("Self", time=lambda line: line.self_time),
    "await": _Column("Await", time=lambda line: line.suspended),
    "calls": _Column("Calls", lambda row, line: units.count(row.calls)),
}
"""What can be shown between the line's number and its text, by name."""

_Cell = Callable[[Row, Line], str]
_Made = tuple[str, _Cell]
"""Title and cells of a column, its times in the unit that fits them."""

_CLASSIC = ("hits", "time", "perhit", "percent")

_HEAT = (0.0, 0.06, 0.12, 0.22, 0.36, 0.55)
"""How much of the warm colour lies over a line, by level."""

_MONO = "font-family:var(--jp-code-font-family,monospace);font-size:12px;line-height:1.4"
_NUMBER = "text-align:right;padding:0 8px;white-space:nowrap"
_TEXT = "text-align:left;padding:0 8px;white-space:pre"


def render(profile: Profile, options: TextOptions) -> str:
    """The listing as HTML, for the middle of a page; text in it is escaped."""
    shown = profile if options.raw else profile.corrected()
    functions = select(
        shown,
        only=options.filter,
        min_percent=options.min_percent,
        top=options.top,
        sort=options.sort,
    )
    columns = options.columns or (
        (*_CLASSIC, "await") if any(f.suspended for f in functions) else _CLASSIC
    )
    parts = [f'<div class="lineprof" style="overflow-x:auto;{_MONO}">']
    note = remark(shown, functions)
    if note:
        parts.append(f"<p>{escape(note)}</p>")
    for function in functions:
        if function.hits or not options.skip_zero:
            parts.append(_block(function, columns, options))
    if options.summarize:
        parts += [_summary(f) for f in functions if f.total or not options.skip_zero]
    parts.append("</div>")
    return "\n".join(parts)


def _block(function: Function, columns: tuple[str, ...], options: TextOptions) -> str:
    text = text_of(function)
    head = (
        f"<b>{_shown(function.key.name)}</b> "
        f"at line {function.key.first_line} of {_shown(function.key.file)}: "
        f"{escape(units.time(function.total))}"
    )
    if function.calls:
        head += f" in {plural(function.calls, 'call')}"
    shown = [_column(COLUMNS[name], function, options) for name in columns]
    titles = "".join(f'<th style="{_NUMBER}">{escape(title)}</th>' for title, _ in shown)
    cells = [cell for _, cell in shown]
    body = "\n".join(_row(row, cells) for row in rows(function, text))
    return (
        f'<details open><summary style="cursor:pointer">{head}</summary>\n'
        f'<table style="border-collapse:collapse;{_MONO}">\n'
        f'<thead><tr><th style="{_NUMBER}">Line</th>{titles}'
        f'<th style="{_TEXT}">Contents</th></tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></details>"
    )


def _column(column: _Column, function: Function, options: TextOptions) -> _Made:
    time = column.time
    if time is None:
        assert column.cell is not None
        return column.title, column.cell
    asked = None if options.unit is None else units.unit_of(options.unit)
    unit = asked or column.unit(map(time, function.lines))
    text = units.number if asked else column.text
    return f"{column.title} ({unit.name})", lambda row, line: text(time(line), unit)


def _row(row: Row, columns: Sequence[_Cell]) -> str:
    heat = _HEAT[level(row.percent)]
    # Without a colour of its own: notebooks paint every second row.
    colour = f"rgba(255,96,0,{heat})" if heat else "transparent"
    cells = [str(row.number)]
    cells += ["" if row.line is None else cell(row, row.line) for cell in columns]
    numbers = "".join(f'<td style="{_NUMBER}">{escape(cell)}</td>' for cell in cells)
    text = f'<td style="{_TEXT}">{escape(literal(row.text))}</td>'
    return f'<tr style="background:{colour}">{numbers}{text}</tr>'


def _summary(function: Function) -> str:
    name = _shown(function.key.name)
    return f"<div>{escape(units.time(function.total))} - {name}</div>"


def _shown(text: str) -> str:
    return escape(printable(text))
