"""What events cost the program, measured in its own process.

Small functions run plain and profiled in turn. The differences give what one enter, line and leave
event costs, and how much more a hit of a dear line does (csrc/code/line_cost.h). Reports take that
out again. It takes some ms, once in a process for each event source and clock.

The same instructions take up to twice as long while a neighbour uses the other half of the
processor. So each time is put in terms of the pace at its moment (csrc/base/pace.h), the median
of the quieter half of the rounds counts, and in the core costs follow the pace.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock, start_new_thread
from contextlib import suppress
from time import perf_counter_ns

from .._core import LINE_KIND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from types import FunctionType
    from typing import Any

    from .._core import Profiler

    _Program = tuple[Callable[[Any], Coroutine[None, None, None] | None], Any]
    """And its argument, which may be what it calls."""

    Cost = tuple[int, int, int, tuple[int, ...], int, int, int, int, int, int]
    """Ticks of an enter, a line and a leave event, of a hit by kind of its line, of the end
    of a call that is no event, of a resume, of the line that a leave leads back to, of making a
    generator, of an exception event, and the pace that goes with them: what `Profiler.set_cost`
    takes."""

NOTHING: Cost = (0, 0, 0, (), 0, 0, 0, 0, 0, 0)

_VALUE = 1
_NONE = ()
_ROUNDS = 15
_REPEAT = range(40)
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
    callees = {
        callee: _copy(callee)
        for callee in (_callee, _INLINE, _late, _with_argument, _generator, _empty, _coroutine)
    }
    plain, profiled = _copies({}), _copies(callees)
    rounds: list[list[tuple[float, float]]] = []
    profiler = None
    try:
        profiler = make()
        # Starting has CPython instrument all code anew there, which the first turn pays for.
        anew = LINE_KIND != "instructions" and profiler.core == "trace"
        watched: list[Any] = [*callees.values(), *(function for function, _ in profiled)]
        for function in watched:
            profiler.watch(function.__code__)
        for _ in range(_ROUNDS):
            before = _paced(profiler, plain)
            profiler.start()
            if anew:
                _paced(profiler, profiled)
            after = _paced(profiler, profiled)
            profiler.stop()
            rounds.append(
                [((a + b) / 2, y - x) for (a, x), (b, y) in zip(before, after, strict=True)]
            )
        tick, core = profiler.tick, profiler.core
        inside = _inside(profiler, profiled[_PROGRAMS.index((_calls, _callee))]) * tick * 1e9
        inside -= _median(time for _, time in _paced(profiler, plain[:1] * _ROUNDS)) / (
            len(_REPEAT) * (_LINES + 1)
        )
    except Exception:
        # No hook is free, or no memory: starting to measure will meet the same and report it.
        return None
    finally:
        if profiler is not None:
            profiler.close()
    quiet = [sorted(times)[: _ROUNDS // 2] for times in zip(*rounds, strict=True)]
    pace = int(_median(pace for times in quiet for pace, _ in times))
    slowness = _slowness(pace)
    added = [_median(added for _, added in times) * slowness / len(_REPEAT) for times in quiet]
    return *_solved(added, inside * slowness, tick, core), pace


def _copies(callees: dict[Any, Any]) -> list[_Program]:
    return [
        (_copy(function, 1 << 20 if function is _FAR else 1), callees.get(callee, callee))
        for function, callee in _PROGRAMS
    ]


def _paced(profiler: Profiler, programs: list[_Program]) -> list[tuple[float, float]]:
    """Of each program the pace as it runs, and what it would take at pace 1, ns."""
    found = []
    before = profiler.pace()
    for program in programs:
        time = _timed(program)
        after = profiler.pace()
        pace = (before + after) / 2
        found.append((pace, time / _slowness(pace)))
        before = after
    return found


def _slowness(pace: float) -> float:
    # As pace_ratio(), for all paces there are; 1 where there is no counter.
    return pace**1.1 or 1.0


def _median(numbers: Iterable[float]) -> float:
    ordered = sorted(numbers)
    return ordered[len(ordered) // 2]


def _inside(profiler: Profiler, program: _Program) -> float:
    """Ticks of a hit of the callee's only line, as they are measured, at pace 1."""
    code = program[1].__code__
    found = []
    profiler.start()
    for _ in range(_ROUNDS):
        profiler.clear()
        ((pace, _),) = _paced(profiler, [program])
        for _ident, functions in profiler.snapshot():
            for function, _calls, _total, _cost, lines, _edges in functions:
                if function is code and lines:
                    found.append(lines[0][3] / lines[0][1] / _slowness(pace))
    profiler.stop()
    return _median(found)


def _solved(
    added: list[float], inside: float, tick: float, core: str
) -> tuple[int, int, int, tuple[int, ...], int, int, int, int, int]:
    """Costs from the ns that a round of each program costs on top. N stands for _LINES.

    inside: ns on top that fall into the only line of `callee`, with its leave event.

    What an event costs depends on what it comes amid. Where lines do next to nothing, nothing
    of it is done beside them; `mixed` has lines as programs have them, and calls with arguments.
    Of a line's event, `line`, and what a hit costs beyond that by the kind of its line:
        mixed   (M + 1) line + M plain + head
        short   (N + 1) line + N plain + head, with another `line`
        far     the same with lines whose numbers are large
        long    the same with longer lines, special: with lines that could be specialised
        loops   (5 N + 1) line + 2 N plain + (3 N + 1) head
        calls   3 line + 2 plain + head, and what a call costs
        called  4 line + 3 plain + head, and what a call costs
        resumed 4 line + 2 plain + 2 head, a resume and a leave event
        begun   3 line + plain + 2 head, what a call costs, and the making of a generator
    An await whose coroutine ends raises StopIteration while 3.11 traces, as in
        awaited as begun
    A call is an enter and a leave event; the monitor source has no enter event unless the
    callee is on the def line, as it is in
        inline  as calls
    On 3.11 the end of `callee` is no event. What it costs inside, the hit of its line has
    (LINE_KIND_END), and the line that called it has the rest. It is an event in
        late    as calls, and the instructions of a line more
    """
    short, long, special, loops, calls, inline, late, mixed, called, resumed, begun, *others = added
    awaited, far = others
    number = _LINES
    if LINE_KIND == "instructions":
        # What an instruction costs depends on what it comes amid, too: both are the best fit.
        line, each = _fitted(
            (
                (number + 1, _SHORT, short),
                (number + 1, _SPECIAL, special),
                (_MIXED + 1, _MIXED_INSTRUCTIONS, mixed),
                (number + 1, _LONG, long),
            )
        )
        rest = 3 * line + each * _CALL
        enter = leave = (late - rest - each * _LATE) / 2
        costs = [each * instructions for instructions in range(255)] + [inside]
        hits = tuple(_ticks(cost, tick) for cost in costs)
        end = calls - rest - enter - inside
        resume = resumed - 4 * line - each * _RESUME - leave
        made = begun - 3 * line - each * _BEGIN - enter - leave
        raised = awaited - 3 * line - each * _AWAIT - enter - leave - made
        back = 0.0
    else:
        heads = 3 * number + 1
        short_line = (heads * short - loops) / (heads * (number + 1) - (5 * number + 1))
        head = max(0.0, short - (number + 1) * short_line)
        beyond = (0.0, max(0.0, special - short) / number, head, 0.0)
        number_made = max(0.0, far - short) / (number + 1)
        hits = tuple(_ticks(ns, tick) for ns in (*beyond, *(ns + number_made for ns in beyond)))
        line = (mixed - head) / (_MIXED + 1)
        call = called - 4 * line - head
        whole = call if core == "monitor" else call / 2
        enter = inline - calls + call - whole
        resume = resumed - 4 * line - 2 * head - whole
        made = begun - 3 * line - 2 * head - whole
        leave = min(inside, whole)
        back = whole - leave
        end = raised = 0.0

    def ticks(ns: float) -> int:
        return _ticks(ns, tick)

    events = ticks(enter), ticks(line), ticks(leave)
    return *events, hits, ticks(end), ticks(resume), ticks(back), ticks(made), ticks(raised)


def _fitted(programs: Iterable[tuple[int, int, float]]) -> tuple[float, float]:
    """What a line and an instruction cost: least squares of what the sum is off, in parts of it.

    programs: lines, instructions, and the sum.
    """
    rows = [(lines / max(1.0, cost), each / max(1.0, cost)) for lines, each, cost in programs]
    aa, ab, bb = (
        sum(x * y for x, y in pairs)
        for pairs in ([(a, a) for a, _ in rows], rows, [(b, b) for _, b in rows])
    )
    a, b = sum(a for a, _ in rows), sum(b for _, b in rows)
    each = max(0.0, (aa * b - ab * a) / (aa * bb - ab * ab))
    return (a - ab * each) / aa, each


def _ticks(ns: float, tick: float) -> int:
    return round(ns * 1e-9 / tick) if 0 < ns < _MAX_NS else 0


def _timed(program: _Program) -> int:
    function, argument = program
    began = perf_counter_ns()
    coroutine = function(argument)
    if coroutine is not None:
        with suppress(StopIteration):
            coroutine.send(None)
    return perf_counter_ns() - began


def _copy(function: Any, line: int = 1) -> FunctionType:
    kind: type[FunctionType] = type(_copy)  # type: ignore[assignment]
    code = function.__code__.replace(co_firstlineno=line)
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
_FAR = _copy(_short)


def _late() -> None:
    for _ in _NONE:
        pass


def _mixed(_: object) -> None:
    size = last = 1.0
    row = [1.0, 2.0]
    for _ in _REPEAT:
        last = size * 0.5
        size = last + 1.0
        row[1] = size
        last = row[1]
        size = size - last
        pair = last, size
        last, size = pair


def _calls_with_argument(callee: Callable[[object], object]) -> None:
    got = None
    for _ in _REPEAT:
        got = callee(got)


def _with_argument(value: object) -> object:
    got = value
    return got


def _resumes(generator: Callable[[], Iterable[object]]) -> None:
    for got in generator():
        _ = got


def _generator() -> Iterable[object]:
    for _ in _REPEAT:
        yield 1


def _begins(generator: Callable[[], Iterable[object]]) -> None:
    for _ in _REPEAT:
        for _ in generator():
            pass


def _empty() -> Iterable[object]:
    return
    yield


async def _awaits(coroutine: Callable[[], Coroutine[None, None, object]]) -> None:
    for _ in _REPEAT:
        await coroutine()


async def _coroutine() -> object:
    return 1


_PROGRAMS: tuple[_Program, ...] = (
    (_short, _callee),
    (_long, _callee),
    (_special, _callee),
    (_loops, _callee),
    (_calls, _callee),
    (_calls, _INLINE),
    (_calls, _late),
    (_mixed, _callee),
    (_calls_with_argument, _with_argument),
    (_resumes, _generator),
    (_begins, _empty),
    (_awaits, _coroutine),
    (_FAR, _callee),
)
_MIXED = 7
_LINES = 6
# Instructions of a round on 3.11, as csrc/code/line_cost_py311.c counts them, but for those of
# the line of `_callee`; ...
_SHORT, _SPECIAL, _MIXED_INSTRUCTIONS, _LONG = 15, 27, 43, 80
_CALL, _RESUME, _BEGIN, _AWAIT = 11, 12, 8, 19
_LATE = 2
"""... and of the line of `_late`."""
