"""Whoever called this package: the frame, and warnings that point at its line."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_PACKAGE = __name__.partition(".")[0]


def outside() -> tuple[FrameType, int]:
    """The nearest frame outside this package, and how far it is above our caller (that is 1)."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame):
        level, frame = level + 1, frame.f_back
    return frame, level


def _is_ours(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__")
    return isinstance(name, str) and (name == _PACKAGE or name.startswith(_PACKAGE + "."))


def warn(text: str) -> None:
    """Warn at the line outside this package that led here."""
    import warnings

    warnings.warn(text, UserWarning, stacklevel=outside()[1])


without_code: list[str] = []
"""What was to be measured and has no Python function, by name."""


def warn_of_nothing(func: object, name: str | None) -> None:
    shown = name or short(func)
    without_code.append(str(getattr(func, "__qualname__", shown)))
    if type(func).__name__ == "cython_function_or_method":
        warn(f"{shown} was compiled by Cython: only Python functions are measured")
    else:
        warn(f"no Python function behind {shown}: nothing to measure")


def short(obj: object) -> str:
    """An object as messages name it, in at most 80 characters."""
    try:
        text = repr(obj)
    except Exception:
        text = object.__repr__(obj)
    return text if len(text) <= 80 else text[:77] + "..."
