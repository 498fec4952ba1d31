"""Source text in pieces by their kind in the language.

One regular expression will do: a lexer would take too long for a large listing.
"""

import builtins
import keyword
import re
from collections.abc import Sequence

from .pieces import Line, Piece


def _quoted(quote: str) -> str:
    """A string in these quotes; unfinished, it ends with the line or, with three, with the text."""
    one = quote[0]
    if len(quote) == 1:
        return rf"{one}[^{one}\\\n]*(?:\\.[^{one}\\\n]*)*{one}?"
    return rf"{quote}[^{one}\\]*(?:(?:\\.|{one}(?!{one}{one}))[^{one}\\]*)*(?:{quote}|\Z)"


_TOKEN = re.compile(
    "|".join(
        (
            r"(?P<comment>\#[^\n]*)",
            r"(?P<string>(?:\b[bBfFrRtTuU]{1,2})?(?:"
            + "|".join(map(_quoted, ('"""', "'''", '"', "'")))
            + "))",
            r"(?P<decorator>^[ ]*@[\w.]+)",
            r"(?P<number>(?<!\w)(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)"
            r"(?:[eE][+-]?\d[\d_]*)?[jJ]?))",
            r"(?P<name>[^\W\d]\w*)",
        )
    ),
    re.DOTALL | re.MULTILINE,
)

_NAMES = {
    **{name: "builtin" for name in dir(builtins) if not name.startswith("_")},
    **dict.fromkeys(keyword.kwlist, "keyword"),
    **dict.fromkeys(("None", "True", "False", "Ellipsis", "NotImplemented"), "number"),
    **dict.fromkeys(("self", "cls"), "pseudo"),
}


def highlighted(texts: Sequence[str]) -> list[Line]:
    """Each line in pieces; texts: lines of Python without control characters."""
    text = "\n".join(texts)
    lines: list[Line] = [[] for _ in texts]
    row = end = 0
    defining = False
    for token in _TOKEN.finditer(text):
        style = token.lastgroup or ""
        start = token.start()
        if style == "name":
            name = token.group()
            style = _NAMES.get(name, "")
            if defining:
                style = "function"
            elif style and text[start - 1 : start] == ".":
                style = ""
            defining = name in ("def", "class")
        if style:
            if end < start:
                row = _append(lines, row, text[end:start], "")
            end = token.end()
            row = _append(lines, row, text[start:end], style)
    if end < len(text):
        _append(lines, row, text[end:], "")
    return lines


def _append(lines: list[Line], row: int, text: str, style: str) -> int:
    """Add text that may span several lines; returns the row in which it ends."""
    first, *more = text.split("\n")
    if first:
        lines[row].append(Piece(first, style))
    for part in more:
        row += 1
        if part:
            lines[row].append(Piece(part, style))
    return row
