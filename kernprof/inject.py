"""What the program finds of profilers: `profile` in builtins, and in modules it may import."""

from __future__ import annotations

import builtins

from kernprof.children import Children

NAME = "profile"
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
