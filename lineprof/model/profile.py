"""What a profile is: frozen values that collectors make, storage keeps and reports read.

All times are integer nanoseconds as measured, with the profiler's own cost inside; the cost is
kept beside each of them and `Profile.corrected()` takes it out. Meanings: docs/numbers.md.
No I/O here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar


class _Addable(Protocol):
    def __add__(self, other: Any, /) -> Any: ...


_T = TypeVar("_T", bound=_Addable)


@dataclass(frozen=True, slots=True, order=True)
class FunctionKey:
    """What tells one function from another in a listing."""

    file: str
    """File name as the code object has it; not always the name of a file that exists."""
    first_line: int
    """First line of the function, decorators included."""
    name: str
    """Qualified name, e.g. `Class.method` or `outer.<locals>.inner`."""


@dataclass(frozen=True, slots=True)
class Line:
    """Numbers of one line."""

    number: int
    hits: int
    total: int
    """ns between arriving at the line and leaving it, callees included, recursion once."""
    self_time: int
    """ns of `total` not spent inside other profiled functions."""
    suspended: int = 0
    """ns a generator or coroutine was suspended at this line (the Await column)."""
    total_cost: int = 0
    """ns of `total` that the profiler itself took."""
    self_cost: int = 0
    """ns of `self_time` that the profiler itself took."""

    @property
    def per_hit(self) -> float:
        """ns of total per hit; 0 for a line never hit."""
        return self.total / self.hits if self.hits else 0.0

    def __add__(self, other: Line) -> Line:
        return Line(
            self.number,
            self.hits + other.hits,
            self.total + other.total,
            self.self_time + other.self_time,
            self.suspended + other.suspended,
            self.total_cost + other.total_cost,
            self.self_cost + other.self_cost,
        )


@dataclass(frozen=True, slots=True)
class Edge:
    """Calls of one profiled function from one line of another."""

    line: int
    callee: FunctionKey
    calls: int
    total: int
    total_cost: int = 0

    def __add__(self, other: Edge) -> Edge:
        return Edge(
            self.line,
            self.callee,
            self.calls + other.calls,
            self.total + other.total,
            self.total_cost + other.total_cost,
        )


@dataclass(frozen=True, slots=True)
class Function:
    """Numbers of one function, its lines sorted by number."""

    key: FunctionKey
    calls: int
    total: int
    """ns of its outermost activations: `Total time:`, and what `% Time` is a share of."""
    total_cost: int = 0
    lines: tuple[Line, ...] = ()
    edges: tuple[Edge, ...] = ()
    source: str | None = None
    """Text from `key.first_line` on, as it was when measured; None if it could not be had."""

    @property
    def hits(self) -> int:
        return sum(line.hits for line in self.lines)

    @property
    def self_time(self) -> int:
        return sum(line.self_time for line in self.lines)

    @property
    def suspended(self) -> int:
        return sum(line.suspended for line in self.lines)

    def __add__(self, other: Function) -> Function:
        """The two together; ValueError if they are not the same function."""
        if self.key != other.key:
            raise ValueError(f"not the same function: {self.key} and {other.key}")
        return Function(
            self.key,
            self.calls + other.calls,
            self.total + other.total,
            self.total_cost + other.total_cost,
            _added(self.lines, other.lines, lambda line: line.number),
            _added(self.edges, other.edges, lambda edge: (edge.line, edge.callee)),
            self.source if self.source is not None else other.source,
        )


@dataclass(frozen=True, slots=True)
class Thread:
    """Numbers of one thread; identifier 0 stands for many that have ended."""

    ident: int
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Where a profile comes from."""

    lineprof: str = ""
    python: str = ""
    implementation: str = ""
    platform: str = ""
    argv: tuple[str, ...] = ()
    started: float = 0.0
    """Seconds since the epoch."""
    duration: int = 0
    """ns from the profiler's making to the snapshot."""
    pid: int = 0
    host: str = ""
    core: str = ""
    """Event source: "trace" or "monitor"."""
    clock: str = ""
    """"wall" or "cpu", and what was read: e.g. "wall/tsc"."""
    tick: float = 1e-9
    """Seconds per tick of that clock: its resolution."""
    cost: tuple[int, int, int] = (0, 0, 0)
    """Picoseconds that an enter, line and leave event cost, as calibrated."""


@dataclass(frozen=True, slots=True)
class Profile:
    """All that is known about one run, or about several added up."""

    runs: tuple[Run, ...]
    functions: tuple[Function, ...]
    """Sorted by key; every function registered, also those never called."""
    threads: tuple[Thread, ...] = field(default=())
    """The same numbers thread by thread, where asked for; without source."""

    def __add__(self, other: Profile) -> Profile:
        return Profile(
            self.runs + other.runs,
            _added(self.functions, other.functions, lambda function: function.key),
            self.threads + other.threads,
        )

    def corrected(self) -> Profile:
        """The same with the profiler's own cost taken out; no time falls below 0."""
        return replace(
            self,
            functions=_corrected(self.functions),
            threads=tuple(
                replace(thread, functions=_corrected(thread.functions)) for thread in self.threads
            ),
        )


def _added(left: Iterable[_T], right: Iterable[_T], key: Callable[[_T], Any]) -> tuple[_T, ...]:
    merged = {key(item): item for item in left}
    for item in right:
        found = merged.get(key(item))
        merged[key(item)] = item if found is None else found + item
    return tuple(merged[k] for k in sorted(merged))


# -- Taking the profiler's own cost out -------------------------------------------------------
#
# The core adds to each time what its events are known to cost (calibration.py). That is what they
# cost amid a program's other work. In a tight loop, with all it needs close at hand, the processor
# does much of an event's work beside the program's own, and it costs less, down to half: lines that
# take next to nothing would fall below 0. How tight the loop is shows in the time itself. So of a
# line of self time `s`, with `c` the cost of its events,
#
#     s - c          is left if s >= 2 c,
#     s * s / (4 c)  otherwise,
#
# which is the same with the same slope where they meet, never negative, and never more than `s`.
# In effect the cost falls from `c` to nothing as `s` falls from twice `c` to nothing.
#
# Times that hold calls (totals of lines and functions, edges) have the cost of all lines within
# taken out; where less than `c` was taken from a callee's lines, in the same proportion less is
# taken from its callers.

_ROUNDS = 30
_CLOSE_ENOUGH = 1e-4


def _corrected(functions: tuple[Function, ...]) -> tuple[Function, ...]:
    """The functions with the cost taken out of all times, and no cost left beside them.

    functions: all of a profile, or of one thread: what calls what matters.
    """
    shares = _shares(functions)
    return tuple(_corrected_function(function, shares) for function in functions)


def _corrected_self_time(line: Line) -> int:
    time, cost = line.self_time, line.self_cost
    return time - cost if time >= 2 * cost else time * time // (4 * cost)


def _shares(functions: tuple[Function, ...]) -> dict[FunctionKey, float]:
    """Which share of the cost of its lines and of all it calls is taken out of each function.

    A function that calls itself, by whatever way, has its own share among those it is made of: so
    round by round, until none changes any more.
    """
    parts = [
        (function.key, *_cost(function.lines), [(e.callee, e.total_cost) for e in function.edges])
        for function in functions
    ]
    shares = {function.key: 1.0 for function in functions}
    for _ in range(_ROUNDS):
        largest = 0.0
        for key, known, taken, edges in parts:
            share = _share(known, taken, edges, shares)
            largest = max(largest, abs(share - shares[key]))
            shares[key] = share
        if largest < _CLOSE_ENOUGH:
            break
    return shares


def _cost(lines: Iterable[Line]) -> tuple[int, int]:
    """Cost within the self times of lines, and what is taken out of them."""
    known = taken = 0
    for line in lines:
        known += line.self_cost
        taken += line.self_time - _corrected_self_time(line)
    return known, taken


def _share(
    known: float,
    taken: float,
    edges: Iterable[tuple[FunctionKey, int]],
    shares: dict[FunctionKey, float],
) -> float:
    for callee, cost in edges:
        known += cost
        taken += cost * shares.get(callee, 1.0)
    return taken / known if known else 1.0


def _corrected_function(function: Function, shares: dict[FunctionKey, float]) -> Function:
    by_line: dict[int, list[tuple[FunctionKey, int]]] = {}
    for edge in function.edges:
        by_line.setdefault(edge.line, []).append((edge.callee, edge.total_cost))
    lines = tuple(
        _corrected_line(line, by_line.get(line.number, ()), shares) for line in function.lines
    )
    # The cost is an average: it must not make a part larger than the whole.
    longest = max((line.total for line in lines), default=0)
    own = sum(line.self_time for line in lines)
    left = function.total - round(function.total_cost * shares[function.key])
    return replace(
        function,
        total=max(longest, own, left),
        total_cost=0,
        lines=lines,
        edges=tuple(_corrected_edge(edge, shares) for edge in function.edges),
    )


def _corrected_line(
    line: Line, edges: Iterable[tuple[FunctionKey, int]], shares: dict[FunctionKey, float]
) -> Line:
    share = _share(*_cost((line,)), edges, shares)
    self_time = _corrected_self_time(line)
    total = max(self_time, line.total - round(line.total_cost * share))
    return Line(line.number, line.hits, total, self_time, line.suspended)


def _corrected_edge(edge: Edge, shares: dict[FunctionKey, float]) -> Edge:
    left = edge.total - round(edge.total_cost * shares.get(edge.callee, 1.0))
    return replace(edge, total=max(0, left), total_cost=0)
