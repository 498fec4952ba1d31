"""Processes that the program starts need a `profile`, too, whether or not they are measured."""

from __future__ import annotations

from lineprof.processes.arrivals import SPAWN, Arrivals
from lineprof.processes.spawned import change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


class Children:
    """While placed, processes that multiprocessing starts anew find `profile` among builtins."""

    def __init__(self) -> None:
        self._arrivals = Arrivals(dict.fromkeys(SPAWN, self._change))
        self._undo: list[Callable[[], None]] = []

    def place(self) -> None:
        """Begin: now, with a module that is loaded, or when the program imports it."""
        self._arrivals.place()

    def remove(self) -> None:
        """Undo `place`."""
        self._arrivals.remove()
        while self._undo:
            self._undo.pop()()

    def _change(self, module: ModuleType) -> None:
        self._undo.append(change(module))
