"""What the program finds of profilers: `profile` in builtins, and in modules it may import."""

from __future__ import annotations

import builtins

from kernprof.children import Children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dis import Instruction
    from types import CodeType

NAME = "profile"
_OF_DICTS = ("get", "items", "keys", "pop", "setdefault", "update", "values")
_ABSENT = object()


class Injected:
    """Puts a profiler in place, and what was there before on `remove`.

    profiler: what functions are decorated with.
    builtin: whether it is found as `profile` without import. It always is as `profile` of
        lineprof and, as that is not installed or hands on, of line_profiler.
    """

    def __init__(self, profiler: object | None, *, builtin: bool = True) -> None:
        self._profiler = profiler
        self._builtin = builtin
        self._before: object = _ABSENT
        self._children = Children()

    def place(self) -> None:
        import lineprof

        self._stand_in = lineprof.StandIn(self._profiler)
        self._stand_in.place()
        lineprof.profile._kernprof_overwrite(self._profiler)
        if self._builtin:
            self._before = getattr(builtins, NAME, _ABSENT)
            setattr(builtins, NAME, self._profiler)
            self._children.place()

    def remove(self) -> None:
        """In builtins nothing happens if the program has put something else there meanwhile."""
        import lineprof

        self._stand_in.remove()
        self._children.remove()
        lineprof.profile._kernprof_restore()
        if not self._builtin or getattr(builtins, NAME, _ABSENT) is not self._profiler:
            return
        if self._before is _ABSENT:
            delattr(builtins, NAME)
        else:
            setattr(builtins, NAME, self._before)


def takes_builtins_for_dict(code: CodeType) -> bool:
    """Whether a program uses its `__builtins__` as a dict.

    As plain python runs it that is a module, but kernprof of line_profiler leaves a dict there.
    Programs know, and look into it for `profile`: `type(__builtins__) is not dict or 'profile' not
    in __builtins__` is what many have.
    """
    if "__builtins__" in code.co_names and _uses_dict(code):
        return True
    return any(isinstance(c, type(code)) and takes_builtins_for_dict(c) for c in code.co_consts)


def _uses_dict(code: CodeType) -> bool:
    import dis

    idle = ("NOP", "PRECALL", "PUSH_NULL")
    steps = [step for step in dis.get_instructions(code) if step.opname not in idle]
    for step, following, then in zip(steps, steps[1:], steps[2:], strict=False):
        if not _is_name(step, "__builtins__"):
            continue
        is_index = "SUBSCR" in then.opname or then.argrepr == "[]"
        if (
            following.opname == "CONTAINS_OP"
            or _is_name(following, "dict")
            or _is_name(then, "dict")
            or (following.opname == "LOAD_CONST" and is_index)
            or (following.opname in ("LOAD_ATTR", "LOAD_METHOD") and following.argval in _OF_DICTS)
        ):
            return True
    return False


def _is_name(step: Instruction, name: str) -> bool:
    return step.argval == name and step.opname in ("LOAD_NAME", "LOAD_GLOBAL")
