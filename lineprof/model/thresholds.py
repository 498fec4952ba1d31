"""Conditions on what changed, for a build to fail on: `hits>0%`, `time>20%`, `total time>0.5s`.

    condition = ["total "] metric ">" growth
    metric    = "hits" | "calls" | "time" | "self" | "await" | "perhit"
    growth    = number "%"                            of the value before
              | number                                of hits or calls
              | number ("ns" | "us" | "ms" | "s")     of times

A condition holds if the metric grew by more than that, for any function that is in both profiles
or, with `total`, for all functions together, new and gone ones included. A number that was 0 before
and is not any more has grown by more than any percentage.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..errors import UsageError
from .diff import METRICS, Difference, amount, profile_amount
from .profile import FunctionKey

_COUNTS = ("hits", "calls")
_UNITS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}
_SYNTAX = re.compile(
    r"\s*(?P<total>total\s+)?(?P<metric>[a-z]+)\s*>\s*"
    r"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(?P<unit>%|[a-z]*)\s*",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A metric that may not grow by more than a limit."""

    text: str  # As it was written
    metric: str
    limit: float  # Percent if `relative`, else a count or ns
    relative: bool
    total: bool


@dataclass(frozen=True, slots=True)
class Growth:
    """A place where a condition holds."""

    condition: Condition
    function: FunctionKey | None  # None: all together
    before: float
    after: float  # Counts or ns


def parse(text: str) -> Condition:
    """The condition that the text is; UsageError if it is none."""
    match = _SYNTAX.fullmatch(text)
    if match is None:
        raise UsageError(f"not a condition such as 'hits>0%' or 'total time>20%': {text!r}")
    metric, unit = match["metric"], match["unit"]
    known = (*METRICS, "perhit")
    if metric not in known:
        raise UsageError(f"{text!r}: no metric {metric!r}, choose out of {', '.join(known)}")
    limit = float(match["number"])
    if not math.isfinite(limit):
        raise UsageError(f"{text!r}: not a finite number")
    if metric in _COUNTS:
        if unit not in ("%", ""):
            raise UsageError(f"{text!r}: {metric} are counted, there is no unit {unit!r}")
    elif unit != "%":
        if unit not in _UNITS:
            raise UsageError(f"{text!r}: a time needs one of %, {', '.join(_UNITS)}")
        limit *= _UNITS[unit]
    return Condition(text.strip(), metric, limit, unit == "%", match["total"] is not None)


def unchecked(conditions: Iterable[Condition], found: Difference) -> list[FunctionKey] | None:
    """The functions gone, which no condition can be held to; None if nothing can be checked."""
    measured = [change for change in found.functions if change.measured]
    if not all(profile_amount(side, "hits") for side in (found.before, found.after)):
        return None
    if all(condition.total for condition in conditions):
        return []
    if all(change.before is None or change.after is None for change in measured):
        return None
    return [change.key for change in measured if change.after is None]


def growths(condition: Condition, found: Difference) -> Iterator[Growth]:
    """Where the condition holds, in the order of the difference; noise does not grow."""
    metric = condition.metric
    if condition.total:
        before, after = (profile_amount(side, metric) for side in (found.before, found.after))
        if metric not in found.noise and _holds(condition, before, after):
            yield Growth(condition, None, before, after)
        return
    for change in found.functions:
        if change.before is not None and change.after is not None and metric not in change.noise:
            before, after = amount(change.before, metric), amount(change.after, metric)
            if _holds(condition, before, after):
                yield Growth(condition, change.key, before, after)


def _holds(condition: Condition, before: float, after: float) -> bool:
    if not condition.relative:
        return after - before > condition.limit
    # Not after / before: hits are exact, and so is this.
    return (after - before) * 100 > condition.limit * before
