"""What all views for terminals are laid out with: how much room there is, places, rankings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...errors import printable
from ...model.profile import FunctionKey
from .. import units
from ..heat import bar, level
from .pieces import Glyphs, Line, Piece, cells, cut, ending, filled, width_of
from .places import link_to, place_of

LONGEST_TEXT = 2_000
"""Characters of a source line that are looked at."""
PLACE = 18
"""Columns that names of functions leave to places, as far as they can."""
SHORTEST_PLACE = 12
NAME = 24
"""Columns that names have in any case."""


@dataclass(frozen=True, slots=True)
class View:
    """How much room there is, and what it is drawn with."""

    width: int
    glyphs: Glyphs
    links: bool = True
    unit: units.Unit | None = None
    """What times are multiples of; None: what fits each column."""
    columns: tuple[str, ...] | None = None
    min_percent: float = 0.0
    fold: bool = True
    height: int = 0
    """Lines that are on the screen at a time; 0 where it is not known, or no screen."""


Ranked = tuple[list[Piece], float, Callable[[int], Line]]
"""Numbers, the share that the bar shows, and what they are about, made for the room there is."""


def ranking(
    titles: Sequence[str],
    table: Sequence[Ranked],
    last: str,
    view: View,
    *,
    room: int,
    spare: Sequence[str],
) -> list[Line]:
    """Numbers to the right, a bar by the share, the largest full, and what they are about.

    last: title of what they are about.
    room: columns that should be left for that;
    spare: beginnings of the titles that give way for it, one after the other.
    """
    bars = 10 if view.width >= 100 else 5 if view.width >= 72 else 0
    most = max((percent for _, percent, _ in table), default=0.0) or 1.0
    widths = [cells(title) for title in titles]
    for row, _, _ in table:
        widths = [max(width, cells(piece.text)) for width, piece in zip(widths, row, strict=True)]
    kept = list(range(len(titles)))
    before = 2 + (bars + 1 if bars else 0)
    for name in spare:
        if view.width - before - sum(widths[index] + 2 for index in kept) < room:
            kept = [index for index in kept if not titles[index].startswith(name)]
    header: Line = [Piece("  ", "head")]
    for index in kept:
        gap = bars + 3 if index == 0 and bars else 2
        header.append(Piece(titles[index].rjust(widths[index]) + " " * gap, "head"))
    lines = [cut(filled([*header, Piece(last, "head")], view.width), view.width, "")]
    for row, percent, after in table:
        line: Line = [Piece("  ")]
        for index in kept:
            piece = row[index]
            line += [Piece(" " * (widths[index] - cells(piece.text))), piece, Piece("  ")]
            if index == 0 and bars:
                drawn = bar(100 * percent / most, bars, view.glyphs.unicode)
                line += filled([Piece(drawn, f"bar{max(1, level(percent))}")], bars + 1)
        line = [*line, *after(view.width - width_of(line))]
        lines.append(cut(line, view.width, view.glyphs.cut))
    return lines


def named(key: FunctionKey, width: int, view: View) -> Callable[[int], Line]:
    """A function's name and, behind so many columns, its place.

    Of what there is no room for the end is left: by that names and files are told apart.
    """

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
    """What is the same whatever room there is."""
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
    """Facts in a row, dots between them; the last ones are left out if there is no room."""
    line: Line = [Piece(indent)]
    for index, fact in enumerate(facts):
        more = [Piece(f" {view.glyphs.dot} ", "faint"), *fact] if index else fact
        # Not cut: a number without its end is another number.
        if index and width_of([*line, *more]) > view.width:
            break
        line += more
    return cut(line, view.width, view.glyphs.cut)


def where(key: FunctionKey, number: int, view: View, most: int | None = None) -> Line:
    """`file:line`, as short as it can be said here, leading to the file.

    most: columns it should not be wider than, unless the file's name alone is.
    """
    link = link_to(key.file, number) if view.links else ""
    most = view.width * 2 // 5 if most is None else most
    return [Piece(place_of(key.file, number, most, start_mark(view)), "path", link)]


def start_mark(view: View) -> str:
    """What stands for a beginning that was left out."""
    return view.glyphs.cut if view.glyphs.unicode else "..."


def beside_source(view: View) -> int:
    """Columns that a place may have where source stands beside it."""
    return min(view.width // 3, max(view.width // 4, 26))


def unit_name(unit: units.Unit, view: View) -> str:
    """As it can be written here."""
    return unit.name if view.glyphs.unicode else unit.name.replace("µ", "u")


def share(value: int, whole: int) -> float:
    """Percent."""
    # Times that overlap, on several threads or in files of other tools, may exceed the whole.
    return min(100.0, 100 * value / whole) if whole else 0.0


def indent_of(text: str) -> int:
    """Columns of space at its beginning."""
    expanded = text.expandtabs()
    return len(expanded) - len(expanded.lstrip(" "))
