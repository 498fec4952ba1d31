"""What our own code needs of the interpreter, as it was before the program ran.

A program may replace or empty whatever it likes: `sys.modules`, `json.dumps`, `open`, the clocks.
So all that writes results is imported before, and what the modules are and name is kept here.
"""

from __future__ import annotations

import sys

from kernprof.isolation.stdlib_names import is_foreign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LISTS = ("path", "meta_path", "path_hooks")
_ABSENT = object()
_NOT_KEPT = ("sys", "__main__")
"""Modules whose names are not put back: what matters of sys has its own lines."""


class KeptState:
    """While entered, modules, their names, import paths and room to recurse are as when it was
    made.
    """

    def __init__(self) -> None:
        self._modules = sys.modules
        self._loaded = {k: v for k, v in sys.modules.items() if k != "__main__"}
        self._lists: list[tuple[str, list[Any], list[Any]]] = [
            (name, getattr(sys, name), getattr(sys, name)[:]) for name in _LISTS
        ]
        self._names = [
            (vars(module), dict(vars(module)))
            for name, module in self._loaded.items()
            if isinstance(module, type(sys)) and name not in _NOT_KEPT
        ]

    def __enter__(self) -> None:
        self._limit = sys.getrecursionlimit()
        sys.setrecursionlimit(self._limit + 1000)
        self._their_names = [
            (namespace, name, namespace.get(name, _ABSENT), value)
            for namespace, kept in self._names
            for name, value in kept.items()
            if namespace.get(name, _ABSENT) is not value
        ]
        for namespace, key, _, value in self._their_names:
            namespace[key] = value
        self._their_modules = sys.modules
        self._their_loaded = dict(sys.modules)
        sys.modules = self._modules
        sys.modules.update(self._loaded)
        foreign = {name for name in sys.stdlib_module_names if is_foreign(sys.modules.get(name))}
        for name in list(sys.modules):
            if name.partition(".")[0] in foreign:
                del sys.modules[name]
        self._their_lists: list[tuple[str, Any, list[Any]]] = []
        for name, ours, content in self._lists:
            self._their_lists.append((name, getattr(sys, name, ours), ours[:]))
            ours[:] = content
            setattr(sys, name, ours)

    def __exit__(self, *exception: object) -> None:
        for (name, theirs, content), (_, ours, _) in zip(
            self._their_lists, self._lists, strict=True
        ):
            ours[:] = content
            setattr(sys, name, theirs)
        for name in set(self._modules) - set(self._their_loaded):
            del self._modules[name]
        self._modules.update(self._their_loaded)
        sys.modules = self._their_modules
        for namespace, key, before, value in self._their_names:
            if namespace.get(key, _ABSENT) is not value:
                continue  # our own code has changed it
            if before is _ABSENT:
                del namespace[key]
            else:
                namespace[key] = before
        sys.setrecursionlimit(self._limit)
