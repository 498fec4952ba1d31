"""What line_profiler's own tracing offers: here for programs that ask, and of no use to ours."""

from __future__ import annotations

import dis
import functools
import os
import sys
from collections.abc import Callable
from typing import Any

from ...measure.profiler import LineProfiler

USE_LEGACY_TRACE = LineProfiler().core == "trace"
"""Whether profilers here measure by a trace function, and not by `sys.monitoring`."""

NOP_BYTES = bytes((dis.opmap["NOP"], 0))
"""The instruction that line_profiler pads copies of code with; there are no copies here."""


def find_cython_source_file(cython_func: Any) -> str | None:
    """The file a function compiled by Cython was written in, absolute; None if it is not there.

    Its code has a name from where it was compiled: it is looked for beside the module and in the
    folders that modules are imported from.
    """
    name: str = cython_func.__code__.co_filename
    module = sys.modules.get(getattr(cython_func, "__module__", None) or "")
    beside = os.path.dirname(getattr(module, "__file__", None) or "")
    candidates = [name, *(os.path.join(folder or os.curdir, name) for folder in sys.path)]
    if beside:
        candidates.insert(1, os.path.join(beside, os.path.basename(name)))
    return next((os.path.abspath(path) for path in candidates if os.path.isfile(path)), None)


def disable_line_events(trace_func: Callable[..., Any]) -> Callable[..., Any]:
    """A trace function that hands all events but those of lines on to `trace_func`."""

    @functools.wraps(trace_func)
    def without_lines(frame: Any, event: str, arg: Any) -> Any:
        if event == "line":
            return without_lines
        after = trace_func(frame, event, arg)
        return without_lines if after is trace_func else after

    return without_lines
