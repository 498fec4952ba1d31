"""Tables for a notebook: the listing in HTML, each line as warm as its share of the time.

Every cell has its own style: notebooks remove style sheets from pages they do not trust. Colours
lie over the page's own, light or dark.
"""

from collections.abc import Callable, Sequence
from html import escape

from ..errors import printable
from ..model.profile import Function, Profile
from . import units
from .columns import COLUMNS, usual
from .heat import level
from .options import TextOptions
from .rows import Row, chosen, notes, rows, text_of
from .terminal.pieces import literal
from .units import plural

_HEAT = (0.0, 0.06, 0.12, 0.22, 0.36, 0.55)
"""How much of the warm colour lies over a line of each level."""

_MONO = "font-family:var(--jp-code-font-family,monospace);font-size:12px;line-height:1.4"
_NUMBER = "text-align:right;padding:0 8px;white-space:nowrap"
_TEXT = "text-align:left;padding:0 8px;white-space:pre"


def render(profile: Profile, options: TextOptions) -> str:
    """The listing as HTML, for the middle of a page; text in it is escaped."""
    shown, functions = chosen(profile, options)
    columns = options.columns or usual(any(f.suspended for f in functions))
    parts = [f'<div class="lineprof" style="overflow-x:auto;{_MONO}">']
    parts += [f"<p>{_shown(note)}</p>" for note in notes(shown, functions)]
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
    table = rows(function, text)
    asked = None if options.unit is None else units.unit_of(options.unit)
    heads, cells = ["Line"], [lambda row: str(row.number)]
    for name in columns:
        unit, cell = COLUMNS[name].in_table(table, asked)
        heads.append(f"{COLUMNS[name].title} ({unit.name})" if unit else COLUMNS[name].title)
        cells.append(cell)
    titles = "".join(f'<th style="{_NUMBER}">{escape(title)}</th>' for title in heads)
    body = "\n".join(_row(row, cells) for row in table)
    return (
        f'<details open><summary style="cursor:pointer">{head}</summary>\n'
        f'<table style="border-collapse:collapse;{_MONO}">\n'
        f'<thead><tr>{titles}<th style="{_TEXT}">Contents</th></tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></details>"
    )


def _row(row: Row, cells: Sequence[Callable[[Row], str]]) -> str:
    heat = _HEAT[level(row.percent)]
    # Cold lines have no colour of their own: notebooks paint every second row.
    colour = f"rgba(255,96,0,{heat})" if heat else "transparent"
    numbers = "".join(f'<td style="{_NUMBER}">{escape(cell(row))}</td>' for cell in cells)
    text = f'<td style="{_TEXT}">{escape(literal(row.text))}</td>'
    return f'<tr style="background:{colour}">{numbers}{text}</tr>'


def _summary(function: Function) -> str:
    name = _shown(function.key.name)
    return f"<div>{escape(units.time(function.total))} - {name}</div>"


def _shown(text: str) -> str:
    return escape(printable(text))
