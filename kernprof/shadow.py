"""Modules that kernprof needs and files of the program that have the same names.

A program with a `token.py` beside it runs as well under plain python, where nothing has
imported the standard library's `token` before; so it must here. And when results are written,
after the program has run, our imports must not find its `json.py`.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

_STDLIB = os.path.dirname(os.__file__)
# Loaded as Python starts, also where they come from files: -X frozen_modules=off, debug builds.
_FROZEN = {
    *("_collections_abc", "_sitebuiltins", "abc", "codecs", "genericpath", "io", "os"),
    *("posixpath", "site", "stat"),
}


def _names_in(folder: str) -> set[str]:
    try:
        entries = os.listdir(folder or os.curdir)
    except OSError:
        return set()
    return {entry.partition(".")[0] for entry in entries}


def release(folder: str) -> None:
    """Let imports of names that files in this folder have find those files.

    Forgets standard library modules that were imported for kernprof alone. What a bare
    interpreter has loaded too (builtin, frozen or an encoding) stays: there as well the
    program's file would not be found.
    """
    shadowed = _names_in(folder) & sys.stdlib_module_names
    if not shadowed or os.path.realpath(folder or os.curdir).startswith(_STDLIB):
        return
    for name in list(sys.modules):
        root = name.partition(".")[0]
        if root not in shadowed or root == "encodings" or root in _FROZEN:
            continue
        if not _early(sys.modules.get(root)):
            del sys.modules[name]


def _early(module: ModuleType | None) -> bool:
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    return module is None or origin in ("built-in", "frozen") or origin is None


class OwnImports:
    """While entered, imports find what they would without the program.

    The module search path is that of the object's making, and modules of the program which
    have the name of a standard library's are out of sight.
    """

    def __init__(self) -> None:
        self._path = sys.path[:]

    def __enter__(self) -> None:
        self._program_path = sys.path[:]
        sys.path[:] = self._path
        roots = {name for name in sys.stdlib_module_names if _foreign(sys.modules.get(name))}
        self._hidden = {
            name: module
            for name, module in list(sys.modules.items())
            if roots and name.partition(".")[0] in roots
        }
        for name in self._hidden:
            del sys.modules[name]

    def __exit__(self, *_: object) -> None:
        sys.path[:] = self._program_path
        sys.modules.update(self._hidden)


def _foreign(module: ModuleType | None) -> bool:
    """Whether a module with a standard library name comes from elsewhere."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or _early(module):
        return False
    return not os.path.abspath(file).startswith(_STDLIB)
