"""ContextualProfile: a cProfile that measures what is decorated, and only while that runs."""

from __future__ import annotations

import cProfile
import marshal
from _thread import RLock, get_ident
from time import process_time

from kernprof.bycount import ByCountProfilerMixin
from kernprof.frames import own
from kernprof.output import save_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class ContextualProfile(ByCountProfilerMixin, cProfile.Profile):
    """cProfile with `@profile`, `with profile:` and counted enabling.

    cProfile follows one thread: while decorated code runs on one, calls on others are not
    measured.

    timer, timeunit, subcalls, builtins: as for cProfile.Profile.
    clock: "wall", or "cpu" for the CPU time of the process; without a timer.
    """

    def __init__(
        self,
        timer: Callable[[], float] | None = None,
        timeunit: float = 0.0,
        subcalls: bool = True,
        builtins: bool = True,
        *,
        clock: str = "wall",
    ) -> None:
        if timer is None and clock == "cpu":
            timer = process_time
        if timer is None:
            super().__init__(subcalls=subcalls, builtins=builtins)
        else:
            super().__init__(timer, timeunit, subcalls, builtins)
        # From 3.14 on enable() takes what it is not given to be True.
        self._choice = {"subcalls": subcalls, "builtins": builtins}
        self.decorated: list[str] = []
        """Qualified names of the functions that were decorated."""
        self.refusal: str | None = None
        """Why something was not measured: another profiler was active."""
        self._thread = 0
        self._lock = RLock()

    # -- by count ----------------------------------------------------------------------------

    def enable_by_count(self, subcalls: bool | None = None, builtins: bool | None = None) -> None:
        """Enable, and count; it takes as many `disable_by_count` to undo it.

        subcalls, builtins: as for `enable`; by default as the profiler was made.
        """
        given = {"subcalls": subcalls, "builtins": builtins}
        with self._lock:
            if self.enable_count == 0:
                try:
                    self.enable(**self._choice | {k: v for k, v in given.items() if v is not None})
                except ValueError as error:
                    # The program must not fail because its numbers cannot be had.
                    self.refusal = f"kernprof: some calls were not measured: {error}"
                    return
                self._thread = get_ident()
            if self._thread == get_ident():
                self.enable_count += 1

    def disable_by_count(self) -> None:
        """Undo one `enable_by_count` of this thread; without effect if there is none."""
        with self._lock:
            if self.enable_count and self._thread == get_ident():
                self.enable_count -= 1
                if self.enable_count == 0:
                    self.disable()

    # -- decorating --------------------------------------------------------------------------

    def __call__(self, func: Any) -> Any:
        """What to use in place of `func`: something of its kind that enables while it runs.

        func: as for `wrap_callable`; TypeError if not callable.
        """
        return self.wrap_callable(func)

    def _wrapped(self, func: Callable[..., Any]) -> Callable[..., Any]:
        self.decorated.append(getattr(func, "__qualname__", repr(func)))
        return super()._wrapped(func)

    # -- results -----------------------------------------------------------------------------

    def snapshot_stats(self) -> None:
        """Make `stats` of the numbers so far, those of our own code left out."""
        super().snapshot_stats()
        stats: Any = self.stats
        self.stats = {
            function: (*numbers, {c: n for c, n in callers.items() if not own(c[0])})
            for function, (*numbers, callers) in stats.items()
            if not own(function[0]) and not _for_us(function, callers)
        }

    def save(self, path: str) -> None:
        """Write the numbers so far as a .prof file, in one step, without disabling."""
        self.snapshot_stats()
        save_bytes(marshal.dumps(self.stats), path)

    def dump_stats(self, file: Any) -> None:
        """Disable, and write the numbers as a .prof file, in one step."""
        self.disable()
        self.save(file)


_OURS = frozenset(
    (
        "<built-in method _thread.get_ident>",
        "<method '__enter__' of '_thread.RLock' objects>",
        "<method '__exit__' of '_thread.RLock' objects>",
        "<method 'disable' of '_lsprof.Profiler' objects>",
    )
)


def _for_us(function: tuple[str, int, str], callers: Any) -> bool:
    """Whether this is a C function that our own code called, between enabling and disabling."""
    return function[2] in _OURS and all(own(caller[0]) for caller in callers)
