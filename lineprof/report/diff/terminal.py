"""A difference as a terminal shows it best: totals, functions, and the lines that changed most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...errors import printable
from ...model.diff import Difference, FunctionChange, LineChange, amount, per_hit, profile_amount
from ...model.profile import Function
from ...model.profile import Line as Numbers
from .. import units
from ..terminal.layout import (
    LONGEST_TEXT,
    View,
    beside_source,
    facts_in,
    fixed,
    indent_of,
    named,
    ruled,
    where,
)
from ..terminal.pieces import Line, Piece, cells, cut, filled, literal, width_of, wrap
from ..terminal.syntax import highlighted
from .quantities import (
    LEGEND,
    MARKS,
    MOST_FUNCTIONS,
    change,
    changed_most,
    is_measured,
    matters,
    remarks,
    whole_of,
)

DETAILED = 10
"""Of how many functions the lines are shown, unless asked for another number."""
SOURCE = 32
"""Columns that are left for source, if it can be done."""
NAMES = 44
"""The same for names of functions and where they are."""

_NOTHING = Piece("")
_STYLES = {"new": "good", "gone": "alert", "edited": "heat3", "moved": "await", "same": ""}


def report(
    found: Difference, names: tuple[str, str], view: View, top: int | None = None
) -> Iterator[Line]:
    """All of it, line by line.

    names: what the two profiles are called.
    top: show lines of no more functions than this.
    """
    arrow = "→" if view.glyphs.unicode else "->"
    yield []
    title = [Piece(" lineprof diff", "title")]
    files = [Piece(f"{printable(names[0])} {arrow} {printable(names[1])}")]
    yield facts_in([title, files], view, "")
    yield []
    yield from _totals(found, arrow, view)
    for note in remarks(found):
        yield []
        yield from wrap([Piece(f" {note}", "faint")], view.width, 7, view.glyphs.cut)
    changed = [item for item in found.functions if item.measured]
    if not changed:
        yield []
        yield [Piece(" Nothing was measured in either of them.")]
        return
    yield []
    yield [Piece(" Functions", "title"), Piece("  what changed most first", "faint")]
    yield from _functions(changed, whole_of(found), view)
    yield from _lines(found, view)
    detailed = changed[: DETAILED if top is None else top]
    for item in detailed:
        yield []
        yield from _function(item, view)
    left = len(changed) - len(detailed)
    yield []
    if left:
        text = (
            f" {view.glyphs.fold} lines of {units.plural(left, 'more function')}: --top shows them"
        )
        yield cut([Piece(text, "faint")], view.width, view.glyphs.cut)
    yield cut([Piece(f" {LEGEND}", "faint")], view.width, view.glyphs.cut)


def _totals(found: Difference, arrow: str, view: View) -> Iterator[Line]:
    shown: list[tuple[str, str, str, Piece]] = []
    ways: tuple[tuple[str, Callable[[float], str], bool], ...] = (
        ("hits", _count, False),
        ("time", units.time, True),
    )
    for metric, show, time in ways:
        before, after = (profile_amount(side, metric) for side in (found.before, found.after))
        title = f"{metric.capitalize()}{' in all functions' if view.width >= 60 else ''}"
        growth = _change(before, after, matters(before, after) if time else True)
        shown.append((title, show(before), show(after), growth))
    widths = (max(cells(row[1]) for row in shown), max(cells(row[2]) for row in shown))
    for title, old, new, growth in shown:
        line = [
            Piece(f"   {title}  {' ' * (widths[0] - cells(old))}{old} "),
            Piece(arrow, "faint"),
            Piece(f" {' ' * (widths[1] - cells(new))}{new}  "),
            growth,
        ]
        yield cut(line, view.width, view.glyphs.cut)


# -- tables ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """What is compared, after it its text."""

    kind: str
    numbers: dict[str, Piece]
    """By title of the column; none of what has no numbers at all."""
    text: Callable[[int], Line]
    """For the room there is."""


def _table(
    rows: Sequence[_Row], choices: Sequence[str], last: str, room: int, view: View
) -> Iterator[Line]:
    """The first choice of columns that leaves so much room, the last one if none does.

    choices: names of columns, in words.
    """
    for choice in choices:
        names = choice.split()
        titles = [_title(name, names) for name in names]
        widths = [
            max(cells(title), *(cells(row.numbers[name].text) for row in rows if row.numbers))
            for name, title in zip(names, titles, strict=True)
        ]
        if view.width - 3 - sum(width + 2 for width in widths) >= room:
            break
    header = "   " + "".join(
        f"{title.rjust(width)}  " for title, width in zip(titles, widths, strict=True)
    )
    yield cut(filled([Piece(header + last, "head")], view.width), view.width, "")
    for row in rows:
        mark = Piece(f" {MARKS[row.kind]} ", _STYLES[row.kind])
        line: Line = [mark]
        for name, width in zip(names, widths, strict=True):
            piece = row.numbers.get(name, _NOTHING)
            line += [Piece(" " * (width - cells(piece.text))), piece, Piece("  ")]
        yield cut([*line, *row.text(view.width - width_of(line))], view.width, view.glyphs.cut)


_TITLES = {
    "line": "Line",
    "calls": "Calls",
    "hits": "Hits",
    "time": "Time",
    "self": "Self",
    "perhit": "Per Hit",
}


def _title(name: str, names: Sequence[str]) -> str:
    """Of a column; that a change is one of what stands before it needs no saying."""
    metric, _, part = name.partition(".")
    return part if part and metric in names else f"{_TITLES[metric]} {part}".rstrip()


def _functions(changed: Sequence[FunctionChange], whole: int, view: View) -> Iterator[Line]:
    listed = changed[:MOST_FUNCTIONS]
    widest = min(max(cells(printable(item.key.name)) for item in listed), view.width // 3)
    rows = []
    for item in listed:
        heavy = matters(*_amounts(item, "time"), whole)
        numbers: dict[str, Piece] = {}
        for metric in ("calls", "hits", "time"):
            both = _amounts(item, metric)
            numbers |= _compared(metric, item.before, item.after, *both, heavy=heavy)
        per_hits = per_hit(item.before), per_hit(item.after)
        numbers |= _compared("perhit", item.before, item.after, *per_hits, heavy=heavy)
        rows.append(_Row(item.kind, numbers, named(item.key, widest, view)))
    hits, time = "hits hits.was hits.change", "time time.was time.change"
    choices = (
        f"{time} {hits} perhit perhit.was perhit.change calls calls.was calls.change",
        f"{time} {hits} calls calls.was calls.change",
        f"{time} {hits}",
        f"{time} hits hits.change",
        "time time.change hits.change",
    )
    yield from _table(rows, choices, "Function", NAMES, view)
    rest = len(changed) - len(listed)
    if rest:
        text = f" {view.glyphs.fold} {units.plural(rest, 'more function')}"
        yield [Piece(text, "faint")]


def _lines(found: Difference, view: View) -> Iterator[Line]:
    """Those of all functions whose own time changed most."""
    listed = changed_most(found)
    if not listed:
        return
    whole = whole_of(found)
    most = beside_source(view)
    places = [where(item.key_of(line), line.number, view, most) for item, line in listed]
    widest = max(map(width_of, places))
    texts = highlighted([literal(line.text[:LONGEST_TEXT].strip()) for _, line in listed])
    rows = []
    for (_, line), place, text in zip(listed, places, texts, strict=True):
        numbers: dict[str, Piece] = {}
        for metric in ("self", "hits"):
            both = _amounts(line, metric)
            heavy = matters(*both, whole)
            numbers |= _compared(metric, line.before, line.after, *both, heavy=heavy)
        shown = [*filled(place, widest), Piece("  "), *_faded(line, text)]
        rows.append(_Row(line.kind, numbers, fixed(shown)))
    yield []
    yield [Piece(" Lines", "title"), Piece("  whose own time changed most", "faint")]
    choices = (
        "self self.was self.change hits hits.was hits.change",
        "self self.change hits.change",
        "self self.change",
        "self.change",
    )
    yield from _table(rows, choices, "Line", widest + 2 + SOURCE // 2, view)


def _faded(line: LineChange, text: Line) -> Line:
    return [piece._replace(style="faint") for piece in text] if line.kind == "gone" else text


def _function(item: FunctionChange, view: View) -> Iterator[Line]:
    name = [Piece(printable(item.key.name), "name")]
    if item.kind != "same":
        name.append(Piece(f"  {item.kind}", _STYLES[item.kind]))
    yield ruled(name, where(item.key, item.key.first_line, view), view)
    if item.kind == "moved" and item.before is not None:
        moved: Line = [Piece(f"   was in {printable(item.before.key.file)}", "faint")]
        yield cut(moved, view.width, view.glyphs.cut)
    shown = [line for line in item.lines if is_measured(line)]
    texts = [literal(line.text[:LONGEST_TEXT]) for line in shown]
    indent = min((indent_of(text) for text in texts if text.strip()), default=0)
    sources = highlighted([text[indent:] for text in texts])
    whole = max(_amounts(item, "time"))
    rows = []
    for line, source in zip(shown, sources, strict=True):
        rows.append(_line(line, source, whole))
        if line.was:
            rows.append(_was(line, indent))
    hits, time = "hits hits.was hits.change", "time time.was time.change"
    per_hit = "perhit perhit.was perhit.change"
    choices = (
        f"line line.was {hits} {time} {per_hit}",
        f"line {hits} {time} perhit perhit.change",
        f"line {hits} {time}",
        f"line hits hits.change {time}",
        "line hits.change time time.change",
        "line hits.change time.change",
    )
    yield from _table(rows, choices, "Source", SOURCE, view)


def _line(line: LineChange, text: Line, whole: int) -> _Row:
    was = line.before_number
    numbers = {
        "line": Piece(str(line.number), "number_column"),
        "line.was": Piece("" if was is None else str(was), "number_column"),
    }
    heavy = matters(*_amounts(line, "time"), whole)
    for metric in ("hits", "time"):
        both = _amounts(line, metric)
        numbers |= _compared(metric, line.before, line.after, *both, heavy=heavy)
    both_per_hit = per_hit(line.before), per_hit(line.after)
    numbers |= _compared("perhit", line.before, line.after, *both_per_hit, heavy=heavy)
    return _Row(line.kind, numbers, fixed(_faded(line, text)))


def _was(line: LineChange, indent: int) -> _Row:
    """What the line was before it was edited."""
    text = literal(line.was[:LONGEST_TEXT])
    spaces = max(0, indent_of(text) - indent)
    return _Row("same", {}, fixed([Piece(f"{' ' * spaces}was: {text.strip()}", "faint")]))


def _amounts(item: FunctionChange | LineChange, metric: str) -> tuple[int, int]:
    return amount(item.before, metric), amount(item.after, metric)


def _compared(
    metric: str,
    before_item: Function | Numbers | None,
    after_item: Function | Numbers | None,
    before: float,
    after: float,
    *,
    heavy: bool,
) -> dict[str, Piece]:
    """Cells of what it is, was, and how it changed; empty where it is not there.

    heavy: whether the time that it changed by is worth a colour.
    """
    time = metric in ("time", "self", "perhit")
    show = units.time if time else _count
    both = before_item is not None and after_item is not None
    return {
        metric: Piece("" if after_item is None else show(after)),
        f"{metric}.was": Piece("" if before_item is None else show(before), "faint"),
        f"{metric}.change": _change(before, after, heavy or not time) if both else Piece(""),
    }


def _change(before: float, after: float, coloured: bool) -> Piece:
    text = change(before, after)
    if before == after or not coloured:
        return Piece(text, "faint")
    return Piece(text, "alert" if after > before else "good")


def _count(value: float) -> str:
    return units.count(int(value))
