"""What every view for terminals is laid out with: the room there is, places, rankings."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from ...errors import printable
from ...model.profile import FunctionKey
from .. import units
from ..heat import bar, level
from .pieces import Glyphs, Line, Piece, cells, cut, ending, filled, width_of

LONGEST_TEXT = 2_000  # Characters of a source line that are shown
PLACE = 18  # Columns that the names of functions leave to places, where they can
SHORTEST_PLACE = 12
NAME = 24  # Columns that names always have
SORTED = "bold underline"  # Of the title of the column that a table is sorted by


@dataclass(frozen=True, slots=True)
class View:
    """How much room there is, and what to draw with."""

    width: int
    glyphs: Glyphs
    links: bool = True
    unit: units.Unit | None = None  # What times are multiples of; None: what fits each column
    columns: tuple[str, ...] | None = None
    min_percent: float = 0.0
    fold: bool = True
    height: int = 0  # Lines that the screen shows at a time; 0 if there is none


Column = tuple[str, Sequence[Piece]]  # A title and what stands below it


def percents(shares: Sequence[float]) -> Column:
    return "%", [Piece(units.percent(share), f"heat{level(share)}") for share in shares]


def times(title: str, values: Sequence[int], unit: units.Unit, view: View) -> Column:
    title = f"{title} {unit_name(unit, view)}"
    return title, [Piece(units.number(value, unit)) for value in values]


def counts(title: str, values: Sequence[int]) -> Column:
    return title, [Piece(units.count(value)) for value in values]


def awaited(values: Sequence[int], view: View) -> list[Column]:
    if not any(values):
        return []
    unit = view.unit or units.common_unit(values)
    title, cells = times("Await", values, unit, view)
    shown = [cell.text if value else "" for cell, value in zip(cells, values, strict=True)]
    return [(title, [Piece(text, "await") for text in shown])]


def ranking(
    columns: Sequence[Column],
    shares: Sequence[float],
    last: str,
    texts: Sequence[Callable[[int], Line]],
    view: View,
    *,
    room: int,
    spare: Sequence[str],
    most: float = 0.0,
    note: str = "",
    by: str = "",
    chosen: int | None = None,
) -> list[Line]:
    """A table: columns, behind the first a bar for the share, and at the end what a row is about.

    last: the title of what the rows are about; texts: makes that for the room there is.
    room: columns that it should have;
    spare: beginnings of the titles that give way to it, one after the other.
    most: the share of a full bar, by default the largest.
    note: stands behind the titles; by: beginning of the title that stands out.
    chosen: the row to point at.
    """
    bars = 10 if view.width >= 100 else 5 if view.width >= 72 else 0
    most = most or max(shares, default=0.0) or 1.0
    before = 2 + (bars + 1 if bars else 0)
    kept = [
        (title, max([cells(title), *(cells(piece.text) for piece in pieces)]), pieces)
        for title, pieces in columns
    ]
    for name in spare:
        if view.width - before - sum(width + 2 for _, width, _ in kept) < room:
            kept = [column for column in kept if not column[0].strip().startswith(name)]
    header: Line = [Piece("  ", "head")]
    for index, (title, width, _) in enumerate(kept):
        gap = bars + 3 if index == 0 and bars else 2
        style = SORTED if by and title.strip().startswith(by) else "head"
        header += [Piece(title.rjust(width), style), Piece(" " * gap, "head")]
    header += [Piece(last, SORTED if last == by else "head"), Piece(note, "head")]
    lines = [cut(filled(header, view.width), view.width, "")]
    for number, (percent, text) in enumerate(zip(shares, texts, strict=True)):
        line = [Piece(f"{view.glyphs.pointer if number == chosen else ' '} ", "live")]
        for index, (_, width, pieces) in enumerate(kept):
            piece = pieces[number]
            line += [Piece(" " * (width - cells(piece.text))), piece, Piece("  ")]
            if index == 0 and bars:
                drawn = bar(100 * percent / most, bars, view.glyphs.unicode)
                line += filled([Piece(drawn, f"bar{max(1, level(percent))}")], bars + 1)
        line += text(view.width - width_of(line))
        lines.append(cut(line, view.width, view.glyphs.cut))
    return lines


def named(key: FunctionKey, width: int, view: View) -> Callable[[int], Line]:
    """A function's name and, `width` columns further, its place; without room, their ends."""

    def made(room: int) -> Line:
        link = link_to(key.file, key.first_line) if view.links else ""
        before = min(width, max(NAME, room - 2 - PLACE))
        left = room - 2 - before
        alone = left < SHORTEST_PLACE
        name = ending(printable(key.name), room if alone else before, start_mark(view))
        line = [Piece(name, "name", link)]
        if alone:
            return line
        place = [
            piece._replace(text=ending(piece.text, left, start_mark(view)))
            for piece in where(key, key.first_line, view, left)
        ]
        return [*filled(line, before), Piece("  "), *place]

    return made


def fixed(line: Line) -> Callable[[int], Line]:
    return lambda room: line


def ruled(name: Line, place: Line, view: View) -> Line:
    """A name and a place on a rule as wide as the view."""
    rule = view.glyphs.rule
    left = [Piece(f"{rule}{rule} ", "faint"), *name]
    left = cut([*left, Piece(" ")], max(view.width - width_of(place) - 6, 20), view.glyphs.cut)
    room = max(view.width - width_of(left) - width_of(place) - 4, 1)
    line = [*left, Piece(f"{rule * room} ", "faint"), *place, Piece(f" {rule}{rule}", "faint")]
    return cut(line, view.width, view.glyphs.cut)


def facts_in(facts: Sequence[Line], view: View, indent: str = "   ") -> Line:
    """Facts in a row with dots between them, as many as there is room for."""
    line: Line = [Piece(indent)]
    for index, fact in enumerate(facts):
        more = [Piece(f" {view.glyphs.dot} ", "faint"), *fact] if index else fact
        # Not cut: a number without its end is another number.
        if index and width_of([*line, *more]) > view.width:
            break
        line += more
    return cut(line, view.width, view.glyphs.cut)


def where(key: FunctionKey, number: int, view: View, most: int | None = None) -> Line:
    """`file:line`, linked, in at most `most` columns unless the name of the file alone is wider."""
    link = link_to(key.file, number) if view.links else ""
    most = view.width * 2 // 5 if most is None else most
    return [Piece(place_of(key.file, number, most, start_mark(view)), "path", link)]


def start_mark(view: View) -> str:
    return view.glyphs.cut if view.glyphs.unicode else "..."


def beside_source(view: View) -> int:
    return min(view.width // 3, max(view.width // 4, 26))


def unit_name(unit: units.Unit, view: View) -> str:
    return unit.name if view.glyphs.unicode else unit.name.replace("µ", "u")


def share(value: int, whole: int) -> float:
    # Times that overlap, on several threads or in files of other tools, may exceed the whole.
    return min(100.0, 100 * value / whole) if whole else 0.0


def indent_of(text: str) -> int:
    expanded = text.expandtabs()
    return len(expanded) - len(expanded.lstrip(" "))


def place_of(file: str, number: int, most: int, cut: str) -> str:
    """`file:line`; of what is wider than `most` columns only the end, behind `cut` if that fits."""
    path, without_start = _short_path(file)
    path = printable(path)
    most -= len(f":{number}")
    while cells(path) + (without_start and len(cut) + 1) > most and "/" in path[1:]:
        path, without_start = path.lstrip("/").partition("/")[2], True
    fits = cells(path) + len(cut) + 1 <= most
    return f"{cut}/{path}:{number}" if without_start and fits else f"{path}:{number}"


def link_to(file: str, number: int) -> str:
    """An address that terminals open, at the line where they can; empty for what is no file."""
    address = _address(file)
    return f"{address}#{number}" if address else ""


@lru_cache(1024)
def _address(file: str) -> str:
    try:
        path = os.path.abspath(file)
        if not os.path.isfile(path):
            return ""
    except (OSError, ValueError):  # the current folder is gone; a NUL in the name
        return ""
    host = os.uname().nodename if hasattr(os, "uname") else ""
    path = quote(os.fsencode(path.replace(os.sep, "/")), safe="/:")
    return f"file://{host}{path if path.startswith('/') else '/' + path}"


@lru_cache(1024)
def _short_path(file: str) -> tuple[str, bool]:
    """The path as one would write it here, and whether its beginning was left out."""
    if not os.path.isabs(file):
        return file, False
    for folder in ("site-packages", "dist-packages"):
        _, found, rest = file.replace(os.sep, "/").rpartition(f"/{folder}/")
        if found:
            return rest, True
    try:
        relative = os.path.relpath(file)
    except (ValueError, OSError):  # another drive; the current folder is gone
        return file, False
    shorter = len(relative) < len(file) and not relative.startswith("..")
    return (relative if shorter else file), False
