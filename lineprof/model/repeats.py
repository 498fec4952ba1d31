"""Several runs of one program: their average, and which changes are no larger than their spread."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from .diff import (
    METRICS,
    Difference,
    FunctionChange,
    LineChange,
    amount,
    difference,
    profile_amount,
)
from .profile import Edge, Function, FunctionKey, Line, Profile, numbers_of

_METRICS = (*METRICS, "perhit")


def difference_of_runs(before: Sequence[Profile], after: Sequence[Profile]) -> Difference:
    """What changed on average; changes within the spread of the runs are marked as noise."""
    found = difference(_average(before), _average(after))
    if len(before) == len(after) == 1:
        return found
    sides = _Side(before), _Side(after)
    return replace(
        found,
        functions=tuple(_marked(change, *sides) for change in found.functions),
        repeats=(len(before), len(after)),
        noise=_noise(*(side.totals for side in sides)),
    )


class _Side:
    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._profiles = profiles
        self._functions = [{f.key: f for f in profile.functions} for profile in profiles]
        self._lines = [
            {(f.key, line.number): line for f in profile.functions for line in f.lines}
            for profile in profiles
        ]

    def totals(self, metric: str) -> list[float]:
        return [profile_amount(profile, metric) for profile in self._profiles]

    def function(self, key: FunctionKey, metric: str) -> list[float]:
        return [amount(functions.get(key), metric) for functions in self._functions]

    def line(self, key: FunctionKey, number: int, metric: str) -> list[float]:
        return [amount(lines.get((key, number)), metric) for lines in self._lines]


def _marked(change: FunctionChange, old: _Side, new: _Side) -> FunctionChange:
    if change.before is None or change.after is None:
        return change
    was, key = change.before.key, change.after.key

    def marked(line: LineChange) -> LineChange:
        if line.before is None or line.after is None:
            return line
        before = partial(old.line, was, line.before.number)
        after = partial(new.line, key, line.after.number)
        return replace(line, noise=_noise(before, after))

    noise = _noise(partial(old.function, was), partial(new.function, key))
    return replace(change, lines=tuple(map(marked, change.lines)), noise=noise)


def _noise(
    before: Callable[[str], Sequence[float]], after: Callable[[str], Sequence[float]]
) -> frozenset[str]:
    """The metrics whose ranges before and after meet."""
    found = []
    for metric in _METRICS:
        old, new = before(metric), after(metric)
        if min(old) <= max(new) and min(new) <= max(old):
            found.append(metric)
    return frozenset(found)


def _average(profiles: Sequence[Profile]) -> Profile:
    if len(profiles) == 1:
        return profiles[0]
    whole, count = Profile.sum(profiles), len(profiles)

    def line(line: Line) -> Line:
        return Line(line.number, *(round(number / count) for number in numbers_of(line)))

    def edge(edge: Edge) -> Edge:
        return Edge(edge.line, edge.callee, round(edge.calls / count), round(edge.total / count))

    def function(function: Function) -> Function:
        return replace(
            function,
            calls=round(function.calls / count),
            total=round(function.total / count),
            lines=tuple(map(line, function.lines)),
            edges=tuple(map(edge, function.edges)),
        )

    return replace(whole, functions=tuple(map(function, whole.functions)))
