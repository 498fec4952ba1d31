"""Annotations that `typing.get_type_hints` resolves, of modules that import their types only for
type checkers.

Importing them at the start would load what only shows results. So they are imported when somebody
reads the annotations of a public class or function as a whole, as whoever resolves them does.
"""

from __future__ import annotations

import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def resolvable(value: object) -> None:
    """Have the annotations of a function, or of what is in a class, be resolved when needed."""
    members: list[Any] = list(vars(value).values()) if isinstance(value, type) else [value]
    for member in members:
        if isinstance(member, property):
            members += [member.fget, member.fset]
        found = getattr(member, "__func__", member)
        if type(found) is _function and type(found.__annotations__) is dict:
            found.__annotations__ = _Hints(found)


class _Hints(dict):  # type: ignore[type-arg]
    """A function's annotations; copying them makes the names in them known to its module."""

    def __init__(self, function: Any) -> None:
        super().__init__(function.__annotations__)
        self._names = function.__globals__

    def __iter__(self) -> Iterator[str]:
        _import_types(self._names)
        return super().__iter__()

    def keys(self) -> Any:
        _import_types(self._names)
        return super().keys()


def _import_types(names: dict[str, Any]) -> None:
    """Run what stands below `if TYPE_CHECKING:` in a module, once."""
    if "_types" in names:
        return
    names["_types"] = True
    import ast

    module = sys.modules[names["__name__"]]
    loader: Any = module.__loader__
    tree = ast.parse(loader.get_source(names["__name__"]) or "")
    for node in tree.body:
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            space = {key: names[key] for key in ("__name__", "__package__")}
            for statement in node.body:
                with suppress(ImportError):  # a type that only a stub file has
                    exec(compile(ast.Module([statement], []), module.__name__, "exec"), space)
            for name, item in space.items():
                names.setdefault(name, item)


_function = type(resolvable)
