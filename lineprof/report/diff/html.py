"""A difference as one page that needs nothing else: no script, no network."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from ...model.diff import Difference, FunctionChange, LineChange, amount
from ..columns import COLUMNS
from ..html.page import asset
from ..units import plural
from .compared import (
    MARKS,
    MOST_FUNCTIONS,
    changed_most,
    compared,
    is_measured,
    remarks,
    totals,
    whole_of,
)

DETAILED = 1000
"""Of how many functions the lines are shown, unless another number is asked for: browsers are slow
with hundreds of megabytes."""
SHORTEST_FOLD = 5  # Unchanged lines without hits that are worth folding into one

_Column = tuple[str, str]  # Title and class


def render(found: Difference, names: tuple[str, str], top: int | None = None) -> str:
    """The page; names: of the two sides; top: show the lines of this many functions only."""
    return "".join(_page(found, names, DETAILED if top is None else top))


def _page(found: Difference, names: tuple[str, str], top: int) -> Iterator[str]:
    before, after = (_shown(name) for name in names)
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{before} → {after}</title><style>{asset('diff.css')}</style></head><body><main>\n"
        f"<h1>What changed</h1><p><code>{before}</code> → <code>{after}</code></p>\n<dl>"
    )
    for title, cells in totals(found):
        yield (
            f"<div><dt>{title} in all functions</dt><dd>{cells.was} → {cells.now} "
            f"<span{_class(cells.mood)}>{cells.change}</span></dd></div>"
        )
    yield "</dl>\n"
    for note in remarks(found):
        yield f'<p class="note">{_shown(note)}</p>\n'
    measured = [item for item in found.functions if item.measured]
    if not measured:
        yield "<p>Nothing was measured in either of them.</p></main></body></html>\n"
        return
    yield "<section><h2>Functions<small>what changed most first</small></h2>"
    columns = [("Function", "text"), ("", "kind")]
    columns += [*_three("time"), *_three("hits"), *_three("perhit"), *_three("calls")]
    whole = whole_of(found)
    numbers = {id(item): number for number, item in enumerate(measured[:top], 1)}
    rows = [_overview_row(numbers.get(id(item)), item, whole) for item in measured]
    yield _table("Functions", columns, rows[:MOST_FUNCTIONS])
    if rest := rows[MOST_FUNCTIONS:]:
        yield f"<details><summary>{plural(len(rest), 'more function')}</summary>"
        yield f"{_table('More functions', columns, rest)}</details>"
    yield "</section>\n"
    if lines := changed_most(found):
        yield "<section><h2>Lines<small>whose own time changed most</small></h2>"
        columns = [("", "kind"), *_three("self"), *_three("hits"), ("Line", "text")]
        rows = [_changed_row(numbers.get(id(item)), item, line, whole) for item, line in lines]
        yield _table("Lines whose own time changed most", columns, rows)
        yield "</section>\n"
    for number, item in enumerate(measured[:top], 1):
        label, name = _shown(item.label), _shown(item.key.name)
        place = label.removeprefix(name).strip()
        yield f'<section class="lines" id="f{number}"><h2>{name}<small>{place}</small></h2>'
        columns = [("", "kind"), ("Line was", "was"), ("Line", ""), *_three("hits")]
        columns += [*_three("time"), *_three("perhit"), ("Source", "text")]
        yield _table(f"Lines of {label}", columns, _rows(item))
        yield "</section>\n"
    if left := measured[top:]:
        more = plural(len(left), "more function")
        yield f'<p class="note">Lines of {more}: --top shows them.</p>\n'
    yield "</main></body></html>\n"


_CLASSES = {"perhit": "perhit", "calls": "calls"}
"""Of all columns of a metric, for screens on which they are left out."""


def _three(metric: str) -> list[_Column]:
    more, title = _CLASSES.get(metric, ""), COLUMNS[metric].title
    now = "" if COLUMNS[metric].kind == "time" else "now"
    return [(f"{title} was", f"was {more}"), (title, f"{now} {more}"), (f"{title} change", more)]


def _table(caption: str, columns: Sequence[_Column], rows: Iterable[str]) -> str:
    head = []
    before = ""
    for title, kind in columns:
        # Screen readers say each time what was or changed, and so does a page that has no room for
        # the column beside it.
        metric, _, part = title.rpartition(" ")
        text = title or _MARK
        if part in ("was", "change"):
            hidden = "hidden of-now" if "now" in before else "hidden"
            text = f'<span class="{hidden}">{metric} </span>{part}'
        before = kind
        head.append(f'<th scope="col"{_class(kind)}>{text}</th>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="'
        f'{caption}"><table><caption>{caption}</caption><thead><tr>{"".join(head)}</tr></thead>'
        f"<tbody>\n{''.join(rows)}</tbody></table></div>\n"
    )


_MARK = '<span class="hidden">What became of it</span>'


def _link(number: int | None, inside: str, kind: str = "") -> str:
    """To the lines of the function of this number; none if they are not shown."""
    if number is None:
        return f"<span{_class(kind)}>{inside}</span>"
    return f'<a{_class(kind)} href="#f{number}">{inside}</a>'


def _overview_row(number: int | None, item: FunctionChange, whole: float) -> str:
    name = _shown(item.key.name)
    place = _shown(item.label).removeprefix(name).strip()
    # Where it goes on in the next line, if it has to.
    parted = re.sub("(?<=[._])(?=.)", "<wbr>", name)
    name = _link(number, parted)
    cells = "".join(_cells(item, metric, whole) for metric in ("time", "hits", "perhit", "calls"))
    return (
        f'<tr class="{item.kind}"><th scope="row">{name}<span class="place">{place}</span></th>'
        f"{_kind(item)}{cells}</tr>\n"
    )


def _changed_row(number: int | None, item: FunctionChange, line: LineChange, whole: float) -> str:
    file = _shown(os.path.basename(item.key_of(line).file))
    cells = _cells(line, "self", whole) + _cells(line, "hits", whole)
    return (
        f'<tr class="{line.kind}">{_kind(line)}{cells}<td class="text">'
        f"{_link(number, f'{file}:{line.number}', 'place')}{_shown(line.text.strip())}</td></tr>\n"
    )


def _rows(item: FunctionChange) -> Iterator[str]:
    """One for each line; stretches without numbers in which nothing changed are one."""
    whole = max(amount(item.before, "time"), amount(item.after, "time"))
    texts = [text for line in item.lines for text in (line.text, line.was) if text.strip()]
    # What all begin with, as the methods of a class do, says nothing.
    indent = min((len(text) - len(text.lstrip()) for text in texts), default=0)
    for is_cold, group in groupby(item.lines, _is_cold):
        stretch = list(group)
        if is_cold and len(stretch) >= SHORTEST_FOLD:
            text = f"⋯ {len(stretch)} lines without hits"
            yield f'<tr class="cold">{_EMPTY}{text}</td></tr>\n'
        else:
            yield from (_row(line, indent, whole) for line in stretch)


def _is_cold(line: LineChange) -> bool:
    return line.kind == "same" and not is_measured(line)


_EMPTY = (
    '<td></td><td class="was"></td><td></td>'
    + '<td class="was"></td><td class="now"></td><td></td>'
    + '<td class="was"></td><td></td><td></td>'
    + '<td class="was perhit"></td><td class="perhit"></td><td class="perhit"></td>'
    + '<td class="text">'
)


def _row(line: LineChange, indent: int, whole: float) -> str:
    cells = "".join(_cells(line, metric, whole) for metric in ("hits", "time", "perhit"))
    kind = line.kind if is_measured(line) or line.kind in ("new", "gone") else f"{line.kind} cold"
    was = f"<del>{_shown(line.was[indent:])}</del>" if line.was else ""
    return (
        f'<tr class="{kind}">{_kind(line)}'
        f'<td class="was">{_number(line.before_number)}</td><td>{_number(line.after_number)}</td>'
        f'{cells}<td class="text">{was}{_shown(line.text[indent:])}</td></tr>\n'
    )


def _kind(item: FunctionChange | LineChange) -> str:
    mark = MARKS[item.kind].strip()
    return (
        f'<td class="kind" data-mark="{escape(mark)}"><span>{item.kind if mark else ""}</span></td>'
    )


def _cells(item: FunctionChange | LineChange, metric: str, whole: float) -> str:
    """What it was, is, and by how much it changed; colour says what the sign says, too."""
    was, now, change, mood = compared(item, metric, whole)
    if item.after is None:  # on narrow screens there is no other column for it
        now = f'<span class="if-narrow">{was}</span>'
    classes = [kind for _, kind in _three(metric)]
    if change:
        classes[2] = f"change {classes[2]} {mood}"
    cells = zip(classes, (was, now, change), strict=True)
    return "".join(f"<td{_class(kind)}>{text}</td>" for kind, text in cells)


def _class(names: str) -> str:
    return f' class="{" ".join(names.split())}"' if names.strip() else ""


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _shown(text: str) -> str:
    clean = "".join(
        c if c == "\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text
    )
    return escape(clean)
