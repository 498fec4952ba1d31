"""What events cost the program, measured in its own process.

Small functions run plain and profiled in turn. The least of several rounds of each is taken, since
whatever disturbs a machine only ever adds time. The differences give what one enter, line and leave
event costs, and how much more a hit of a dear line does (csrc/code/line_cost.h). Reports take that
out again. It takes some ms, once in a process for each event source and clock.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock, start_new_thread
from time import perf_counter_ns

from .._core import LINE_KIND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType
    from typing import Any

    from .._core import Profiler

    _Program = tuple[Callable[[Any], None], Any]
    """And its argument."""

    Cost = tuple[int, int, int, tuple[int, ...], int]
    """Ticks of an enter, a line and a leave event, of a hit by kind of its line, and of the end
    of a call that is no event: what `Profiler.set_cost` takes."""

NOTHING: Cost = (0, 0, 0, (), 0)

_VALUE = 1
_NONE = ()
_ROUNDS = 25
_REPEAT = range(50)
_MAX_NS = 20_000
"""An event that seems to cost more than this was not what was measured."""

_known: dict[tuple[str, str], Cost] = {}


def event_cost(make: Callable[[], Profiler], core: str, clock: str) -> Cost:
    """Ticks that events and hits cost here; zeros if that cannot be measured.

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


def known_costs() -> dict[tuple[str, str], Cost]:
    """What was measured in this process, by event source and clock."""
    return dict(_known)


def assume(core: str, clock: str, cost: Cost) -> None:
    """Take over what another process of the same Python has measured."""
    _known.setdefault((core, clock), cost)


def _measured_unobserved(make: Callable[[], Profiler]) -> Cost | None:
    """As _measured(), on a thread of its own if a debugger or tracer watches this one.

    The tracer would be called for each of our lines: its time would drown ours, and a debugger
    that single-steps would stop here. A bare thread has no trace function.
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
    callees = {callee: _copy(callee) for callee in (_callee, _INLINE, _late)}
    plain = [(_copy(function), callee) for function, callee in _PROGRAMS]
    profiled = [(_copy(function), callees[callee]) for function, callee in _PROGRAMS]
    least_plain = [1 << 62] * len(_PROGRAMS)
    least_profiled = list(least_plain)
    profiler = None
    try:
        profiler = make()
        # Starting has CPython instrument all code anew there, which the first turn pays for.
        anew = LINE_KIND != "instructions" and profiler.core == "trace"
        for function in (*callees.values(), *(function for function, _ in profiled)):
            profiler.watch(function.__code__)
        for _ in range(_ROUNDS):
            least_plain = list(map(min, least_plain, map(_timed, plain)))
            profiler.start()
            if anew:
                list(map(_timed, profiled))
            least_profiled = list(map(min, least_profiled, map(_timed, profiled)))
            profiler.stop()
        tick, core = profiler.tick, profiler.core
        inside = _least_inside(profiler, profiled[_PROGRAMS.index((_calls, _callee))]) * tick * 1e9
    except Exception:
        # No hook is free, or no memory: starting to measure will meet the same and report it.
        return None
    finally:
        if profiler is not None:
            profiler.close()
    repeats = len(_REPEAT)
    added = [(b - a) / repeats for a, b in zip(least_plain, least_profiled, strict=True)]
    plain_line = least_plain[0] / repeats / (_LINES + 1)
    return _solved(added, inside - plain_line, tick, core)


def _least_inside(profiler: Profiler, program: _Program) -> float:
    """Ticks of a hit of the callee's only line, as they are measured."""
    function, callee = program
    code = callee.__code__
    least = float("inf")
    profiler.start()
    for _ in range(_ROUNDS):
        profiler.clear()
        function(callee)
        for _ident, functions in profiler.snapshot():
            for found, _calls, _total, _cost, lines, _edges in functions:
                if found is code and lines:
                    least = min(least, lines[0][3] / lines[0][1])
    profiler.stop()
    return least


def _solved(added: list[float], inside: float, tick: float, core: str) -> Cost:
    """Costs from the ns that a round of each program costs on top. N stands for _LINES.

    inside: ns on top that fall into the only line of `callee`.

    Of a line's event, `line`, and what a hit costs beyond that by the kind of its line:
        short   (N + 1) line + N plain + head
        long    the same with longer lines, special: with lines that could be specialised
        loops   (5 N + 1) line + 2 N plain + (3 N + 1) head
        calls   3 line + 2 plain + head, and what a call costs
    A call is an enter and a leave event; the monitor source has no enter event unless the
    callee is on the def line, as it is in
        inline  as calls
    On 3.11 the end of `callee` is no event. What it costs inside, the hit of its line has
    (LINE_KIND_END), and the line that called it has the rest. It is an event in
        late    as calls, and the instructions of a line more
    """
    short, long, special, loops, calls, inline, late = added
    number = _LINES
    if LINE_KIND == "instructions":
        each = max(0.0, (long - short) / (_LONG - _SHORT))
        line = (short - each * (_SHORT + _HEAD)) / (number + 1)
        # The programs with calls are tight loops, where instructions slow down less.
        tight = max(0.0, (special - short) / (2 * number))
        tight_line = (short - tight * (_SHORT + _HEAD)) / (number + 1)
        rest = 3 * tight_line + tight * (_HEAD + _CALL)
        enter = leave = (late - rest - tight * _LATE) / 2
        costs = [each * instructions for instructions in range(255)] + [inside]
        hits = tuple(_ticks(cost, tick) for cost in costs)
        end = calls - rest - enter - inside
    else:
        heads = 3 * number + 1
        line = (heads * short - loops) / (heads * (number + 1) - (5 * number + 1))
        head = short - (number + 1) * line
        hits = (0, _ticks((special - short) / number, tick), _ticks(head, tick))
        rest = 3 * line + head
        leave = calls - rest if core == "monitor" else (calls - rest) / 2
        enter = inline - rest - leave
        end = 0.0
    return _ticks(enter, tick), _ticks(line, tick), _ticks(leave, tick), hits, _ticks(end, tick)


def _ticks(ns: float, tick: float) -> int:
    return round(ns * 1e-9 / tick) if 0 < ns < _MAX_NS else 0


def _timed(program: _Program) -> int:
    function, argument = program
    began = perf_counter_ns()
    function(argument)
    return perf_counter_ns() - began


def _copy(function: Any) -> FunctionType:
    kind: type[FunctionType] = type(_copy)  # type: ignore[assignment]
    code = function.__code__.replace()
    return kind(code, {"_REPEAT": _REPEAT, "_VALUE": 1, "_NONE": ()})


# Programs: a round of each is one turn of its outer loop.


def _short(_: object) -> None:
    a = b = 1
    for _ in _REPEAT:
        a = b
        b = a
        a = b
        b = a
        a = b
        b = a


def _long(_: object) -> None:
    # What slows down most while 3.11 traces is what it specialises: names, methods, calls.
    # The more so when those calls do something, and the processor has other code at hand.
    text = "1700000000,cpu_usage,12.5"
    for _ in _REPEAT:
        parts = text.split(",")  # 14
        size = float(parts[-1])  # 13
        last = "%s:%.2f" % (parts, size)  # 7  # noqa: UP031
        text = ",".join(parts)  # 14
        first, _, last = parts  # 12
        _ = size > _VALUE, repr(first), last  # 17


def _special(_: object) -> None:
    a = b = 1
    for _ in _REPEAT:
        a = _VALUE
        b = _VALUE
        a = _VALUE
        b = _VALUE
        a = _VALUE
        b = _VALUE
    _ = a, b


def _loops(_: object) -> None:
    a = b = 1
    two = (1, 2)
    for _ in _REPEAT:
        for _ in two:
            a = b
        for _ in two:
            b = a
        for _ in two:
            a = b
        for _ in two:
            b = a
        for _ in two:
            a = b
        for _ in two:
            b = a


def _calls(callee: Callable[[], object]) -> None:
    for _ in _REPEAT:
        callee()


def _callee() -> None:
    return


_INLINE = _copy(lambda: None)


def _late() -> None:
    for _ in _NONE:
        pass


_PROGRAMS = (
    (_short, _callee),
    (_long, _callee),
    (_special, _callee),
    (_loops, _callee),
    (_calls, _callee),
    (_calls, _INLINE),
    (_calls, _late),
)
_LINES = 6
_SHORT, _LONG = 13, 78
"""Instructions of all lines of a round on 3.11, as csrc/code/line_cost.c counts them."""
_HEAD = 2
"""Instructions of `for _ in _REPEAT:`."""
_CALL = 9
"""Instructions of `callee()`."""
_LATE = 7
"""Instructions of the line of `_late`."""
