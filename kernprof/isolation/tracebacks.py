"""Keeps kernprof's own frames out of the tracebacks of the user's program."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

_HERE = os.path.dirname(os.path.dirname(__file__)) + os.sep


def own(filename: str) -> bool:
    """Whether code of this file name is kernprof's."""
    return filename.startswith(_HERE)


def _leads_to_program(filename: str) -> bool:
    """Whether a frame at the top of a traceback stands between us and the program."""
    return (
        own(filename)
        or filename.startswith(("<frozen runpy", "<frozen importlib", "<frozen zipimport"))
        or os.path.basename(filename) == "runpy.py"
    )


def strip(error: BaseException) -> None:
    """Take our frames out of the traceback of an exception, its causes and its group's members."""
    traceback = error.__traceback__
    while traceback is not None and _leads_to_program(_filename(traceback)):
        traceback = traceback.tb_next
    error.__traceback__ = traceback
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        found.__traceback__ = _without_own(found.__traceback__)
        waiting += [found.__cause__, found.__context__]
        if isinstance(found, BaseExceptionGroup):
            waiting += found.exceptions


def _filename(traceback: TracebackType) -> str:
    return traceback.tb_frame.f_code.co_filename


def _without_own(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and own(_filename(traceback)):
        traceback = traceback.tb_next
    entry = traceback
    while entry is not None:
        following = entry.tb_next
        while following is not None and own(_filename(following)):
            following = following.tb_next
        if following is not entry.tb_next:
            entry.tb_next = following
        entry = following
    return traceback
