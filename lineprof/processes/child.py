"""The profiler of a process that a profiled program has started, and what it measures."""

from __future__ import annotations

import os
import sys

from ..measure import calibration
from ..measure.profiler import LineProfiler
from . import by_value, notes
from .folder import CHOICE, FORMAT, RUN, VARIABLE, FolderError, RunFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FunctionType
    from typing import Any

_made: dict[str, Any] = {}
"""The profiler under "profiler", and what was chosen under "selection"."""


class ChildProfiler(LineProfiler):
    """Measures if it can: a fault is left for whoever collects, and does not reach the program."""

    folder: RunFolder | None = None

    def _register_code(
        self, code: CodeType, function: FunctionType | None, *, always: bool, nested: bool | None
    ) -> bool:
        try:
            return super()._register_code(code, function, always=always, nested=nested)
        except Exception as error:
            if self.folder is not None:
                self.folder.add_fault(f"{code.co_qualname} is not measured: {error!r}")
            return False


def profiler() -> LineProfiler:
    """The one of this process, made at first use."""
    if "profiler" not in _made:
        _made.setdefault("profiler", _new())  # another thread may have been faster
    found: LineProfiler = _made["profiler"]
    return found


def _new() -> LineProfiler:
    try:
        folder = RunFolder.open(os.environ.get(VARIABLE, ""))
        run = folder.read(RUN)
    except (FolderError, OSError, ValueError):
        return ChildProfiler()  # the run is over; a process may outlive it
    if run.get("format") != FORMAT:
        raise ValueError("the run is of another version of lineprof")
    _take_cost(run)
    new = ChildProfiler(clock=run.get("clock", "wall"))
    new.folder = folder
    try:
        new._keep_in(folder.new_shard(), by_value.about)
        notes.introduce(new)
    except Exception as error:
        folder.add_fault(f"what a process measured is missing: {error}")
    return new


def _take_cost(run: dict[str, Any]) -> None:
    stated = run.get("cost", {})
    if stated.get("python") == python_tag():
        for core, clock, (enter, line, leave, kinds, *others) in stated.get("costs", ()):
            calibration.assume(core, clock, (enter, line, leave, tuple(kinds), *others))


def python_tag() -> str:
    """Tells one Python from another whose events cost something else."""
    return f"{sys.version} {os.path.realpath(sys.executable or '')}"


def choose() -> None:
    """Measure from now on what is chosen in the run without being decorated."""
    if "selection" in _made:
        return
    from ..select.selection import Selection

    folder = RunFolder.open(os.environ.get(VARIABLE, ""))
    choice = folder.read(CHOICE)
    selection = Selection(
        profiler(),
        choice["targets"],
        folder=choice["folder"],
        nested=choice["nested"],
        module_level=choice["module_level"],
        program=choice["program"],
    )
    _made["selection"] = selection
    selection.place()
