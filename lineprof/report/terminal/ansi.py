"""What the terminal can show, and pieces of text with the escape codes it wants.

rich knows how many colours there are and finds the nearest of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from .pieces import Glyphs, Piece, glyphs_for

Depth = Literal["standard", "256", "truecolor"]

# Every colour is of medium lightness, so that it can be read on a dark ground and on a light one:
# which of the two there is cannot be asked for without making a mess of somebody's terminal.
STYLES = {
    "": "",
    "faint": "#868686",
    "title": "bold",
    "head": "underline #868686",
    "name": "bold",
    "path": "#868686",
    "number_column": "#868686",
    "heat0": "#868686",
    "heat1": "",
    "heat2": "#8f8317",
    "heat3": "#b4741a",
    "heat4": "#d9601f",
    "heat5": "bold #e04545",
    "block3": "#ffffff on #94600f",
    "block4": "#ffffff on #b84a0e",
    "block5": "bold #ffffff on #c22525",
    "bar1": "#868686",
    "bar2": "#968a1b",
    "bar3": "#b97f1c",
    "bar4": "#e0701f",
    "bar5": "#e04545",
    "await": "#7b74c9",
    "keyword": "#b061c4",
    "builtin": "#2b8fa3",
    "pseudo": "italic #2b8fa3",
    "function": "bold #3d85d6",
    "decorator": "#9a7a12",
    "string": "#4f9140",
    "interpolation": "#9a7a12",
    "number": "#b1703a",
    "comment": "italic #868686",
    "chosen": "reverse",
    "key": "bold",
    "good": "#4f9140",
    "alert": "bold #e04545",
    "live": "bold #2b8fa3",
}

# Of sixteen colours the nearest may be white on white: these can be told from either ground.
SIXTEEN = {
    **dict.fromkeys(("faint", "path", "number_column", "heat0", "bar1"), "dim"),
    "head": "underline dim",
    "heat2": "",
    "heat3": "bold",
    "heat4": "red",
    "heat5": "bold red",
    "block3": "reverse",
    "block4": "bold reverse",
    "block5": "bold red reverse",
    "bar2": "",
    "bar3": "",
    "bar4": "red",
    "bar5": "red",
    "await": "cyan",
    "keyword": "magenta",
    "builtin": "cyan",
    "pseudo": "italic cyan",
    "function": "bold blue",
    "decorator": "cyan",
    "string": "green",
    "interpolation": "cyan",
    "number": "",
    "comment": "italic dim",
    "good": "green",
    "alert": "bold red",
    "live": "bold cyan",
}


class Terminal(NamedTuple):
    """Where a listing is shown."""

    width: int
    depth: Depth | None
    """How many colours; None for none."""
    glyphs: Glyphs
    escapes: bool = True
    """Whether anything but text may be written."""
    height: int = 24


def wanted(stream: Any, rich: bool | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the stream should get what is made for terminals, and not the classic listing.

    rich: what the user said; None for nothing.
    """
    if rich is not None:
        return rich
    if _is_set(environ, "FORCE_COLOR") and not environ.get("NO_COLOR"):
        return True
    return is_terminal(stream) and environ.get("TERM", "") not in ("dumb", "unknown")


def is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except Exception:  # closed, or a class of the program's own
        return False


def terminal_of(stream: Any, environ: Mapping[str, str] = os.environ) -> Terminal | None:
    """What can be shown there; None if rich finds that it is a console without escape codes.

    ImportError without rich.
    """
    from rich.console import Console

    try:
        console = Console(file=stream, force_terminal=True, _environ=environ)
        if console.legacy_windows:
            return None
        system = console.color_system
    except (OSError, ValueError):
        return None
    dumb = environ.get("TERM", "") in ("dumb", "unknown") and not _is_set(environ, "FORCE_COLOR")
    depth: Depth | None = "256" if system is None else system  # type: ignore[assignment]
    if dumb or environ.get("NO_COLOR"):
        depth = None
    encoding = getattr(stream, "encoding", None) or "utf-8"
    width, height = _size(stream, environ)
    return Terminal(width, depth, glyphs_for(encoding), not dumb, height)


def painter(terminal: Terminal) -> Callable[[Iterable[Piece]], str]:
    """What makes of the pieces of a line a text for the terminal."""
    if not terminal.escapes:
        return lambda line: "".join(piece.text for piece in line)
    known = {**STYLES, **SIXTEEN} if terminal.depth == "standard" else STYLES

    @lru_cache(None)
    def codes(name: str) -> tuple[str, str]:
        found: list[str] = []
        ground = False
        for word in " ".join(known.get(part, part) for part in name.split()).split():
            if word in _ATTRIBUTES:
                found.append(_ATTRIBUTES[word])
            elif word == "on":
                ground = True
            elif terminal.depth is not None:
                found += _colour(word, terminal.depth, ground)
        return (f"\x1b[{';'.join(found)}m", "\x1b[0m") if found else ("", "")

    def paint(line: Iterable[Piece]) -> str:
        texts = []
        for text, name, link in line:
            before, after = codes(name)
            if link:
                before, after = f"\x1b]8;;{link}\x1b\\{before}", f"{after}\x1b]8;;\x1b\\"
            texts.append(f"{before}{text}{after}")
        return "".join(texts)

    return paint


_ATTRIBUTES = {"bold": "1", "dim": "2", "italic": "3", "underline": "4", "reverse": "7"}


def _colour(colour: str, depth: Depth, ground: bool) -> Iterable[str]:
    """Codes for a colour, or for the nearest that there is, as text or as ground."""
    from rich.color import Color, ColorSystem

    system = {
        "standard": ColorSystem.STANDARD,
        "256": ColorSystem.EIGHT_BIT,
        "truecolor": ColorSystem.TRUECOLOR,
    }[depth]
    return Color.parse(colour).downgrade(system).get_ansi_codes(foreground=not ground)


def _size(stream: Any, environ: Mapping[str, str]) -> tuple[int, int]:
    size = None
    for file in (getattr(stream, "fileno", None), lambda: 2, lambda: 0):
        try:
            size = os.get_terminal_size(file()) if file is not None else None
        except Exception:  # not a terminal, closed, or no file at all
            continue
        if size is not None and size.columns > 0:
            break
    found = [size.columns, size.lines] if size is not None and size.columns > 0 else [100, 24]
    for index, name in enumerate(("COLUMNS", "LINES")):
        if environ.get(name, "").isdecimal() and int(environ[name]) > 0:
            found[index] = int(environ[name])
    return max(40, found[0]), max(8, found[1])


def _is_set(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() not in ("", "0", "false")
