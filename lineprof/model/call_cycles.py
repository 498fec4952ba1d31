"""Functions that call each other in a circle: finding them, and the stacks they may have had.

A profile says how long a call edge within a circle was open, but not together with which others. So
that is estimated: likely paths through the circle, with an edge at most twice, are weighted until
each line is open for about as long as it was (iterative proportional fitting).
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from ..errors import LineprofError
from .profile import Edge, Function, FunctionKey

PATHS_LIMIT = 6000  # How many paths through one circle are weighted
STEPS_LIMIT = 500_000  # How many steps are made at most to find them: a few seconds of weighting

LEVELS_LIMIT = 500_000
"""Levels of the paths to functions that are hardly ever called. Only a thousand functions in one
circle have more."""

TOO_DEEP = "calls are nested too deeply to write out whole stacks"

_ROUNDS = 30
_REPEATS = 2  # How often an edge may appear in a path


class Frame(NamedTuple):
    function: FunctionKey
    line: int


Path: TypeAlias = "tuple[Frame, Path] | None"
"""Callers of a function, nearest first: a frame and the rest."""


class Context(NamedTuple):
    """A path that a function was called over."""

    path: Path
    share: float  # Of all that was measured in the function


class Arrival(NamedTuple):
    """Calls of a function that came over one path, and what they took."""

    path: Path
    time: float
    calls: float


def circles(functions: dict[FunctionKey, Function]) -> list[set[FunctionKey]]:
    """Sets of functions that all call each other, callees first (Tarjan's algorithm)."""
    order: dict[FunctionKey, int] = {}
    low: dict[FunctionKey, int] = {}
    waiting: list[FunctionKey] = []
    on_stack: set[FunctionKey] = set()
    result: list[set[FunctionKey]] = []
    callees_of = {key: [edge.callee for edge in f.edges] for key, f in functions.items()}
    for root in tuple(functions):
        if root in order:
            continue
        work = [(root, iter(callees_of[root]))]
        order[root] = low[root] = len(order)
        waiting.append(root)
        on_stack.add(root)
        while work:
            key, callees = work[-1]
            callee = next(callees, None)
            if callee is None:
                work.pop()
                if work:
                    caller = work[-1][0]
                    low[caller] = min(low[caller], low[key])
                if low[key] == order[key]:
                    circle = {key}
                    while (member := waiting.pop()) != key:
                        circle.add(member)
                    on_stack -= circle
                    result.append(circle)
            elif callee not in order:
                order[callee] = low[callee] = len(order)
                waiting.append(callee)
                on_stack.add(callee)
                work.append((callee, iter(callees_of[callee])))
            elif callee in on_stack:
                low[key] = min(low[key], order[callee])
    return result


def contexts_in_circle(
    functions: list[Function], arrivals: dict[FunctionKey, list[Arrival]]
) -> dict[FunctionKey, list[Context]]:
    """Paths to each function of a circle, with shares; arrivals: calls from outside."""
    members = {function.key: function for function in functions}
    found: dict[FunctionKey, list[tuple[Path, float]]] = {key: [] for key in members}
    for key, path, weight in _likely_paths(members, arrivals):
        found[key].append((path, weight))
    weights = _Weights(members, found)
    for _ in range(_ROUNDS):
        if weights.fit() < 0.01:
            break
    return weights.contexts()


def _likely_paths(
    members: dict[FunctionKey, Function], arrivals: dict[FunctionKey, list[Arrival]]
) -> Iterator[tuple[FunctionKey, Path, float]]:
    """Functions, paths to them and weights, the heaviest first; at least one for each function.

    LineprofError if that is more than memory can hold.
    """
    heap: list[tuple[float, int, FunctionKey, Path, Counter[Frame]]] = []
    for key, path, weight in _entries(members, arrivals):
        heap.append((-weight, len(heap), key, path, Counter()))
    heapq.heapify(heap)
    first: dict[FunctionKey, Path] = {entry[2]: entry[3] for entry in reversed(heap)}
    reached: set[FunctionKey] = set()
    count = len(heap)
    limit = max(PATHS_LIMIT, 4 * len(members))
    steps = STEPS_LIMIT
    while heap and limit and steps > 0:
        limit -= 1
        weight, _, key, path, used = heapq.heappop(heap)
        yield key, path, -weight
        reached.add(key)
        part = min(1.0, -weight / max(members[key].total, 1))
        for edge in _inner(members, key):
            frame = Frame(key, edge.line)
            if used[frame] < _REPEATS:
                count += 1
                steps -= 1 + len(used)
                above = (frame, path)
                entry = (-part * edge.total, count, edge.callee, above, used + Counter([frame]))
                heapq.heappush(heap, entry)
    # What is hardly ever called: the shortest path.
    queue = list(first)
    depths = dict.fromkeys(first, 0)
    levels = 0
    for key in queue:
        for edge in _inner(members, key):
            if edge.callee not in first:
                first[edge.callee] = (Frame(key, edge.line), first[key])
                depths[edge.callee] = depths[key] + 1
                levels += depths[edge.callee]
                if levels > LEVELS_LIMIT:
                    raise LineprofError(TOO_DEEP)
                queue.append(edge.callee)
    yield from ((key, first.get(key), 1.0) for key in members if key not in reached)


def _entries(
    members: dict[FunctionKey, Function], arrivals: dict[FunctionKey, list[Arrival]]
) -> Iterator[tuple[FunctionKey, Path, float]]:
    """Where the circle is entered; if nothing is known of that, at what took longest."""
    back = Counter[FunctionKey]()
    for key in members:
        for edge in _inner(members, key):
            back[edge.callee] += edge.total
    known = False
    for key, function in members.items():
        outer = sum(arrival.time for arrival in arrivals[key])
        for arrival in arrivals[key]:
            if arrival.time > 0:
                known = True
                yield key, arrival.path, arrival.time
        nowhere = function.total - outer - back[key]
        if nowhere > 1e-9 * function.total:
            known = True
            yield key, None, nowhere
    if not known:
        yield max(members, key=lambda key: (members[key].total, key)), None, 1.0


def _inner(members: dict[FunctionKey, Function], key: FunctionKey) -> list[Edge]:
    return [edge for edge in members[key].edges if edge.callee in members]


class _Weights:
    """Weights of all paths to all functions of a circle, while they are fitted."""

    def __init__(
        self,
        members: dict[FunctionKey, Function],
        paths: dict[FunctionKey, list[tuple[Path, float]]],
    ) -> None:
        self._keys = list(members)
        numbers = {key: number for number, key in enumerate(members)}
        self._owners: list[int] = []  # here and below functions are their numbers in _keys
        self._paths: list[Path] = []
        self._weights: list[float] = []
        self._sums = [0.0] * len(members)
        # Time that is shared out by the weights: not in the circle, or in a line itself.
        self._mass: list[float] = []
        self._own: dict[Frame, float] = defaultdict(float)
        self._target: dict[Frame, float] = {}
        self._through: dict[Frame, list[int]] = {}
        for key, function in members.items():
            for line in function.lines:
                self._own[Frame(key, line.number)] += line.self_time
            for edge in function.edges:
                if edge.callee not in members:
                    self._own[Frame(key, edge.line)] += edge.total
            self._mass.append(sum(self._own[Frame(key, line.number)] for line in function.lines))
            totals = {line.number: line.total for line in function.lines}
            for edge in _inner(members, key):
                frame = Frame(key, edge.line)
                self._target[frame] = float(totals.get(edge.line, edge.total))
                self._through[frame] = []
        for key, found in paths.items():
            for path, weight in found:
                index = len(self._paths)
                self._owners.append(numbers[key])
                self._paths.append(path)
                self._weights.append(max(weight, 1e-6))
                self._sums[numbers[key]] += self._weights[-1]
                for frame in self._open(path):
                    self._through[frame].append(index)
        self._numbers = numbers
        self._whole = sum(self._mass)

    def _open(self, path: Path) -> set[Frame]:
        frames = set()
        while path is not None and path[0] in self._through:
            frames.add(path[0])
            path = path[1]
        return frames

    def fit(self) -> float:
        """Bring each line nearer to what it took; the largest step, as a share of all."""
        worst = 0.0
        for frame, indexes in self._through.items():
            if not indexes or self._whole <= 0:
                continue
            itself = self._numbers[frame.function]
            share = at_itself = 0.0
            for index in indexes:
                owner = self._owners[index]
                part = self._weights[index] / self._sums[owner]
                share += part * self._mass[owner]
                if owner == itself:
                    at_itself += part
            own = self._own[frame] * (1 - at_itself)
            have = min(max(share / self._whole, 1e-6), 1 - 1e-6)
            want = min(max((self._target[frame] - own) / self._whole, 1e-6), 1 - 1e-6)
            worst = max(worst, abs(want - have))
            factor = min(100.0, max(0.01, want / (1 - want) * (1 - have) / have))
            for index in indexes:
                old = self._weights[index]
                self._weights[index] = min(max(old * factor, 1e-9), 1e18)
                self._sums[self._owners[index]] += self._weights[index] - old
        # What was added and taken away leaves errors behind.
        self._sums = [0.0] * len(self._keys)
        for owner, weight in zip(self._owners, self._weights, strict=True):
            self._sums[owner] += weight
        return worst

    def contexts(self) -> dict[FunctionKey, list[Context]]:
        result: dict[FunctionKey, list[Context]] = {key: [] for key in self._keys}
        for owner, path, weight in zip(self._owners, self._paths, self._weights, strict=True):
            result[self._keys[owner]].append(Context(path, weight / self._sums[owner]))
        return result
