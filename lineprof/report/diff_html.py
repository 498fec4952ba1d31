"""A difference as one page without any dependency: no script, no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from ..diff import Difference, FunctionChange, LineChange, amount, per_hit, profile_amount
from ..model import Function, Line
from .quantities import change, is_measured, remarks
from .units import count
from .units import time as duration

_KINDS = {"same": "", "edited": "edited", "moved": "moved", "new": "new", "gone": "gone"}
_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --panel: #f6f8fa; --text: #1c2128;
  --soft: #57606a; --line: #d8dee4; --link: #0b57ad; --more: #fde7e5; --more-text: #a3211a;
  --less: #e2f5e6; --less-text: #136229; --edited: #fff6dd; --mark: #6b5200; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1317; --panel: #161c23;
  --text: #e6e9ec; --soft: #9aa5b1; --line: #2b333d; --link: #7ab7ff; --more: #45191a;
  --more-text: #ffb3ad; --less: #12331d; --less-text: #8fe0a6; --edited: #33290c;
  --mark: #e8c766; } }
* { box-sizing: border-box; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 120rem;
  padding: 1.5rem 1.6rem 4rem; color: var(--text); background: var(--ground); }
h1 { font-size: 1.35rem; margin: 0; }
h2 { font: 600 1rem ui-monospace, monospace; margin: 0; padding: .6rem .9rem;
  background: var(--panel); border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
h2 small, .place { font: .85rem system-ui, sans-serif; color: var(--soft); margin-left: .5rem; }
p { margin: .3rem 0 1rem; overflow-wrap: anywhere; }
a { color: var(--link); }
.note { color: var(--soft); }
dl { display: flex; flex-wrap: wrap; margin: 1rem 0; border: 1px solid var(--line);
  border-radius: 8px; background: var(--panel); overflow: hidden; }
dl div { flex: 1 1 16rem; padding: .6rem .9rem; border-right: 1px solid var(--line); }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
dd span { font-size: .85rem; padding: .1rem .4rem; border-radius: 4px; margin-left: .3rem; }
section { border: 1px solid var(--line); border-radius: 8px; margin: 1rem 0; overflow: hidden; }
section.lines { content-visibility: auto; contain-intrinsic-size: auto 30rem; }
.scroll { overflow-x: auto; position: relative; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; position: absolute; clip-path: inset(50%); width: 1px; height: 1px;
  overflow: hidden; }
th, td { padding: .14rem .5rem; text-align: right; white-space: nowrap; font-weight: 400;
  border-bottom: 1px solid var(--line); }
tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-size: .85rem; padding: .35rem .5rem; }
.was { color: var(--soft); }
th.text, td.text { text-align: left; width: 100%; }
td.text { font-family: ui-monospace, monospace; white-space: pre; tab-size: 4; }
td.change { border-radius: 3px; }
tbody th { font: inherit; text-align: left; white-space: normal; overflow-wrap: anywhere;
  min-width: 11rem; }
tbody th a { font-family: ui-monospace, monospace; }
.kind { color: var(--mark); font-size: .85rem; text-align: left; }
.more { background: var(--more); color: var(--more-text); }
.less { background: var(--less); color: var(--less-text); }
tr.new td.text { background: var(--less); color: var(--less-text); }
tr.gone td.text { background: var(--more); color: var(--more-text);
  text-decoration: line-through; }
tr.edited td.text { background: var(--edited); }
tr.cold td { color: var(--soft); }
.hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
@media (max-width: 60rem) { body { padding: 1rem .6rem 3rem; }
  .was, .perhit { display: none; } th, td { padding: .14rem .35rem; } }
@media print { :root { color-scheme: light; } section { break-inside: auto; }
  section.lines { content-visibility: visible; } td.text { white-space: pre-wrap; } }
"""

SHORTEST_FOLD = 5
"""Unchanged lines without hits that are worth folding into one."""

_Column = tuple[str, str]
"""Title and class."""


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
        f"<title>{before} → {after}</title><style>{_STYLE}</style></head><body><main>\n"
        f"<h1>What changed</h1><p><code>{before}</code> → <code>{after}</code></p>\n<dl>"
    )
    for metric, show in (("hits", _count), ("time", duration)):
        old = profile_amount(found.before, metric)
        new = profile_amount(found.after, metric)
        yield (
            f"<div><dt>{metric.capitalize()} in all functions</dt><dd>{show(old)} → {show(new)} "
            f"<span{_mood(old, new, metric == 'time')}>{change(old, new)}</span></dd></div>"
        )
    yield "</dl>\n"
    for note in remarks(found):
        yield f'<p class="note">{_shown(note)}</p>\n'
    yield "<section><h2>Functions<small>what changed most first</small></h2>"
    columns = [("Function", "text"), ("", "kind"), *_three("Time"), *_three("Hits")]
    rows = map(_overview_row, _numbered(found))
    yield _table("Functions that differ", [*columns, *_three("Calls")], rows)
    yield "</section>\n"
    for number, item in _numbered(found):
        if not item.measured:
            continue
        label, name = _shown(item.label), _shown(item.key.name)
        place = label.removeprefix(name).strip()
        yield f'<section class="lines" id="f{number}"><h2>{name}<small>{place}</small></h2>'
        columns = [("", "kind"), ("Line", ""), ("Line was", "was"), *_three("Hits")]
        columns += [*_three("Time"), *_three("Per hit", "perhit"), ("Source", "text")]
        yield _table(f"Lines of {label}", columns, _rows(item.lines))
        yield "</section>\n"
    yield "</main></body></html>\n"


def _numbered(found: Difference) -> Iterator[tuple[int, FunctionChange]]:
    return enumerate(found.functions, 1)


def _three(metric: str, more: str = "") -> list[_Column]:
    return [(metric, more), (f"{metric} was", f"was {more}"), (f"{metric} change", f"{more}")]


def _table(caption: str, columns: Sequence[_Column], rows: Iterable[str]) -> str:
    head = []
    seen: list[str] = []
    for title, kind in columns:
        # What stands before it says of what; a screen reader says it each time.
        first, last = title.rpartition(" ")[::2]
        known = bool(first) and first in seen
        text = f'<span class="hidden">{first} </span>{last}' if known else title
        seen.append(title)
        head.append(f'<th scope="col"{_class(kind)}>{text or _MARK}</th>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="'
        f'{caption}"><table><caption>{caption}</caption><thead><tr>{"".join(head)}</tr></thead>'
        f"<tbody>\n{''.join(rows)}</tbody></table></div>\n"
    )


_MARK = '<span class="hidden">What became of it</span>'


def _overview_row(numbered: tuple[int, FunctionChange]) -> str:
    number, item = numbered
    name = _shown(item.key.name)
    place = _shown(item.label).removeprefix(name).strip()
    if item.measured:
        name = f'<a href="#f{number}">{name}</a>'
    cells = "".join(
        _cells(
            item.before, item.after, amount(item.before, m), amount(item.after, m), time=m == "time"
        )
        for m in ("time", "hits", "calls")
    )
    return (
        f'<tr class="{item.kind}"><th scope="row">{name}<span class="place">{place}</span></th>'
        f'<td class="kind">{_KINDS[item.kind]}</td>{cells}</tr>\n'
    )


def _rows(lines: Sequence[LineChange]) -> Iterator[str]:
    """One for each line; stretches without numbers in which nothing changed are one."""
    for is_cold, group in groupby(lines, _is_cold):
        stretch = list(group)
        if is_cold and len(stretch) >= SHORTEST_FOLD:
            text = f"⋯ {len(stretch)} lines without hits"
            yield f'<tr class="cold">{_EMPTY}{text}</td></tr>\n'
        else:
            yield from map(_row, stretch)


def _is_cold(line: LineChange) -> bool:
    return line.kind == "same" and not is_measured(line)


_EMPTY = (
    '<td></td><td></td><td class="was"></td>'
    + '<td></td><td class="was"></td><td></td>' * 2
    + '<td class="perhit"></td><td class="was perhit"></td><td class="perhit"></td>'
    + '<td class="text">'
)


def _row(line: LineChange) -> str:
    cells = "".join(
        _cells(
            line.before, line.after, amount(line.before, m), amount(line.after, m), time=m == "time"
        )
        for m in ("hits", "time")
    )
    per_hits = per_hit(line.before), per_hit(line.after)
    cells += _cells(line.before, line.after, *per_hits, time=True, more="perhit")
    kind = line.kind if is_measured(line) or line.kind in ("new", "gone") else f"{line.kind} cold"
    return (
        f'<tr class="{kind}"><td class="kind">{_KINDS[line.kind]}</td>'
        f'<td>{_number(line.after_number)}</td><td class="was">{_number(line.before_number)}</td>'
        f'{cells}<td class="text">{_shown(line.text)}</td></tr>\n'
    )


def _cells(
    before_item: Function | Line | None,
    after_item: Function | Line | None,
    before: float,
    after: float,
    *,
    time: bool,
    more: str = "",
) -> str:
    show = duration if time else _count
    old = "" if before_item is None else show(before)
    new = "" if after_item is None else show(after)
    both = before_item is not None and after_item is not None
    growth = change(before, after) if both else ""
    mood = _mood(before, after, time, f"change {more}") if both else _class(more)
    cells = ((_class(more), new), (_class(f"was {more}"), old), (mood, growth))
    return "".join(f"<td{kind}>{text}</td>" for kind, text in cells)


def _mood(before: float, after: float, time: bool, more: str = "") -> str:
    """Colour tells what the sign tells too; small differences of time are noise."""
    if abs(after - before) <= (0.05 * before if time else 0):
        return _class(more)
    return _class(f"{more} {'more' if after > before else 'less'}")


def _class(names: str) -> str:
    return f' class="{names.strip()}"' if names.strip() else ""


def _count(value: float) -> str:
    return count(int(value))


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _shown(text: str) -> str:
    """Escaped, and without what HTML may not hold."""
    clean = "".join(
        c if c == "\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text
    )
    return escape(clean)
