"""Source text of registered code, kept for the time when it can no longer be had.

Notebook cells and doctests live in `linecache` only for a while, a member of a zip archive is
found through its module alone, and a relative file name means nothing after `chdir`. Ordinary
files are not read when a function is registered: that would slow the start of a program down.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any


WHOLE = ("<module>", "<lprof_cell>")
"""Names of code that a file, or a notebook's cell, consists of."""


class SourceCache:
    """What one profiler knows about the text of the code it measures."""

    def __init__(self) -> None:
        # Name in the code object -> name under which the file is found from anywhere.
        self._files: dict[str, str] = {}
        # Of what is no file: all its lines.
        self._lines: dict[str, list[str]] = {}
        # By (file, first line, qualified name). Read once: a file edited while the program
        # runs no longer shows what runs.
        self._known: dict[tuple[str, int, str], str] = {}

    def keep(self, code: CodeType, namespace: dict[str, Any] | None) -> None:
        """Take care that the text of `code` can be had later; namespace: its module's."""
        name = code.co_filename
        self._known.pop((name, code.co_firstlineno, code.co_qualname), None)
        if name in self._files:
            return
        if os.path.exists(name):
            self._files[name] = os.path.abspath(name)
            return
        try:
            from .source_text import module_lines

            lines = module_lines(name, namespace or {})
        except Exception:
            # A loader of somebody's making, or the end of the interpreter; a listing without
            # text is better than no program.
            return
        if lines:
            self._lines[name] = lines

    def text(self, name: str, first_line: int, qualname: str) -> str | None:
        """The text of the block that begins at `first_line`, or None if it cannot be had."""
        key = (name, first_line, qualname)
        if key not in self._known:
            text = self._read(name, first_line, qualname in WHOLE)
            if text is None:
                return None
            self._known[key] = text
        return self._known[key]

    def _read(self, name: str, first_line: int, is_module: bool) -> str | None:
        import linecache

        from .source_text import function_source, source_lines

        lines = self._lines.get(name)
        if lines is not None and name not in linecache.cache:
            linecache.cache[name] = (sum(map(len, lines)), None, lines, name)
        file = self._files.get(name, name)
        if is_module:
            return "".join(source_lines(file)) or None
        return function_source(file, first_line)
