"""A difference as one page without any dependency: no script, no network."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..diff import Difference, FunctionChange, LineChange, amount, per_hit, profile_amount
from ..model import Function, Line
from .quantities import change
from .units import time as duration

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --more: #c0262622; --less: #1a7f3722;
  --new: #1a7f37; --gone: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --new: #6fdd8b; --gone: #ff9a91; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 110rem;
  padding: 0 1rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .1rem .6rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { text-align: left; width: 100%; }
td:last-child, code { font-family: ui-monospace, monospace; white-space: pre; tab-size: 4; }
.more { background: var(--more); }
.less { background: var(--less); }
tr.new td:last-child { color: var(--new); }
tr.gone td:last-child { color: var(--gone); text-decoration: line-through; }
"""

_MARKS = {"same": "", "edited": "edited", "moved": "moved", "new": "new", "gone": "gone"}


def render(found: Difference, names: tuple[str, str]) -> str:
    """The page; names: what the two profiles are called."""
    return "".join(_page(found, names))


def _page(found: Difference, names: tuple[str, str]) -> Iterator[str]:
    before, after = (_shown(name) for name in names)
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{before} → {after}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>What changed</h1><p><code>{before}</code> → <code>{after}</code></p>\n<ul>"
    )
    for metric, show in (("hits", str), ("time", duration)):
        old = profile_amount(found.before, metric)
        new = profile_amount(found.after, metric)
        yield (
            f"<li>{metric.capitalize()} in all functions: {show(old)} → {show(new)} "
            f"({change(old, new)})</li>"
        )
    yield "</ul>\n"
    yield _table(("", "Calls", "Hits", "Time"), "Function", map(_overview_row, _numbered(found)))
    for number, item in _numbered(found):
        if not item.measured:
            continue
        rows = [_row(line) for line in item.lines]
        yield f'<h2 id="f{number}">{_shown(item.label)}</h2>\n'
        titles = ("", "Line", "was", "Hits", "Time", "Per Hit")
        yield _table(titles, "Line Contents", iter(rows))
    yield "</body></html>\n"


def _numbered(found: Difference) -> Iterator[tuple[int, FunctionChange]]:
    return enumerate(found.functions, 1)


def _table(titles: tuple[str, ...], last: str, rows: Iterator[str]) -> str:
    groups = {"Calls", "Hits", "Time", "Per Hit"}
    head = "".join(
        f'<th scope="colgroup" colspan="3">{t}: after, before, change</th>'
        if t in groups
        else f'<th scope="col">{t}</th>'
        for t in titles
    )
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}'
        f'<th scope="col">{last}</th></tr></thead>'
        f"<tbody>\n{''.join(rows)}</tbody></table></div>\n"
    )


def _overview_row(numbered: tuple[int, FunctionChange]) -> str:
    number, item = numbered
    name = _shown(item.label)
    if item.measured:
        name = f'<a href="#f{number}">{name}</a>'
    cells = "".join(
        _cells(item.before, item.after, amount(item.before, m), amount(item.after, m), m == "time")
        for m in ("calls", "hits", "time")
    )
    return f'<tr class="{item.kind}"><td>{_MARKS[item.kind]}</td>{cells}<td>{name}</td></tr>\n'


def _row(line: LineChange) -> str:
    cells = "".join(
        _cells(line.before, line.after, amount(line.before, m), amount(line.after, m), m == "time")
        for m in ("hits", "time")
    )
    cells += _cells(line.before, line.after, per_hit(line.before), per_hit(line.after), True)
    return (
        f'<tr class="{line.kind}"><td>{_MARKS[line.kind]}</td><td>{_number(line.after_number)}</td>'
        f"<td>{_number(line.before_number)}</td>{cells}<td>{_shown(line.text)}</td></tr>\n"
    )


def _cells(
    before_item: Function | Line | None,
    after_item: Function | Line | None,
    before: float,
    after: float,
    time: bool,
) -> str:
    show = duration if time else str
    old = "" if before_item is None else show(before)
    new = "" if after_item is None else show(after)
    if before_item is None or after_item is None:
        return f"<td>{new}</td><td>{old}</td><td></td>"
    # Colour tells what the sign tells too; small differences of time are noise.
    small = abs(after - before) <= (0.05 * before if time else 0)
    mood = "" if small else ' class="more"' if after > before else ' class="less"'
    return f"<td>{new}</td><td>{old}</td><td{mood}>{change(before, after)}</td>"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _shown(text: str) -> str:
    """Escaped, and without what HTML may not hold."""
    clean = "".join(
        c if c == "\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text
    )
    return escape(clean)
