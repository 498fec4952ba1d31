"""What a profile is: frozen values that measuring makes, files keep and reports read.

All times are integer nanoseconds as measured, with the profiler's own cost inside. The cost is
kept beside each of them; `Profile.corrected()` takes it out. docs/numbers.md says what the numbers
mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import nlargest
from itertools import chain
from operator import add, attrgetter
from typing import Any, TypeVar

from . import correction

_T = TypeVar("_T", "Line", "Edge", "Function")


@dataclass(frozen=True, slots=True, order=True)
class FunctionKey:
    """What distinguishes the functions of a profile."""

    file: str
    """File name as in the code object; not always that of a file that exists."""
    first_line: int
    """First line of the function, decorators included."""
    name: str
    """Qualified name, e.g. `Class.method` or `outer.<locals>.inner`."""

    def in_version(self, version: int) -> FunctionKey:
        """The key for another text under the same name at the same place; 0 for the first one."""
        if not version:
            return self
        return FunctionKey(self.file, self.first_line, f"{self.name} (version {version + 1})")


numbers_of = attrgetter("hits", "total", "self_time", "suspended", "total_cost", "self_cost")
_edge_numbers = attrgetter("calls", "total", "total_cost")


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
        return Line(self.number, *map(add, numbers_of(self), numbers_of(other)))

    @property
    def _cost_to_take(self) -> int:
        """ns that the correction takes out of `self_time`."""
        return self.self_time - correction.self_time_left(self.self_time, self.self_cost)

    def _corrected(
        self, edges: Iterable[Edge], shares: Mapping[FunctionKey, correction.Share]
    ) -> Line:
        """The line with the cost taken out, and none left beside it; edges: those from it."""
        taken = self._cost_to_take
        calls = ((edge.callee, edge.total_cost) for edge in edges)
        share = correction.share(self.self_cost, taken, calls, shares)
        self_time = self.self_time - taken
        total = max(self_time, self.total - round(self.total_cost * share))
        return Line(self.number, self.hits, total, self_time, self.suspended)


@dataclass(frozen=True, slots=True)
class Edge:
    """Calls of one profiled function from one line of another."""

    line: int
    callee: FunctionKey
    calls: int
    total: int
    total_cost: int = 0

    def __add__(self, other: Edge) -> Edge:
        mine, theirs = (_edge_numbers(edge) for edge in (self, other))
        return Edge(self.line, self.callee, *map(add, mine, theirs))

    def _corrected(self, shares: Mapping[FunctionKey, correction.Share]) -> Edge:
        """The edge with the cost taken out, and none left beside it."""
        left = self.total - round(self.total_cost * shares.get(self.callee, 1.0))
        return Edge(self.line, self.callee, self.calls, max(0, left))


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
        return _function_of((self, other))

    def _corrected(self, shares: Mapping[FunctionKey, correction.Share]) -> Function:
        """The function with the cost taken out of all times, and none left beside them."""
        by_line: dict[int, list[Edge]] = {}
        for edge in self.edges:
            by_line.setdefault(edge.line, []).append(edge)
        lines = tuple(line._corrected(by_line.get(line.number, ()), shares) for line in self.lines)
        # The cost is an average: it must not make a part larger than the whole.
        longest = max((line.total for line in lines), default=0)
        own = sum(line.self_time for line in lines)
        left = self.total - round(self.total_cost * shares[self.key])
        return replace(
            self,
            total=max(longest, own, left),
            total_cost=0,
            lines=lines,
            edges=tuple(edge._corrected(shares) for edge in self.edges),
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
    cut_short: str = ""
    """What cut the run short, such as "KeyboardInterrupt" or "SIGTERM"; empty if nothing did."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a program of many."""

    pid: int = 0
    host: str = ""
    label: str = ""
    """What others call it: its name in multiprocessing, or its rank; empty if it has none."""
    command: str = ""
    python: str = ""
    started: float = 0.0
    """Seconds since the epoch."""
    duration: int = 0
    """ns from its start, or the fork, to its latest event."""
    ending: str = ""
    """RUNNING or ENDED; empty for the process that collected the others."""
    lost: int = 0
    """Bytes of numbers that could not be kept, as on a full disk."""
    time: int = 0
    """Total of the function that took longest in it."""
    functions: tuple[Function, ...] = ()
    """Its share of the numbers, without source; empty in a profile that has a crowd."""

    @property
    def name(self) -> str:
        return self.label or (f"process {self.pid}" if self.pid else "a process")


RUNNING = "running"
ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Share:
    """What one process had of a function's total."""

    total: int
    pid: int
    host: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the totals of one function differ between processes."""

    key: FunctionKey
    count: int
    """Processes in which it was called."""
    total: int
    deviation: float
    """Standard deviation of the totals, in ns."""
    least: Share
    slowest: tuple[Share, ...]
    """At most SLOWEST, the slowest first."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What is kept of more processes than PROCESSES_LIMIT: no more, however many they are."""

    count: int
    running: int = 0
    lost: int = 0
    spreads: tuple[Spread, ...] = ()
    """Sorted by key."""


PROCESSES_LIMIT = 256
"""Up to so many processes the numbers of each are kept."""
SLOWEST = 10
FAULTS_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Profile:
    """The numbers of one run, or of several added up."""

    runs: tuple[Run, ...]
    functions: tuple[Function, ...]
    """Sorted by key; every function registered, also those never called."""
    threads: tuple[Thread, ...] = field(default=())
    """The same numbers by thread, if asked for; without source."""
    processes: tuple[Process, ...] = field(default=())
    """The same numbers by process, of a program of many; with a crowd, those that took longest."""
    crowd: Crowd | None = field(default=None)
    faults: tuple[str, ...] = field(default=())
    """Sentences on processes whose numbers are missing."""

    @property
    def cut_short(self) -> str:
        """A sentence on runs that did not come to their end; empty if all did."""
        reasons = [run.cut_short for run in self.runs if run.cut_short]
        if not reasons:
            return ""
        said = ", ".join(dict.fromkeys(reasons))
        if len(self.runs) == 1:
            return f"The run was cut short by {said}."
        were = "was" if len(reasons) == 1 else "were"
        return f"{len(reasons)} of {len(self.runs)} runs {were} cut short by {said}."

    def __add__(self, other: Profile) -> Profile:
        """The two together; functions whose texts differ are kept apart, by their names."""
        return Profile.sum((self, other))

    @staticmethod
    def sum(profiles: Sequence[Profile]) -> Profile:
        """All of them together, as `+` adds them one by one, in time linear in their sizes."""
        if len(profiles) == 1:
            return profiles[0]
        runs: list[Run] = []
        threads: list[Thread] = []
        processes: list[Process] = []
        kept: list[Process] = []
        crowds: list[Crowd] = []
        faults: dict[str, None] = {}
        alike: dict[FunctionKey, list[Function]] = {}
        sources: dict[FunctionKey, str | None] = {}
        for profile in profiles:
            renamed = _renamed(sources, profile.functions)
            runs += profile.runs
            threads += (
                replace(thread, functions=renamed(thread.functions)) for thread in profile.threads
            )
            (processes if profile.crowd is None else kept).extend(
                replace(process, functions=renamed(process.functions))
                for process in profile.processes
            )
            if (crowd := profile.crowd) is not None:
                spreads = zip(crowd.spreads, renamed(_named(crowd.spreads)), strict=True)
                crowds.append(
                    replace(crowd, spreads=tuple(replace(s, key=f.key) for s, f in spreads))
                )
            faults |= dict.fromkeys(profile.faults)
            for function in renamed(profile.functions):
                alike.setdefault(function.key, []).append(function)
                if sources.get(function.key) is None:
                    sources[function.key] = function.source
        functions = tuple(_function_of(alike[key]) for key in sorted(alike))
        few = bounded(processes, crowds, kept)
        some = tuple(faults)[:FAULTS_LIMIT]
        return Profile(tuple(runs), functions, tuple(threads), *few, some)

    def corrected(self) -> Profile:
        """The same with the profiler's own cost taken out; no time falls below 0."""
        functions = _corrected(self.functions)
        crowd = self.crowd
        if crowd is not None:
            # Of a crowd the costs are known of all processes together only.
            left = {
                after.key: after.total / before.total
                for before, after in zip(self.functions, functions, strict=True)
                if before.total
            }
            spreads = tuple(_scaled(s, left.get(s.key, 1.0)) for s in crowd.spreads)
            crowd = replace(crowd, spreads=spreads)
        return replace(
            self,
            functions=functions,
            threads=tuple(
                replace(thread, functions=_corrected(thread.functions)) for thread in self.threads
            ),
            processes=tuple(map(_corrected_process, self.processes)),
            crowd=crowd,
        )


def bounded(
    processes: Sequence[Process], crowds: Sequence[Crowd] = (), kept: Sequence[Process] = ()
) -> tuple[tuple[Process, ...], Crowd | None]:
    """What a profile keeps of processes and crowds; kept: processes that are in the crowds."""
    found = sorted((*processes, *kept), key=lambda p: (p.started, p.host, p.pid))
    if not crowds and len(found) <= PROCESSES_LIMIT:
        return tuple(found), None
    return of_crowd(processes, crowds, kept)


def of_crowd(
    processes: Sequence[Process], crowds: Sequence[Crowd] = (), kept: Sequence[Process] = ()
) -> tuple[tuple[Process, ...], Crowd]:
    """As `bounded` where there are too many."""
    longest = sorted((*processes, *kept), key=lambda p: (-p.time, p.started, p.host, p.pid))
    few = tuple(replace(process, functions=()) for process in longest[:PROCESSES_LIMIT])
    return few, _crowd_of(processes, crowds)


def _crowd_of(processes: Sequence[Process], crowds: Sequence[Crowd]) -> Crowd:
    shares: dict[FunctionKey, list[Spread]] = {}
    for crowd in crowds:
        for spread in crowd.spreads:
            shares.setdefault(spread.key, []).append(spread)
    for process in processes:
        for function in process.functions:
            if function.calls or function.total:
                share = Share(function.total, process.pid, process.host, process.label)
                one = Spread(function.key, 1, function.total, 0.0, share, (share,))
                shares.setdefault(function.key, []).append(one)
    return Crowd(
        len(processes) + sum(crowd.count for crowd in crowds),
        sum(p.ending == RUNNING for p in processes) + sum(crowd.running for crowd in crowds),
        sum(p.lost for p in processes) + sum(crowd.lost for crowd in crowds),
        tuple(_spread_of(shares[key]) for key in sorted(shares)),
    )


def _spread_of(parts: Sequence[Spread]) -> Spread:
    """One spread of several of the same function."""
    count = sum(part.count for part in parts)
    total = sum(part.total for part in parts)
    mean = total / count
    squares = sum(
        part.count * (part.deviation**2 + (part.total / part.count - mean) ** 2) for part in parts
    )
    return Spread(
        parts[0].key,
        count,
        total,
        (squares / count) ** 0.5,
        min((part.least for part in parts), key=_by_total),
        tuple(
            nlargest(SLOWEST, chain.from_iterable(part.slowest for part in parts), key=_by_total)
        ),
    )


def _by_total(share: Share) -> tuple[int, str, int]:
    return share.total, share.host, share.pid


def _scaled(spread: Spread, factor: float) -> Spread:
    def scaled(share: Share) -> Share:
        return replace(share, total=round(share.total * factor))

    return replace(
        spread,
        total=round(spread.total * factor),
        deviation=spread.deviation * factor,
        least=scaled(spread.least),
        slowest=tuple(map(scaled, spread.slowest)),
    )


def _named(spreads: Iterable[Spread]) -> tuple[Function, ...]:
    return tuple(Function(spread.key, 0, 0) for spread in spreads)


def _corrected_process(process: Process) -> Process:
    if not process.functions:
        return process
    functions = _corrected(process.functions)
    time = max(function.total for function in functions)
    return replace(process, functions=functions, time=time)


def _function_of(alike: Sequence[Function]) -> Function:
    """The sum of at least one function; all have the same key."""
    if len(alike) == 1:
        return alike[0]
    return Function(
        alike[0].key,
        sum(function.calls for function in alike),
        sum(function.total for function in alike),
        sum(function.total_cost for function in alike),
        _added((function.lines for function in alike), lambda line: line.number),
        _added((function.edges for function in alike), lambda edge: (edge.line, edge.callee)),
        next((function.source for function in alike if function.source is not None), None),
    )


def _added(groups: Iterable[Iterable[_T]], key: Callable[[_T], Any]) -> tuple[_T, ...]:
    """Items of the same key added up, sorted by key."""
    merged: dict[Any, _T] = {}
    for item in chain.from_iterable(groups):
        found = merged.get(key(item))
        merged[key(item)] = item if found is None else found + item
    return tuple(merged[k] for k in sorted(merged))


def _renamed(
    sources: dict[FunctionKey, str | None], added: Iterable[Function]
) -> Callable[[tuple[Function, ...]], tuple[Function, ...]]:
    """What gives functions the keys under which they can be added up with those that are known.

    A text that is not that of the known function of the same key is another version of it.
    sources: the texts of the known functions; texts of new versions are put in.
    """
    keys = {}
    for function in added:
        version, key = 0, function.key
        while None not in (function.source, sources.get(key)) and sources[key] != function.source:
            version += 1
            key = function.key.in_version(version)
        if version:
            keys[function.key] = key
            sources[key] = function.source

    def renamed(functions: tuple[Function, ...]) -> tuple[Function, ...]:
        if not keys:
            return functions
        return tuple(
            replace(
                function,
                key=keys.get(function.key, function.key),
                edges=tuple(
                    replace(edge, callee=keys.get(edge.callee, edge.callee))
                    for edge in function.edges
                ),
            )
            for function in functions
        )

    return renamed


def _corrected(functions: tuple[Function, ...]) -> tuple[Function, ...]:
    """functions: all of a profile, or of one thread."""
    shares = correction.shares_of(
        (
            function.key,
            sum(line.self_cost for line in function.lines),
            sum(line._cost_to_take for line in function.lines),
            [(edge.callee, edge.total_cost) for edge in function.edges],
        )
        for function in functions
    )
    return tuple(function._corrected(shares) for function in functions)
