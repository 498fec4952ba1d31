"""Which event source measures, and why: asked for by argument, by environment, or by default.

"trace" is PyEval_SetTrace and runs everywhere; "monitor" is sys.monitoring, from Python 3.12 on.
"""

from __future__ import annotations

import os
import sys

from .. import _core
from ..errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType

run_top_level = _core.run_top_level
"""Runs a program's top level as Python runs a script: with no frame below it."""

watch_modules: Callable[[Callable[[CodeType], object] | None], bool] | None
watch_modules = getattr(_core, "watch_modules", None)
"""Tells of modules that begin to run: the core's, on Python 3.11."""

VARIABLE = "LINEPROF_CORE"  # Environment variable that chooses for all profilers not told otherwise
OLD_VARIABLE = "LINE_PROFILER_CORE"
"""line_profiler's variable for the same; below is what its values mean in either."""
_OLD = {
    **dict.fromkeys(("old", "legacy", "ctrace"), "trace"),
    **dict.fromkeys(("new", "sys.monitoring", "sysmon"), "monitor"),
}
AUTO = "auto"
NAMES = ("trace", "monitor", AUTO)

_CLOCKS = {
    "tsc": "time stamp counter of the processor, the cheapest to read",
    "cntvct": "virtual counter of the processor, the cheapest to read",
    "monotonic": "clock_gettime(CLOCK_MONOTONIC)",
    "qpc": "QueryPerformanceCounter: the system's monotonic clock",
    "thread_cpu": "CPU time of each thread: costlier to read than wall time",
    "timer": "a callable given by the program",
}


class CoreError(UsageError, ValueError):
    """An event source was asked for that does not exist, or not on this Python."""


def choose(
    requested: str | None, env: Mapping[str, str], available: tuple[str, ...]
) -> tuple[str, str]:
    """The event source out of those `available`, and the reason in one clause.

    An argument goes before LINEPROF_CORE in `env`; "auto" or nothing asks for the default.
    CoreError for anything else.
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
        return name, f"asked for by {where}={said}"
    old = _OLD.get(env.get(OLD_VARIABLE, "").lower())
    # What it asks of line_profiler need not be possible here: it is a wish, not an order.
    if old in available and not requested and not env.get(VARIABLE):
        return old, f"asked for by {OLD_VARIABLE}={env[OLD_VARIABLE]}"
    if "monitor" in available:
        return "monitor", "sys.monitoring: code that is not profiled costs nothing"
    return "trace", "PyEval_SetTrace: sys.monitoring needs Python 3.12 or later"


def describe(core: str | None = None, clock: str = "wall") -> tuple[str, ...]:
    """Lines that say which event source and clock measure here, and why.

    Arguments and errors as for `LineProfiler`.
    """
    name, reason = choose(core, os.environ, _core.CORES)
    profiler = _core.Profiler(core=name, clock=clock)
    read, tick, why = profiler.clock, profiler.tick, profiler.clock_reason
    return described(name, reason, clock, read, tick, why=why)


def described(
    name: str, reason: str, clock: str, read: str, tick: float, *, why: str
) -> tuple[str, ...]:
    """The lines of `describe`.

    read: the clock as the C core names it; tick: seconds; why: the reason for it, or "".
    """
    meaning = ": ".join(filter(None, (_CLOCKS.get(read, read), why)))
    return (
        f"core: {name} ({reason})",
        f"clock: {clock}/{read}, {tick * 1e9:.3g} ns per tick ({meaning})",
    )
