"""A difference on a terminal: totals, functions, the lines that changed most, and all lines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...errors import printable
from ...model.diff import Difference, FunctionChange, LineChange, amount
from .. import units
from ..columns import COLUMNS
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
from .compared import (
    LEGEND,
    MARKS,
    MOST_FUNCTIONS,
    changed_most,
    compared,
    is_measured,
    remarks,
    totals,
    whole_of,
)

DETAILED = 10  # Of how many functions the lines are shown, unless another number is asked for
SOURCE = 32  # Columns that are left for source, where they can be
NAMES = 44  # The same for the names and places of functions

_STYLES = {"new": "good", "gone": "alert", "edited": "heat3", "moved": "await", "same": ""}
_MOODS = {"": "faint", "more": "alert", "less": "good"}


def report(
    found: Difference, names: tuple[str, str], view: View, top: int | None = None
) -> Iterator[Line]:
    """All lines; names: of the two sides; top: show the lines of this many functions only."""
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
    shown = list(totals(found))
    widths = [max(cells(row[index]) for _, row in shown) for index in (0, 1)]
    for metric, row in shown:
        title = f"{metric:<4}{' in all functions' if view.width >= 60 else ''}"
        line = [
            Piece(f"   {title}  {' ' * (widths[0] - cells(row.was))}{row.was} "),
            Piece(arrow, "faint"),
            Piece(f" {' ' * (widths[1] - cells(row.now))}{row.now}  "),
            Piece(row.change, _MOODS[row.mood]),
        ]
        yield cut(line, view.width, view.glyphs.cut)


# -- tables ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    numbers: dict[str, Piece]
    """By name of the column, such as "time.was"; empty for a row of text alone."""
    text: Callable[[int], Line]  # For the room there is

    def cell(self, name: str, names: Sequence[str]) -> Piece:
        """What stands in a column; names: the columns there is room for.

        The number of what is gone or new moves to another column of its metric if its own is not
        shown, with a sign to that of the change.
        """
        piece = self.numbers.get(name, Piece(""))
        metric, _, part = name.partition(".")
        if piece.text or not self.numbers or part == "was":
            return piece
        if part != "change":
            return piece if f"{metric}.was" in names else self.numbers.get(f"{metric}.was", piece)
        if metric in names or f"{metric}.was" in names:
            return piece
        gone, new = self.numbers[f"{metric}.was"], self.numbers[metric]
        number = gone if gone.text else new
        sign = "-" if gone.text else "+"
        return number._replace(text=f"{sign}{number.text}") if number.text else piece


def _table(
    rows: Sequence[_Row], choices: Sequence[str], last: str, room: int, view: View
) -> Iterator[Line]:
    """The first choice of columns that leaves so much room, the last one if none does.

    choices: names of columns, in words.
    """
    for choice in choices:
        names = choice.split()
        titles = [_title(name, names) for name in names]
        table = [[row.cell(name, names) for name in names] for row in rows]
        widths = [
            max(cells(title), *(cells(line[index].text) for line in table))
            for index, title in enumerate(titles)
        ]
        if view.width - 3 - sum(width + 2 for width in widths) >= room:
            break
    header = "   " + "".join(
        f"{title.rjust(width)}  " for title, width in zip(titles, widths, strict=True)
    )
    yield cut(filled([Piece(header + last, "head")], view.width), view.width, "")
    for row, pieces in zip(rows, table, strict=True):
        line: Line = [Piece(f" {MARKS[row.kind]} ", _STYLES[row.kind])]
        for piece, width in zip(pieces, widths, strict=True):
            line += [Piece(" " * (width - cells(piece.text))), piece, Piece("  ")]
        yield cut([*line, *row.text(view.width - width_of(line))], view.width, view.glyphs.cut)


def _title(name: str, names: Sequence[str]) -> str:
    """Of a column; that "was" and "change" belong to the metric beside them needs no saying."""
    metric, _, part = name.partition(".")
    if part and metric in names:
        return part
    return f"{COLUMNS[metric].title if metric in COLUMNS else 'Line'} {part}".rstrip()


def _functions(changed: Sequence[FunctionChange], whole: float, view: View) -> Iterator[Line]:
    listed = changed[:MOST_FUNCTIONS]
    widest = min(max(cells(printable(item.key.name)) for item in listed), view.width // 3)
    metrics = ("calls", "hits", "time", "perhit")
    rows = [
        _Row(item.kind, _numbers(item, metrics, whole), named(item.key, widest, view))
        for item in listed
    ]
    hits, time = "hits.was hits hits.change", "time.was time time.change"
    choices = (
        f"{time} {hits} perhit.was perhit perhit.change calls.was calls calls.change",
        f"{time} {hits} calls.was calls calls.change",
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
        shown = [*filled(place, widest), Piece("  "), *_faded(line, text)]
        rows.append(_Row(line.kind, _numbers(line, ("self", "hits"), whole), fixed(shown)))
    yield []
    yield [Piece(" Lines", "title"), Piece("  whose own time changed most", "faint")]
    choices = (
        "self.was self self.change hits.was hits hits.change",
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
    whole = max(amount(item.before, "time"), amount(item.after, "time"))
    rows = []
    for line, source in zip(shown, sources, strict=True):
        if line.was:
            rows.append(_was(line, indent))
        rows.append(_line(line, source, whole))
    hits, time = "hits.was hits hits.change", "time.was time time.change"
    choices = (
        f"line.was line {hits} {time} perhit.was perhit perhit.change",
        f"line {hits} {time} perhit perhit.change",
        f"line {hits} {time}",
        f"line hits hits.change {time}",
        "line hits.change time time.change",
        "line hits.change time.change",
    )
    yield from _table(rows, choices, "Source", SOURCE, view)


def _line(line: LineChange, text: Line, whole: float) -> _Row:
    was, now = ("" if n is None else str(n) for n in (line.before_number, line.after_number))
    numbers = {"line": Piece(now, "number_column"), "line.was": Piece(was, "number_column")}
    numbers |= _numbers(line, ("hits", "time", "perhit"), whole)
    return _Row(line.kind, numbers, fixed(_faded(line, text)))


def _was(line: LineChange, indent: int) -> _Row:
    text = literal(line.was[:LONGEST_TEXT])
    spaces = max(0, indent_of(text) - indent)
    return _Row("same", {}, fixed([Piece(f"{' ' * spaces}was: {text.strip()}", "faint")]))


def _numbers(
    item: FunctionChange | LineChange, metrics: Sequence[str], whole: float
) -> dict[str, Piece]:
    numbers = {}
    for metric in metrics:
        was, now, change, mood = compared(item, metric, whole)
        numbers[f"{metric}.was"] = Piece(was, "faint")
        numbers[metric] = Piece(now)
        numbers[f"{metric}.change"] = Piece(change, _MOODS[mood])
    return numbers
