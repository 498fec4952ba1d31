"""`profile` in builtins, for as long as the program runs."""

from __future__ import annotations

import builtins

NAME = "profile"
_ABSENT = object()


class Injected:
    """Puts a profiler into builtins on `place` and what was there before on `remove`."""

    def __init__(self, profiler: object) -> None:
        self.profiler = profiler
        self._before: object = _ABSENT

    def place(self) -> None:
        self._before = getattr(builtins, NAME, _ABSENT)
        setattr(builtins, NAME, self.profiler)

    def remove(self) -> None:
        """Nothing happens if the program has put something else there meanwhile."""
        if getattr(builtins, NAME, _ABSENT) is not self.profiler:
            return
        if self._before is _ABSENT:
            delattr(builtins, NAME)
        else:
            setattr(builtins, NAME, self._before)
