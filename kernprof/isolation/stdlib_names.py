"""Files of the program that have the names of standard library modules.

A `token.py` beside a program is found by plain python, which has not imported the standard
library's before. So it must be here.
"""

import os
import sys

_STDLIB = os.path.dirname(os.__file__)
# Loaded as Python starts, also where they come from files: -X frozen_modules=off, debug builds.
_FROZEN = {
    *("_collections_abc", "_sitebuiltins", "abc", "codecs", "genericpath", "io", "os"),
    *("posixpath", "site", "stat"),
}


def release(folder: str) -> None:
    """Let imports of names that files in this folder have find those files.

    Standard library modules that only kernprof has imported are forgotten; those of a bare
    interpreter stay, as in plain python.
    """
    shadowed = _names_in(folder) & sys.stdlib_module_names
    if not shadowed or os.path.realpath(folder or os.curdir).startswith(_STDLIB):
        return
    released = {
        name for name in shadowed - _FROZEN - {"encodings"} if not _is_early(sys.modules.get(name))
    }
    for name in list(sys.modules):
        if name.partition(".")[0] in released:
            del sys.modules[name]


def _names_in(folder: str) -> set[str]:
    try:
        entries = os.listdir(folder or os.curdir)
    except OSError:
        return set()
    return {entry.partition(".")[0] for entry in entries}


def _is_early(module: object) -> bool:
    origin = getattr(_attribute(module, "__spec__"), "origin", None)
    return module is None or origin in ("built-in", "frozen") or origin is None


def is_foreign(module: object) -> bool:
    """Whether a module with the name of a standard library's comes from elsewhere."""
    file = _attribute(module, "__file__")
    if not isinstance(file, str) or _is_early(module):
        return False
    return not os.path.abspath(file).startswith(_STDLIB)


def _attribute(module: object, name: str) -> object:
    """An attribute of what stands in `sys.modules`, which may be no module; None for none."""
    try:
        return getattr(module, name, None)
    except Exception:
        return None
