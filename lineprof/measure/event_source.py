"""Which event source measures, and why: asked for by argument, by environment, or by default.

"trace" is PyEval_SetTrace and runs everywhere; "monitor" is sys.monitoring, from Python 3.12 on.
Nothing is measured here and nothing of the C core is needed: what it has is handed in.
"""

from __future__ import annotations

import sys

from ..errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

VARIABLE = "LINEPROF_CORE"
"""Environment variable that chooses for all profilers not told otherwise."""
OLD_VARIABLE = "LINE_PROFILER_CORE"
"""line_profiler's variable for the same, and below what its values mean in either."""
_OLD = {
    "old": "trace",
    "legacy": "trace",
    "ctrace": "trace",
    "new": "monitor",
    "sys.monitoring": "monitor",
    "sysmon": "monitor",
}
AUTO = "auto"
NAMES = ("trace", "monitor", AUTO)

_CLOCKS = {
    "tsc": "invariant time stamp counter of the processor: the cheapest to read",
    "cntvct": "virtual counter of the processor: the cheapest to read",
    "monotonic": "clock_gettime(CLOCK_MONOTONIC): no counter here is both cheap and steady",
    "qpc": "QueryPerformanceCounter: the system's monotonic clock",
    "thread_cpu": "CPU time of each thread: costlier to read than wall time",
    "timer": "a callable given by the program",
}


class CoreError(UsageError, ValueError):
    """An event source was asked for that does not exist, or not on this Python."""


class Choice:
    """An event source and the reason for it, one clause of text; immutable."""

    __slots__ = ("core", "reason")

    core: str
    reason: str

    def __init__(self, core: str, reason: str) -> None:
        object.__setattr__(self, "core", core)
        object.__setattr__(self, "reason", reason)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: a choice is made once")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"cannot delete {name!r}: a choice is made once")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Choice):
            return NotImplemented
        return (self.core, self.reason) == (other.core, other.reason)

    def __hash__(self) -> int:
        return hash((self.core, self.reason))

    def __reduce__(self) -> tuple[type[Choice], tuple[str, str]]:
        return Choice, (self.core, self.reason)

    def __repr__(self) -> str:
        return f"Choice({self.core!r}, {self.reason!r})"


def choose(requested: str | None, env: Mapping[str, str], available: tuple[str, ...]) -> Choice:
    """The event source to use out of those `available`.

    `requested` (an argument) goes before the variable LINEPROF_CORE in `env`, and that before
    the default; "auto" or an empty value asks for the default. CoreError for anything else.
    """
    for said, where, synonyms in ((requested, "core", {}), (env.get(VARIABLE), VARIABLE, _OLD)):
        if not said:
            continue
        name = synonyms.get(said.lower(), said)
        if name == AUTO:
            break
        if name not in NAMES:
            raise CoreError(f"{where}={said!r}: choose one of {', '.join(NAMES)}")
        if name not in available:
            python = f"{sys.version_info[0]}.{sys.version_info[1]}"
            raise CoreError(
                f"{where}={said!r} needs Python 3.12 or later, this is {python}: "
                f"choose one of {', '.join((*available, AUTO))}"
            )
        return Choice(name, f"asked for by {where}={said}")
    old = _OLD.get(env.get(OLD_VARIABLE, "").lower())
    # What it asks of line_profiler need not be possible here: it is a wish, not an order.
    if old in available and not requested and not env.get(VARIABLE):
        return Choice(old, f"asked for by {OLD_VARIABLE}={env[OLD_VARIABLE]}")
    if "monitor" in available:
        return Choice("monitor", "sys.monitoring: code that is not profiled costs nothing")
    return Choice("trace", "PyEval_SetTrace: sys.monitoring needs Python 3.12 or later")


def describe(choice: Choice, clock: str, source: str, tick: float) -> tuple[str, ...]:
    """Lines that say what measures here and why.

    clock: "wall" or "cpu"; source: what is read for it, as the C core names it; tick: seconds.
    """
    return (
        f"core: {choice.core} ({choice.reason})",
        f"clock: {clock}/{source}, {tick * 1e9:.3g} ns per tick ({_CLOCKS.get(source, source)})",
    )
