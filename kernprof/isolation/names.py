"""What the program finds of profilers: `profile` in builtins, and in modules it may import."""

from __future__ import annotations

import ast
import builtins

from kernprof.isolation.children import Children
from lineprof import StandIn, profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

NAME = "profile"
_OF_DICTS = ("get", "items", "keys", "pop", "setdefault", "update", "values")
_ABSENT = object()


class ProgramNames:
    """Puts a profiler where the program looks for one; `remove` puts back what was there.

    profiler: what functions are decorated with; None for nothing.
    builtin: whether `profile` is found without import. With or without, it is the `profile` of
        lineprof and of line_profiler.
    """

    def __init__(self, profiler: object | None, *, builtin: bool = True) -> None:
        self._profiler = profiler
        self._builtin = builtin
        self._before: object = _ABSENT
        self._children = Children()
        self._stand_in = StandIn(profiler)

    def place(self) -> None:
        self._stand_in.place()
        profile._kernprof_overwrite(self._profiler)
        if self._builtin:
            self._before = getattr(builtins, NAME, _ABSENT)
            setattr(builtins, NAME, self._profiler)
            self._children.place()

    def remove(self) -> None:
        """Undo `place`; what the program has put into builtins meanwhile stays."""
        self._stand_in.remove()
        self._children.remove()
        profile._kernprof_restore()
        if not self._builtin or getattr(builtins, NAME, _ABSENT) is not self._profiler:
            return
        if self._before is _ABSENT:
            delattr(builtins, NAME)
        else:
            setattr(builtins, NAME, self._before)


def takes_builtins_for_dict(code: CodeType, source: Callable[[], str | bytes | None]) -> bool:
    """Whether a program uses its `__builtins__` as a dict, which line_profiler's kernprof gave it.

    Many test `type(__builtins__) is not dict or 'profile' not in __builtins__`.

    source: the program's text; asked for only if the code names `__builtins__`.
    """
    if not _names_builtins(code):
        return False
    return any(map(_uses_dict, ast.walk(ast.parse(source() or ""))))


def _names_builtins(code: CodeType) -> bool:
    return "__builtins__" in code.co_names or any(
        isinstance(inner, type(code)) and _names_builtins(inner) for inner in code.co_consts
    )


def _uses_dict(node: ast.AST) -> bool:
    match node:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Name("__builtins__")]):
            return True
        case ast.Subscript(ast.Name("__builtins__")):
            return True
        case ast.Attribute(ast.Name("__builtins__"), name):
            return name in _OF_DICTS
        case (
            ast.Call(args=[ast.Name("__builtins__"), kinds])  # isinstance(...)
            | ast.Compare(ast.Call(args=[ast.Name("__builtins__")]), comparators=[kinds])  # type()
        ):
            return any(isinstance(n, ast.Name) and n.id == "dict" for n in ast.walk(kinds))
    return False
