"""Lines of text in pieces that know what they are, not yet what colour they have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, east_asian_width


class Piece(NamedTuple):
    """Text without a line's end, and what it is: a name of `ansi.STYLES`."""

    text: str
    style: str = ""
    link: str = ""
    """Where a click on it leads."""


Line = list[Piece]


class Glyphs(NamedTuple):
    """Characters that are drawn with."""

    rule: str
    fold: str
    cut: str
    dot: str
    pointer: str
    unicode: bool


UNICODE = Glyphs("─", "⋯", "…", "·", "▶", True)
ASCII = Glyphs("-", "...", ">", "-", ">", False)


def glyphs_for(encoding: str) -> Glyphs:
    """Those that can be written in this encoding."""
    try:
        ("".join(map(str, UNICODE[:-1])) + "▏▎▍▌▋▊▉█µ▼").encode(encoding)
    except (UnicodeError, LookupError):
        return ASCII
    return UNICODE


def literal(text: str, tab: int = 8) -> str:
    """Source text as it stands there: what would steer a terminal is escaped, tabs are spaces."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c == "\t" else ascii(c)[1:-1] for c in text)
    return text.expandtabs(tab)


@lru_cache(4096)
def _cells_of(character: str) -> int:
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def width_of(line: Iterable[Piece]) -> int:
    return sum(cells(piece.text) for piece in line)


def plain(line: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in line)


def cut(line: Line, width: int, mark: str) -> Line:
    """The line's beginning, so wide at most; the mark stands for what is missing."""
    if width_of(line) <= width:
        return line
    return [*_split(line, width - cells(mark))[0], Piece(mark, "faint")] if width > 0 else []


def ending(text: str, width: int, mark: str) -> str:
    """The text's end, so wide at most; the mark stands for what is missing."""
    if cells(text) <= width:
        return text
    room = max(0, width - cells(mark))
    return mark + text[len(text) - _end(text[::-1], room) :]


def wrap(line: Line, width: int, indent: int, mark: str, most: int = 4) -> list[Line]:
    """The line on as many of that width as it needs, `most` at most, further ones indented."""
    wrapped: list[Line] = []
    room = width
    if width_of(line) > width:
        # Else most of the room would be empty, or all of the first line.
        line = _split(line, max(0, _spaces(line) - width // 2))[1]
    while width_of(line) > room > 8 and len(wrapped) < most - 1:
        head, line = _split(line, _break(plain(line), room))
        line = _split(line, _spaces(line))[1]
        wrapped.append(head)
        indent = min(indent, width // 2)
        room = width - indent
    wrapped.append(cut(line, room, mark))
    return [wrapped[0], *([Piece(" " * indent), *rest] for rest in wrapped[1:])]


def filled(line: Line, width: int) -> Line:
    """The line with spaces at its end, exactly so wide."""
    short = width - width_of(line)
    return [*line, Piece(" " * short)] if short > 0 else line


def _spaces(line: Iterable[Piece]) -> int:
    """How many it begins with."""
    text = plain(line)
    return len(text) - len(text.lstrip(" "))


def _split(line: Iterable[Piece], width: int) -> tuple[Line, Line]:
    head: Line = []
    rest = iter(line)
    for piece in rest:
        taken = cells(piece.text)
        if taken > width:
            end = _end(piece.text, width)
            if end:
                head.append(piece._replace(text=piece.text[:end]))
            return head, [piece._replace(text=piece.text[end:]), *rest]
        head.append(piece)
        width -= taken
    return head, []


def _break(text: str, width: int) -> int:
    """How wide the first of two lines is best: it ends behind a word if one ends near `width`."""
    end = _end(text, width)
    for index in range(end, max(end * 3 // 5, 1), -1):
        if text[index - 1] in " ,([{" and text[:index].strip():
            return cells(text[:index])
    # A name is better left whole: on the next line stands what is asked of it.
    for index in range(end, max(end * 2 // 5, 1), -1):
        if text[index : index + 1] == "." and text[index - 1 : index].isidentifier():
            return cells(text[:index])
    return width


def _end(text: str, width: int) -> int:
    """How many characters fit."""
    for index, character in enumerate(text):
        width -= _cells_of(character)
        if width < 0:
            return index
    return len(text)


def joined(lines: Iterable[Line], between: Piece) -> Iterator[Piece]:
    for index, line in enumerate(lines):
        if index:
            yield between
        yield from line
