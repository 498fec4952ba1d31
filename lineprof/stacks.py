"""From lines and call edges to whole call stacks, for formats that know nothing else.

A profile keeps for each line what it took itself, and for each call edge what the calls took; not
which chain of callers each nanosecond had. Stacks are made by shares: if a tenth of a function's
time came over one edge, a tenth of each of its lines is put under that edge, and so on upwards.
This keeps

- what each line took itself, exactly, whatever the shape of the calls;
- what each line and function took with all they called, as long as no function calls itself
  through others, up to rounding. Functions that call themselves directly are exact too;
  chains through several functions that call each other in a circle are estimates.

The moments between entering a function and arriving at its first line belong to no line. They
are put on the function's first line, its head, or sums would not add up.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from .model import Edge, Function, FunctionKey, Profile

STACKS_LIMIT = 200_000
"""About so many stacks are made at most; a few rare chains of callers stand for the others."""


class Frame(NamedTuple):
    """One level of a stack."""

    function: FunctionKey
    line: int


@dataclass(frozen=True, slots=True)
class Stack:
    """A chain of calls, and what was measured in its innermost line while it was there."""

    frames: tuple[Frame, ...]
    """Innermost first."""
    hits: int
    time: int
    """ns of self time."""


_Path: TypeAlias = "tuple[Frame, _Path] | None"
"""Callers of a function, nearest first: a frame and the rest."""


class _Context(NamedTuple):
    path: _Path
    share: float
    """Of all that was measured in the function."""


class _Arrival(NamedTuple):
    path: _Path
    time: float
    calls: float


def stacks(profile: Profile) -> list[Stack]:
    """Every line's self time and hits, under the callers they had; see above."""
    functions = {function.key: function for function in with_all_callees(profile)}
    breadth = max(32, STACKS_LIMIT // (1 + sum(len(f.lines) for f in functions.values())))
    arrivals: dict[FunctionKey, list[_Arrival]] = {key: [] for key in functions}
    found: list[Stack] = []
    for circle in reversed(circles(functions)):
        if len(circle) == 1:
            (key,) = circle
            contexts = {key: _contexts(functions[key], arrivals[key], breadth)}
        else:
            contexts = _contexts_in_circle([functions[k] for k in circle], arrivals, breadth)
        for key in circle:
            function = functions[key]
            outside = [edge for edge in function.edges if edge.callee not in circle]
            found += _leaves(function, gap(function, outside, len(circle)), contexts[key])
            for edge in outside:
                frame = Frame(key, edge.line)
                arrivals[edge.callee] += [
                    _Arrival((frame, path), share * edge.total, share * edge.calls)
                    for path, share in contexts[key]
                ]
    return found


def with_all_callees(profile: Profile) -> Iterator[Function]:
    """The functions, and those that were left out but are called, with what edges know of them."""
    known = {function.key for function in profile.functions}
    missing: dict[FunctionKey, Function] = {}
    for function in profile.functions:
        yield function
        for edge in function.edges:
            if edge.callee not in known:
                stub = Function(edge.callee, edge.calls, edge.total)
                old = missing.get(edge.callee)
                missing[edge.callee] = stub if old is None else old + stub
    yield from missing.values()


def gap(function: Function, outside: Iterable[Edge], circle: int = 1) -> int:
    """ns of the function that belong to none of its lines nor to what they called.

    outside: its edges but those that lead back to it, directly or through others.
    circle: how many functions those are; nothing can be said of more than one.
    """
    if circle > 1:
        return 0
    return max(0, function.total - function.self_time - sum(edge.total for edge in outside))


def names(profile: Profile) -> dict[FunctionKey, str]:
    """A name for each function and callee that no other has: what tells them apart is added."""
    keys = [function.key for function in with_all_callees(profile)]
    by_name = Counter(key.name for key in keys)
    by_file = Counter((key.name, key.file) for key in keys)

    def name(key: FunctionKey) -> str:
        if by_file[key.name, key.file] > 1:
            return f"{key.name} ({key.file}:{key.first_line})"
        return f"{key.name} ({key.file})" if by_name[key.name] > 1 else key.name

    return {key: name(key) for key in keys}


def circles(functions: dict[FunctionKey, Function]) -> list[set[FunctionKey]]:
    """Sets of functions that all call each other, callees before callers; most have one member.

    Tarjan's algorithm, without recursion.
    """
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


def _leaves(function: Function, head: int, contexts: list[_Context]) -> Iterator[Stack]:
    """A stack for each line and context; `head` is the time of the function's head."""
    values = {line.number: (line.hits, line.self_time) for line in function.lines}
    if head:
        hits, time = values.get(function.key.first_line, (0, 0))
        values[function.key.first_line] = (hits, time + head)
    shares = [context.share for context in contexts]
    paths = [tuple(_frames(context.path)) for context in contexts]
    for number, (hits, time) in values.items():
        frame = Frame(function.key, number)
        for path, some_hits, some_time in zip(
            paths, _divided(hits, shares), _divided(time, shares), strict=True
        ):
            if some_hits or some_time:
                yield Stack((frame, *path), some_hits, some_time)


def _divided(value: int, shares: list[float]) -> list[int]:
    """Whole numbers in these shares, of sum `value`; the largest share takes what is left."""
    largest = shares.index(max(shares))
    parts = [int(value * share + 0.5) for share in shares]
    rest = value - sum(parts)
    if parts[largest] + rest < 0:  # rounded up too often: more shares than there is to share
        parts = [int(value * share) for share in shares]
        rest = value - sum(parts)
    parts[largest] += rest
    return parts


def _frames(path: _Path) -> Iterator[Frame]:
    while path is not None:
        frame, path = path
        yield frame


def _contexts(function: Function, arrivals: list[_Arrival], breadth: int) -> list[_Context]:
    """Contexts of a function that is in no circle, or only calls itself."""
    contexts = _shares(function, arrivals, breadth)
    loops = _loops(function)
    if not loops:
        return contexts
    # While one recursive call is open the other may be too. That the rarer is open only while
    # the more frequent is keeps what each of them took, with the fewest stacks.
    result = []
    steps = [(None, 1.0), *loops, (None, 0.0)]
    for path, share in contexts:
        nested = path
        for (frame, chance), (_, next_chance) in pairwise(steps):
            if frame is not None:
                nested = (frame, nested)
            if chance > next_chance:
                result.append(_Context(nested, share * (chance - next_chance)))
    return result


def _shares(function: Function, arrivals: list[_Arrival], breadth: int) -> list[_Context]:
    weights = [arrival.time for arrival in arrivals]
    whole = float(function.total)
    if not any(weights) and not whole:
        weights = [arrival.calls for arrival in arrivals]
        whole = float(function.calls)
    known = sum(weights)
    rest = whole - known
    # Below that it is rounding, not calls from outside.
    root = rest if rest > 1e-9 * whole or not known else 0.0
    contexts = [
        _Context(arrival.path, weight)
        for arrival, weight in zip(arrivals, weights, strict=True)
        if weight > 0
    ]
    if root > 0 or not contexts:
        contexts.append(_Context(None, root if root > 0 else 1.0))
    return _normal(contexts, breadth)


def _normal(contexts: list[_Context], breadth: int) -> list[_Context]:
    """Of sum 1, and no more than `breadth`.

    If there are more, light ones are drawn at regular intervals to stand for those around them.
    So whatever lies side by side, such as all that came over one edge, keeps its sum.
    """
    whole = sum(context.share for context in contexts)
    if len(contexts) > breadth:
        heavy, rest = 0, whole
        for share in sorted((context.share for context in contexts), reverse=True):
            if heavy == breadth - 1 or share * (breadth - heavy) < rest:
                break
            heavy += 1
            rest -= share
        step = rest / (breadth - heavy)
        kept, passed = [], step / 2
        for context in contexts:
            if context.share >= step:
                kept.append(context)
                continue
            passed += context.share
            if passed >= step:
                passed -= step
                kept.append(_Context(context.path, step))
        contexts = kept
        whole = sum(context.share for context in contexts)
    return [_Context(path, share / whole) for path, share in contexts]


def _loops(function: Function) -> list[tuple[Frame, float]]:
    """Lines from which the function calls itself, with the share of its time they are open."""
    lines = {line.number: line for line in function.lines}
    result = []
    for edge in function.edges:
        if edge.callee != function.key:
            continue
        line = lines.get(edge.line)
        own = sum(
            e.total for e in function.edges if e.line == edge.line and e.callee != edge.callee
        )
        own += line.self_time if line else 0
        whole = line.total if line else edge.total
        if function.total > own:
            chance = (whole - own) / (function.total - own)
            result.append((Frame(function.key, edge.line), min(1.0, max(0.0, chance))))
    return sorted(result, key=lambda loop: -loop[1])


def _contexts_in_circle(
    functions: list[Function], arrivals: dict[FunctionKey, list[_Arrival]], breadth: int
) -> dict[FunctionKey, list[_Context]]:
    """Contexts of functions that call each other, the likeliest paths without repetition."""
    members = {function.key: function for function in functions}
    inner = {
        key: [edge for edge in f.edges if edge.callee in members] for key, f in members.items()
    }
    back = Counter[FunctionKey]()
    for edges in inner.values():
        for edge in edges:
            back[edge.callee] += edge.total
    found: dict[FunctionKey, list[_Context]] = {key: [] for key in members}
    count = 0
    heap: list[tuple[float, int, FunctionKey, _Path, frozenset[FunctionKey]]] = []
    for key, function in members.items():
        outer = sum(arrival.time for arrival in arrivals[key])
        from_nowhere = function.total - outer - back[key]
        own = max(function.total - back[key], 1e-3 * function.total, 1e-6)
        entries = list(arrivals[key])
        if from_nowhere > 0:
            entries.append(_Arrival(None, from_nowhere, 0))
        whole = sum(entry.time for entry in entries) or 1.0
        for entry in entries:
            count += 1
            heap.append((-own * entry.time / whole, count, key, entry.path, frozenset({key})))
    if not heap:  # all that calls them was left out
        key = max(members, key=lambda k: (members[k].total, k))
        heap.append((-1.0, 0, key, None, frozenset({key})))
    heapq.heapify(heap)
    steps = breadth * len(members)
    while heap and steps:
        steps -= 1
        weight, _, key, path, seen = heapq.heappop(heap)
        found[key].append(_Context(path, max(-weight, 1e-9)))
        part = min(1.0, -weight / max(members[key].total, 1))
        for edge in inner[key]:
            count += 1
            above: _Path = (Frame(key, edge.line), path)
            if edge.callee in seen:
                found[edge.callee].append(_Context(above, max(part * edge.total, 1e-9)))
            else:
                heapq.heappush(
                    heap,
                    (-part * edge.total, count, edge.callee, above, seen | {edge.callee}),
                )
    return {key: _normal(found[key] or [_Context(None, 1.0)], breadth) for key in members}
