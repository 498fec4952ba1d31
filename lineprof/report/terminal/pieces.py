"""Lines of text in pieces that know what they are but not what colour they have."""

from collections.abc import Iterable
from typing import NamedTuple


class Piece(NamedTuple):
    """Text without a line's end, and what it is: names of `ansi.STYLES`."""

    text: str
    style: str = ""
    link: str = ""  # Where a click on it leads


Line = list[Piece]


class Glyphs(NamedTuple):
    rule: str
    fold: str
    cut: str
    dot: str
    pointer: str
    unicode: bool


UNICODE = Glyphs("─", "⋯", "…", "·", "▶", True)
ASCII = Glyphs("-", "...", ">", "-", ">", False)


def glyphs_for(encoding: str) -> Glyphs:
    try:
        ("".join(map(str, UNICODE[:-1])) + "▏▎▍▌▋▊▉█µ▼").encode(encoding)
    except (UnicodeError, LookupError):
        return ASCII
    return UNICODE


def literal(text: str, tab: int = 8) -> str:
    """Source text as it stands, but nothing in it steers a terminal, and tabs are spaces."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c in _KEPT else ascii(c)[1:-1] for c in text)
    return text.expandtabs(tab)


_KEPT = "\t\u200c\u200d"  # A tab, and what joins the characters beside it or keeps them apart


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _fitting(text: str, width: int) -> int:
    if text.isascii():
        return min(len(text), max(0, width))
    from rich.cells import chop_cells

    return len((chop_cells(text, width) or [text])[0]) if width > 0 else 0


def width_of(line: Iterable[Piece]) -> int:
    return sum(cells(piece.text) for piece in line)


def plain(line: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in line)


def cut(line: Line, width: int, mark: str) -> Line:
    """The beginning of the line that fits; the mark stands for what is missing."""
    if width_of(line) <= width:
        return line
    return [*_split(line, width - cells(mark))[0], Piece(mark, "faint")] if width > 0 else []


def ending(text: str, width: int, mark: str) -> str:
    """The end of the text that fits; the mark stands for what is missing."""
    if cells(text) <= width:
        return text
    room = max(0, width - cells(mark))
    at = max(0, len(text) - room)
    while cells(text[at:]) > room:
        at += 1
    return mark + text[at:]


def wrap(line: Line, width: int, indent: int, mark: str, most: int = 4) -> list[Line]:
    """The line on as many lines as it needs, at most `most`; all but the first are indented."""
    wrapped: list[Line] = []
    room = width
    if width_of(line) > width:
        # Deep indentation would leave most of the room empty.
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
    """The line with spaces at its end, exactly as wide as asked."""
    short = width - width_of(line)
    return [*line, Piece(" " * short)] if short > 0 else line


def _spaces(line: Iterable[Piece]) -> int:
    text = plain(line)
    return len(text) - len(text.lstrip(" "))


def _split(line: Iterable[Piece], width: int) -> tuple[Line, Line]:
    head: Line = []
    rest = iter(line)
    for piece in rest:
        taken = cells(piece.text)
        if taken > width:
            end = _fitting(piece.text, width)
            if end:
                head.append(piece._replace(text=piece.text[:end]))
            return head, [piece._replace(text=piece.text[end:]), *rest]
        head.append(piece)
        width -= taken
    return head, []


def _break(text: str, width: int) -> int:
    """The best width of the first of two lines: up to the end of a word, if one is near."""
    end = _fitting(text, width)
    for index in range(end, max(end * 3 // 5, 1), -1):
        if text[index - 1] in " ,([{" and text[:index].strip():
            return cells(text[:index])
    # A name stays whole; what is asked of it goes to the next line.
    for index in range(end, max(end * 2 // 5, 1), -1):
        if text[index : index + 1] == "." and text[index - 1 : index].isidentifier():
            return cells(text[:index])
    return width
