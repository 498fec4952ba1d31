"""What measures a program: its lines, or its functions. Both have the face of `Backend`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from lineprof import profile
from lineprof.measure.caller import without_code

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, TextIO


class Live(Protocol):
    """A view of the program's numbers that has the terminal between `start` and `stop`."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Backend(Protocol):
    """Measures a program, and writes and shows the numbers."""

    suffix: str  # Of the file with the results
    injected: object | None  # What the program finds as `profile` in builtins; None for nothing
    is_part: bool  # Another process, which this one belongs to, writes and shows the numbers

    def rehearse(self, *, listing: bool) -> None:
        """Import all that `close`, `dump`, `unmeasured` and, for a listing, `text` will need."""

    def prepare(self) -> None:
        """The program's modules will be imported from now on."""

    def take(self, code: CodeType, names: Mapping[str, Any]) -> list[str]:
        """The program's code, and the names of its module, before it runs; what to complain of."""

    def run(self, code: CodeType, names: dict[str, Any]) -> None:
        """Execute the program's code."""

    def cut_short(self, reason: str) -> None:
        """The program ended before its end, by this exception or signal."""

    def close(self) -> list[str]:
        """Measure no more; a line on each thing that went wrong while measuring."""

    def forget(self) -> None:
        """The results are written, or there are none: drop what was kept in case of a crash."""

    def resume(self) -> None:
        """Go on after `forget`."""

    def dump(self, path: str) -> None:
        """Write the numbers so far to a file, in one step; from any thread."""

    def text(self, out: TextIO | None, *, pager: bool) -> tuple[str, str | None]:
        """The numbers as -v shows them on this stream, and what is to be said of them.

        pager: show them in a pager instead if they are longer than the screen.
        """

    def live(self, title: str, text: tuple[str, str] | None) -> Live | None:
        """A view of the numbers while the program runs; None if there is no such thing.

        text: file name and source where no file has it.
        """

    def viewer(self, path: str) -> str:
        """The command that shows a file of results."""

    def unmeasured(self) -> str | None:
        """Why there are no numbers at all; None if there are some."""


def never_called(names: list[str], how: str = "decorated", *, followed: bool = False) -> str:
    one = f"the {how} function was" if len(names) == 1 else f"the {how} functions were"
    which = f"{one} never called ({_listed(names)})"
    return f"kernprof: nothing was measured: {which}{_elsewhere(followed)}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def nothing_decorated(injected: object, hint: str = "", *, followed: bool = False) -> str:
    own = getattr(sys.modules.get("__main__"), "profile", injected)
    if without_code:
        why = f"what was decorated has no Python code ({_listed(without_code)})"
    elif own is not injected and own is not profile:
        why = "the program has a `profile` of its own, which hides kernprof's"
    else:
        why = f"no function was decorated with @profile{hint}"
    return f"kernprof: nothing was measured: {why}{_elsewhere(followed)}"


def _children_faults() -> int:
    """Page faults of child processes that have ended: there are some if there were any."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt if resource else 0


_BEFORE = _children_faults()
"""Of children that this process had as another program, as a shell that became Python."""


def _elsewhere(followed: bool) -> str:
    """Where the program may have run the functions, if it started processes, not followed ones."""
    if followed:
        return ""
    of_multiprocessing = any(".popen_" in name for name in sys.modules)  # loky's, too
    started = of_multiprocessing or _children_faults() > _BEFORE
    return "; what runs in its child processes is not measured" if started else ""
