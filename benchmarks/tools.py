"""The tools under comparison, as the child process sees them: one class each, same methods.

Each imports what it needs when it is made, so that no tool is loaded in another one's process.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Tool(Protocol):
    def decorate(self, function: F) -> F:
        """What `profile` does to the workload's functions."""

    def start(self) -> None:
        """Called right before the timed part."""

    def stop(self) -> None:
        """Called right after it."""

    def counts(self) -> dict[str, int]:
        """Numbers that grow: hits, and total ns of each function as `total:NAME`."""

    def facts(self) -> dict[str, Any]:
        """What the tool reports about itself."""


class Plain:
    """No profiler at all."""

    def decorate(self, function: F) -> F:
        return function

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def counts(self) -> dict[str, int]:
        return {}

    def facts(self) -> dict[str, Any]:
        return {}


class Lineprof(Plain):
    """lineprof with its default core."""

    def __init__(self) -> None:
        from lineprof import LineProfiler

        self.profiler = LineProfiler()

    def decorate(self, function: F) -> F:
        decorated: F = self.profiler(function)
        return decorated

    def counts(self) -> dict[str, int]:
        functions = self.profiler.snapshot(source=False).corrected().functions
        totals = {f"total:{each.key.name}": each.total for each in functions}
        return {"hits": sum(each.hits for each in functions), **totals}

    def facts(self) -> dict[str, Any]:
        run = self.profiler.snapshot(source=False).runs[0]
        return {"core": run.core, "clock": run.clock, "cost": list(run.cost)}


class TheirLineProfiler(Plain):
    """line_profiler with its default core, decorating as its own kernprof does."""

    def __init__(self) -> None:
        self.profiler = importlib.import_module("line_profiler").LineProfiler()

    def decorate(self, function: F) -> F:
        decorated: F = self.profiler(function)
        return decorated

    def counts(self) -> dict[str, int]:
        timings = self.profiler.get_stats().timings
        return {"hits": sum(hits for lines in timings.values() for _, hits, _ in lines)}


class CProfile(Plain):
    """cProfile around the whole workload."""

    def __init__(self) -> None:
        import cProfile

        self.profiler = cProfile.Profile()

    def start(self) -> None:
        self.profiler.enable()

    def stop(self) -> None:
        self.profiler.disable()


class Floor(Plain):
    """A callback that does nothing on every line: the least a line profiler can cost."""

    TOOL_ID = 5

    def __init__(self) -> None:
        self.module = importlib.import_module("lineprof_benchmark_floor")
        if sys.version_info >= (3, 12):
            monitoring = sys.monitoring
            monitoring.use_tool_id(self.TOOL_ID, "floor")
            monitoring.register_callback(
                self.TOOL_ID, monitoring.events.LINE, self.module.Callback()
            )

    def decorate(self, function: F) -> F:
        if sys.version_info >= (3, 12):
            monitoring = sys.monitoring
            code = function.__code__
            monitoring.set_local_events(self.TOOL_ID, code, monitoring.events.LINE)
        return function

    def start(self) -> None:
        if sys.version_info < (3, 12):
            self.module.trace_on()

    def stop(self) -> None:
        if sys.version_info < (3, 12):
            self.module.trace_off()


TOOLS: dict[str, Callable[[], Tool]] = {
    "plain": Plain,
    "lineprof": Lineprof,
    "line_profiler": TheirLineProfiler,
    "cprofile": CProfile,
    "floor": Floor,
}
