"""Source text in pieces by what they are in the language, found by Pygments."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from .pieces import Line, Piece

MOST_LINES = 20_000
"""Of one function; text beyond that is not worth the time it takes."""


def highlighted(texts: Sequence[str]) -> list[Line]:
    """Each line in pieces, in the order given; in one piece if Pygments is not there.

    texts: lines of Python without their ends or any other control character.
    """
    if len(texts) > MOST_LINES:
        return [[Piece(text)] for text in texts]
    try:
        lexer: Any = import_module("pygments.lexers.python").PythonLexer()
    except Exception:
        # Not installed; or the program that was profiled has a module of that name.
        return [[Piece(text)] for text in texts]
    lines: list[Line] = [[]]
    for _, kind, value in lexer.get_tokens_unprocessed("\n".join(texts)):
        style = _style(kind)
        first, *more = value.split("\n")
        if first:
            lines[-1].append(Piece(first, style))
        for text in more:
            lines.append([Piece(text, style)] if text else [])
    return lines


def _style(kind: tuple[str, ...]) -> str:
    """Of a Pygments token type, which is the tuple of names that lead to it."""
    for length in range(min(len(kind), 3), 0, -1):
        style = _STYLES.get(tuple(kind[:length]))
        if style is not None:
            return style
    return ""


_STYLES = {
    ("Keyword",): "keyword",
    ("Keyword", "Constant"): "number",
    ("Operator", "Word"): "keyword",
    ("Name", "Builtin"): "builtin",
    ("Name", "Builtin", "Pseudo"): "pseudo",
    ("Name", "Exception"): "builtin",
    ("Name", "Function"): "function",
    ("Name", "Class"): "function",
    ("Name", "Decorator"): "decorator",
    ("Literal", "String"): "string",
    ("Literal", "String", "Interpol"): "interpolation",
    ("Literal", "String", "Affix"): "keyword",
    ("Literal", "Number"): "number",
    ("Comment",): "comment",
}
