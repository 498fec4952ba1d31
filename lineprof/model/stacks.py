"""From lines and call edges to whole call stacks, for formats that consist of stacks.

A profile has no chain of callers for each nanosecond, so stacks are made by shares: if a tenth of a
function's time came over one edge, a tenth of each of its lines is put under that edge, and so on.
That keeps the self time of each line exactly, and totals up to rounding as long as no function
calls itself through others. Where some do, it is an estimate: see call_cycles.

The time between entering a function and its first line belongs to no line. It is put on the line of
its head, for sums to add up.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from ..errors import LineprofError
from .call_cycles import TOO_DEEP, Arrival, Context, Frame, Path, circles, contexts_in_circle
from .profile import Edge, Function, FunctionKey, Profile

STACKS_LIMIT = 200_000
"""About how many stacks are made at most; some of the rare chains of callers then stand for all."""

FRAMES_LIMIT = 10_000_000
"""Levels of all stacks together: hundreds of megabytes. Only thousands of functions that each call
the next have more."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A chain of calls, and what was measured in its innermost line while it was there."""

    frames: tuple[Frame, ...]  # Innermost first
    hits: int
    time: int  # ns of self time


def stacks(profile: Profile) -> list[Stack]:
    """Every line's self time and hits under its callers; LineprofError if nested too deeply."""
    functions = {function.key: function for function in with_all_callees(profile)}
    breadth = max(32, STACKS_LIMIT // (1 + sum(len(f.lines) for f in functions.values())))
    arrivals: dict[FunctionKey, list[Arrival]] = {key: [] for key in functions}
    found: list[Stack] = []
    frames = 0
    for circle in reversed(circles(functions)):
        # In the order of sets, the same profile would be another file each time.
        members = sorted(circle)
        if len(members) == 1:
            (key,) = members
            contexts = {key: _contexts(functions[key], arrivals[key], breadth)}
        else:
            contexts = _circle([functions[key] for key in members], arrivals, breadth)
        for key in members:
            function = functions[key]
            outside = [edge for edge in function.edges if edge.callee not in circle]
            for stack in _leaves(function, gap(function, outside, len(circle)), contexts[key]):
                frames += len(stack.frames)
                if frames > FRAMES_LIMIT:
                    raise LineprofError(TOO_DEEP)
                found.append(stack)
            for edge in outside:
                frame = Frame(key, edge.line)
                arrivals[edge.callee] += [
                    Arrival((frame, path), share * edge.total, share * edge.calls)
                    for path, share in contexts[key]
                ]
    return found


_Made = TypeVar("_Made")


def once_per_frame(make: Callable[[Frame], _Made]) -> Callable[[Frame], _Made]:
    """`make`, called once for each frame object.

    Comparing millions of frames by value would take longer than all else. The stacks must outlive
    the result.
    """
    known: dict[int, _Made] = {}

    def made(frame: Frame) -> _Made:
        found = known.get(id(frame))
        if found is None:
            found = known[id(frame)] = make(frame)
        return found

    return made


def with_all_callees(profile: Profile) -> Iterator[Function]:
    """The functions, and with what their edges tell, those that are called but were left out."""
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
    """ns of the function in neither its lines nor its callees; 0 in a circle of several functions.

    outside: its edges but for those that lead back to it.
    """
    if circle > 1:
        return 0
    return max(0, function.total - function.self_time - sum(edge.total for edge in outside))


def names(profile: Profile) -> dict[FunctionKey, str]:
    """A unique name for each function and callee: where names are equal, file or line is added."""
    keys = [function.key for function in with_all_callees(profile)]
    by_name = Counter(key.name for key in keys)
    by_file = Counter((key.name, key.file) for key in keys)

    def name(key: FunctionKey) -> str:
        if by_file[key.name, key.file] > 1:
            return f"{key.name} ({key.file}:{key.first_line})"
        return f"{key.name} ({key.file})" if by_name[key.name] > 1 else key.name

    return {key: name(key) for key in keys}


def _leaves(function: Function, head: int, contexts: list[Context]) -> Iterator[Stack]:
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


def _frames(path: Path) -> Iterator[Frame]:
    while path is not None:
        frame, path = path
        yield frame


def _contexts(function: Function, arrivals: list[Arrival], breadth: int) -> list[Context]:
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
                result.append(Context(nested, share * (chance - next_chance)))
    return result


def _shares(function: Function, arrivals: list[Arrival], breadth: int) -> list[Context]:
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
        Context(arrival.path, weight)
        for arrival, weight in zip(arrivals, weights, strict=True)
        if weight > 0
    ]
    if root > 0 or not contexts:
        contexts.append(Context(None, root if root > 0 else 1.0))
    return _normal(contexts, breadth)


def _normal(contexts: list[Context], breadth: int) -> list[Context]:
    """Of sum 1, and no more than `breadth`.

    Light ones are drawn at regular intervals to stand for those around them, so what lies side by
    side keeps its sum.
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
                kept.append(Context(context.path, step))
        contexts = kept
        whole = sum(context.share for context in contexts)
    return [Context(path, share / whole) for path, share in contexts]


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


def _circle(
    functions: list[Function], arrivals: dict[FunctionKey, list[Arrival]], breadth: int
) -> dict[FunctionKey, list[Context]]:
    found = contexts_in_circle(functions, arrivals)
    return {key: _normal(contexts, breadth) for key, contexts in found.items()}
