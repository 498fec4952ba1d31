"""What a terminal can show, and lines of pieces with the escape codes it wants.

rich knows the colours there are; it is imported only once something is for a terminal.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from ..output import is_terminal
from .pieces import Glyphs, Piece, glyphs_for

Depth = Literal["standard", "256", "truecolor"]

# Every colour is of medium lightness, to be readable on dark and on light ground: a terminal cannot
# be asked which it has without making a mess of somebody's screen.
STYLES = {
    **dict.fromkeys(("", "heat1"), ""),
    **dict.fromkeys(("faint", "path", "number_column", "heat0", "bar1"), "#868686"),
    **dict.fromkeys(("title", "name", "key"), "bold"),
    "head": "underline #868686",
    "heat2": "#8f8317",
    "heat3": "#b4741a",
    "heat4": "#d9601f",
    **dict.fromkeys(("heat5", "alert"), "bold #e04545"),
    "block3": "#ffffff on #94600f",
    "block4": "#ffffff on #b84a0e",
    "block5": "bold #ffffff on #c22525",
    "bar2": "#968a1b",
    "bar3": "#b97f1c",
    "bar4": "#e0701f",
    "bar5": "#e04545",
    "await": "#7b74c9",
    "keyword": "#b061c4",
    "builtin": "#2b8fa3",
    "pseudo": "italic #2b8fa3",
    "live": "bold #2b8fa3",
    "function": "bold #3d85d6",
    **dict.fromkeys(("decorator", "interpolation"), "#9a7a12"),
    **dict.fromkeys(("string", "good"), "#4f9140"),
    "number": "#b1703a",
    "comment": "italic #868686",
    "chosen": "reverse",
}

# With sixteen colours the nearest may be white on white; these can be read on either ground.
SIXTEEN = {
    **dict.fromkeys(("faint", "path", "number_column", "heat0", "bar1"), "dim"),
    **dict.fromkeys(("heat2", "bar2", "bar3", "number"), ""),
    **dict.fromkeys(("heat4", "bar4", "bar5"), "red"),
    **dict.fromkeys(("heat5", "alert"), "bold red"),
    **dict.fromkeys(("await", "builtin", "decorator", "interpolation"), "cyan"),
    **dict.fromkeys(("string", "good"), "green"),
    "head": "underline dim",
    "heat3": "bold",
    "block3": "reverse",
    "block4": "bold reverse",
    "block5": "bold red reverse",
    "keyword": "magenta",
    "pseudo": "italic cyan",
    "function": "bold blue",
    "comment": "italic dim",
    "live": "bold cyan",
}


class Terminal(NamedTuple):
    width: int
    depth: Depth | None  # How many colours; None for none
    glyphs: Glyphs
    escapes: bool = True  # Whether anything but text may be written
    height: int = 24


def wanted(stream: Any, rich: bool | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the stream gets what is made for terminals; rich: what the user said, or None."""
    if rich is not None:
        return rich
    if _is_set(environ, "FORCE_COLOR") and not environ.get("NO_COLOR"):
        return True
    return is_terminal(stream) and environ.get("TERM", "") not in ("dumb", "unknown")


def terminal_for(
    stream: Any, rich: bool | None, environ: Mapping[str, str] = os.environ
) -> Terminal | None:
    """What the stream can show; None if it gets plain text, as it does without rich."""
    if not wanted(stream, rich, environ):
        return None
    try:
        from rich.console import Console

        console = Console(file=stream, force_terminal=True, _environ=environ)
        if console.legacy_windows:
            return None
        depth: Any = console.color_system or "256"
        width, height = console.size
    except Exception:  # or the program has a module called rich, and it is that one
        return None
    dumb = environ.get("TERM", "") in ("dumb", "unknown") and not _is_set(environ, "FORCE_COLOR")
    if dumb or environ.get("NO_COLOR"):
        depth = None
    glyphs = glyphs_for(getattr(stream, "encoding", None) or "utf-8")
    return Terminal(max(40, width), depth, glyphs, not dumb, max(8, height))


def painter(terminal: Terminal) -> Callable[[Iterable[Piece]], str]:
    if not terminal.escapes:
        return lambda line: "".join(piece.text for piece in line)
    from rich.console import COLOR_SYSTEMS
    from rich.style import Style

    known = {**STYLES, **SIXTEEN} if terminal.depth == "standard" else STYLES
    system = COLOR_SYSTEMS[terminal.depth or "truecolor"]

    @lru_cache(None)
    def codes(name: str) -> tuple[str, str]:
        style = Style.parse(" ".join(known.get(part, part) for part in name.split()))
        if terminal.depth is None:
            style = style.without_color
        before, _, after = style.render("-", color_system=system).partition("-")
        return before, after

    def paint(line: Iterable[Piece]) -> str:
        texts = []
        for text, name, link in line:
            before, after = codes(name)
            if link:
                before, after = f"\x1b]8;;{link}\x1b\\{before}", f"{after}\x1b]8;;\x1b\\"
            texts.append(f"{before}{text}{after}")
        return "".join(texts)

    return paint


def _is_set(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() not in ("", "0", "false")
