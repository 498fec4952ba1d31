"""Source text of code, as it was when the code was registered.

A file may change while the program runs, notebook cells and doctests leave `linecache`, and a
relative name means nothing after `chdir`. So a file's bytes are read when its first function is
registered (some 30 us). They are decoded when somebody asks for text.
"""

from __future__ import annotations

import os
import stat
from io import FileIO

from . import SIZE_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

WHOLE = ("<module>", "<lprof_cell>")  # Names of code that a file, or a notebook's cell, consists of

# Bound now: the program may put something else there, as tests do.
_stat = os.stat
_is_regular = stat.S_ISREG


class _Text:
    """What a file, a cell or the like consisted of at one time."""

    def __init__(self, state: tuple[int, ...], data: bytes | None, lines: list[str]) -> None:
        self.state = state
        """What tells the file at this time from the same one at another; empty if it is none."""
        self._data = data
        self._lines = lines

    def lines(self) -> list[str]:
        if self._data is not None:
            from .source_text import decoded_lines

            self._lines, self._data = decoded_lines(self._data), None
        return self._lines


class SourceCache:
    """The text of the code of one profiler, which keeps the code alive."""

    def __init__(self) -> None:
        self._last: dict[str, _Text] = {}  # By file name: the text as it was last seen
        self._homes: dict[int, _Text] = {}
        self._known: dict[int, str | None] = {}
        self._places: dict[tuple[str, int, str], list[CodeType]] = {}
        """By file, first line and name: code of it, of each text of the file one."""

    def keep(self, code: CodeType, namespace: dict[str, Any] | None) -> None:
        """Take care that the text of `code` can be had later; namespace: its module's."""
        text = self._read(code.co_filename, namespace)
        if text is None:
            return
        self._homes[id(code)] = text
        same = self._places.setdefault(
            (code.co_filename, code.co_firstlineno, code.co_qualname), []
        )
        if not same or self._homes[id(same[-1])] is not text:
            same.append(code)

    def text(self, code: CodeType) -> str | None:
        """The text of the block that `code` was made of, or None if it cannot be had."""
        if id(code) not in self._known:
            text = self._text(code)
            if text is None:
                return None
            self._known[id(code)] = text
        return self._known[id(code)]

    def version(self, code: CodeType) -> int:
        """0, or, of code that was defined anew, 1 for the second text it has had, and so on."""
        place = (code.co_filename, code.co_firstlineno, code.co_qualname)
        same = self._places.get(place, ())
        if len(same) < 2 or id(code) not in self._homes:
            return 0
        texts = list(dict.fromkeys(map(self.text, same)))
        return texts.index(self.text(code))

    def _read(self, name: str, namespace: dict[str, Any] | None) -> _Text | None:
        last = self._last.get(name)
        try:
            found = _stat(name)
            if not _is_regular(found.st_mode):
                return None
            state = (found.st_mtime_ns, found.st_size, found.st_ino)
            if last is not None and last.state == state:
                return last
            # What the kernel makes up, as /proc/kmsg, is 0 bytes long, and to be waited for.
            if not 0 < found.st_size <= SIZE_LIMIT:
                return None
            with FileIO(name) as file:
                text = _Text(state, file.readall(), [])
        except (OSError, ValueError):
            lines = _lines_of_module(name, namespace or {})
            if not lines:
                return last
            if last is not None and (last.lines() is lines or last.lines() == lines):
                return last
            text = _Text((), None, lines)
        self._last[name] = text
        return text

    def _text(self, code: CodeType) -> str | None:
        from .source_text import block_at, function_source, source_lines

        name, first_line, whole = code.co_filename, code.co_firstlineno, code.co_qualname in WHOLE
        home = self._homes.get(id(code))
        if home is None:
            if whole:
                return "".join(source_lines(name)) or None
            return function_source(name, first_line)
        if whole:
            return "".join(home.lines()) or None
        text = block_at(home.lines(), first_line)
        return text if text is not None and _is_of(code, text) else None


def _lines_of_module(name: str, namespace: dict[str, Any]) -> list[str]:
    try:
        from .source_text import module_lines

        return module_lines(name, namespace)
    except Exception:
        # A loader of somebody's making, or the end of the interpreter; a listing without
        # text is better than no program.
        return []


def _is_of(code: CodeType, text: str) -> bool:
    """Whether the text, if it is Python, still defines what `code` was made of."""
    name = code.co_name
    written = name.isidentifier() and name.isascii()  # or spelled in another way, perhaps
    if not written or not code.co_filename.endswith((".py", ".pyw")):
        return True
    from .source_text import defined_names

    return name in defined_names(text)
