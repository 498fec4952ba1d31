"""What one enter, line and leave event costs the program, measured where it runs.

Two small functions run plain and profiled in turn; the least of several rounds of each is taken,
for whatever disturbs a machine only ever adds time. The difference, per event, is the cost that
reports take out again. It takes a few ms, once in a process for each event source and clock.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock, start_new_thread
from time import perf_counter_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType
    from typing import Any

    from ._core import Profiler

    Cost = tuple[int, int, int]
    """Ticks of an enter, a line and a leave event."""

NOTHING = (0, 0, 0)

_ROUNDS = 9
_REPEAT = range(60)
_MAX_NS = 20_000
"""An event that seems to cost more than this was not what was measured."""

_known: dict[tuple[str, str], Cost] = {}


def event_cost(make: Callable[[], Profiler], core: str, clock: str) -> Cost:
    """Ticks that an enter, line and leave event cost here; zeros if that cannot be measured.

    make: a new, private profiler of this event source and clock.

    Never raises, and leaves no hook behind.
    """
    cost = _known.get((core, clock))
    if cost is None:
        cost = _measured_unobserved(make)
        if cost is None:
            return NOTHING
        _known[core, clock] = cost
    return cost


def _measured_unobserved(make: Callable[[], Profiler]) -> Cost | None:
    """As _measured(), out of sight of a debugger or tracer that watches this thread.

    It would be called for each of our lines: its time would drown ours, and a debugger that
    single-steps would stop here. A bare thread has no trace function.
    """
    if sys.gettrace() is None and sys.getprofile() is None:
        return _measured(make)
    result: list[Cost | None] = [None]
    done = allocate_lock()
    done.acquire()

    def run() -> None:
        try:
            result[0] = _measured(make)
        finally:
            done.release()

    try:
        start_new_thread(run, ())
    except RuntimeError:
        return None
    done.acquire()
    return result[0]


def _measured(make: Callable[[], Profiler]) -> Cost | None:
    # Code objects of our own, so that calibrating in two threads at once does not mix.
    plain_lines, plain_calls, plain_callee = _copy(_lines), _copy(_calls), _copy(_callee)
    lines, calls, callee = _copy(_lines), _copy(_calls), _copy(_callee)
    least = [1 << 62] * 4
    profiler = None
    try:
        profiler = make()
        for function in (lines, calls, callee):
            profiler.watch(function.__code__)
        for _ in range(_ROUNDS):
            plain = _timed(plain_lines, None), _timed(plain_calls, plain_callee)
            profiler.start()
            profiled = _timed(lines, None), _timed(calls, callee)
            profiler.stop()
            least = list(map(min, least, (*plain, *profiled)))
        tick = profiler.tick
    except Exception:
        # No hook to be had, no memory: whoever asked will meet it, and say so, when it starts.
        return None
    finally:
        if profiler is not None:
            profiler.close()
    repeats = len(_REPEAT)
    line_ns = (least[2] - least[0]) / (repeats * _LINES_PER_REPEAT)
    # A call is two lines of the caller, and enter, line and leave of the callee.
    call_ns = (least[3] - least[1]) / repeats - 3 * line_ns
    return _ticks(call_ns / 2, tick), _ticks(line_ns, tick), _ticks(call_ns / 2, tick)


def _ticks(ns: float, tick: float) -> int:
    return round(ns * 1e-9 / tick) if 0 < ns < _MAX_NS else 0


def _timed(function: FunctionType, argument: object) -> int:
    began = perf_counter_ns()
    function(argument)
    return perf_counter_ns() - began


def _copy(function: Any) -> FunctionType:
    kind: type[FunctionType] = type(_copy)  # type: ignore[assignment]
    code = function.__code__.replace()
    return kind(code, {"_REPEAT": _REPEAT})


def _lines(_: object) -> None:
    # Lines as programs have them: where tracing slows every instruction down and not just
    # lines (3.11), what a line costs depends on what is in it.
    text = "a,b,c"
    for i in _REPEAT:
        parts = text.split(",")
        last = parts[-1]
        number = i * 2 + 1
        if number < 0:
            continue
        size = len(parts) + number
        pair = (size, last)
        last = pair[1]


_LINES_PER_REPEAT = 8


def _calls(callee: Callable[[], object]) -> None:
    for _ in _REPEAT:
        callee()


def _callee() -> None:
    return
