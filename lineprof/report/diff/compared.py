"""A number before and after, and what else every report says of a difference."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from ...errors import printable
from ...model.diff import (
    Difference,
    FunctionChange,
    LineChange,
    amount,
    changed_lines,
    profile_amount,
)
from ..columns import COLUMNS
from ..units import count, plural
from ..units import time as duration

MARKS = {"same": " ", "edited": "~", "moved": ">", "new": "+", "gone": "-"}
LEGEND = "~ edited, > moved, - gone, + new"
NOISE = 0.05  # A change of time by a smaller share than this is noise, and so is one
WEIGHT = 0.005  # by a smaller share than this of the function, or of all functions
MOST_FUNCTIONS = 25  # How many functions are in sight at first
MOST_LINES = 10  # How many of the lines that changed most come before all others


class Compared(NamedTuple):
    """The three cells of a metric, as text; empty where there is nothing to compare."""

    was: str
    now: str
    change: str  # In parentheses if it is within the spread of several runs
    mood: Literal["", "more", "less"]  # Which way it changed, if the change is worth a colour


def compared(
    item: FunctionChange | LineChange,
    metric: str,
    whole: float,
    count: Callable[[int], str] = count,
) -> Compared:
    """The cells of a function or line; whole: ns that its time is a part of."""
    before, after = (amount(side, metric) for side in (item.before, item.after))
    # Where the time does not matter, neither does what it is per hit.
    weighed = "time" if metric == "perhit" else metric
    heavy = matters(amount(item.before, weighed), amount(item.after, weighed), whole)
    changed = _change(metric, before, after, heavy, metric in item.noise)
    show = shows(metric, count)
    return Compared(
        "" if item.before is None else show(before),
        "" if item.after is None else show(after),
        *(("", "") if item.before is None or item.after is None else changed),
    )


def totals(
    found: Difference, count: Callable[[int], str] = count
) -> Iterator[tuple[str, Compared]]:
    for metric in ("hits", "time"):
        before, after = (profile_amount(side, metric) for side in (found.before, found.after))
        show, heavy = shows(metric, count), matters(before, after)
        changed = _change(metric, before, after, heavy, metric in found.noise)
        yield COLUMNS[metric].title, Compared(show(before), show(after), *changed)


def shows(metric: str, count: Callable[[int], str] = count) -> Callable[[float], str]:
    return duration if _is_time(metric) else lambda value: count(int(value))


def _change(
    metric: str, before: float, after: float, heavy: bool, noise: bool
) -> tuple[str, Literal["", "more", "less"]]:
    """The change and its mood; heavy: whether a time's change is worth a colour."""
    text = change(before, after)
    if before == after or noise or (_is_time(metric) and not heavy):
        return f"({text})" if noise and before != after else text, ""
    return text, "more" if after > before else "less"


def _is_time(metric: str) -> bool:
    return metric not in COLUMNS or COLUMNS[metric].kind == "time"


def matters(before: float, after: float, whole: float = 0.0) -> bool:
    """Whether two times differ by more than noise; whole: what they are parts of."""
    return abs(after - before) > max(NOISE * before, WEIGHT * whole)


def changed_most(found: Difference) -> list[tuple[FunctionChange, LineChange]]:
    whole = whole_of(found)
    return [
        (item, line)
        for item, line in changed_lines(found)
        if ("hits" not in line.noise and amount(line.before, "hits") != amount(line.after, "hits"))
        or (
            "self" not in line.noise
            and matters(amount(line.before, "self"), amount(line.after, "self"), whole)
        )
    ][:MOST_LINES]


def whole_of(found: Difference) -> float:
    """ns that all functions took, before or after."""
    return max(profile_amount(found.before, "time"), profile_amount(found.after, "time"))


def change(before: float, after: float) -> str:
    """By how much a number changed: "+12.5%", "=" if it did not, "new" if it was 0."""
    if before == after:
        return "="
    if not before:
        return "new"
    percent = 100 * (after - before) / before
    if abs(percent) < 0.05:
        # Counts are exact: the smallest change is one.
        small = "+<0.01%" if percent > 0 else "-<0.01%"
        return f"{percent:+.2f}%" if abs(percent) >= 0.005 else small
    return f"{percent:+.0f}%" if abs(percent) >= 999.5 else f"{percent:+.1f}%"


def is_measured(line: LineChange) -> bool:
    return line.before is not None or line.after is not None


def remarks(found: Difference) -> Iterator[str]:
    """What a reader should know of the two runs, each a sentence."""
    sides = (found.before, found.after)
    pythons = [{run.python for run in side.runs if run.python} for side in sides]
    if all(pythons) and pythons[0] != pythons[1]:
        before, after = (", ".join(sorted(map(printable, names))) for names in pythons)
        yield (
            f"Note: Python {before} before, {after} after; versions differ a little in which "
            "lines they count."
        )
    counts = [len(side.runs) for side in sides]
    for side, when in zip(sides, ("before", "after"), strict=True):
        if side.cut_short:
            yield f"Note: {when}: {side.cut_short}"
    if found.repeats != (1, 1):
        before, after = (plural(count, "run") for count in found.repeats)
        yield (
            f"Note: averages of {before} before and {after} after; a change in parentheses is "
            "within their spread."
        )
    elif counts[0] != counts[1] and all(counts):
        before, after = (plural(count, "run") for count in counts)
        yield f"Note: {before} before, {after} after; the hits and times of several are added up."
    yield from _about_units(found)
    for side, when in zip(sides, ("before", "after"), strict=True):
        if not any(function.hits for function in side.functions):
            yield f"Note: nothing was measured {when}."


def _about_units(found: Difference) -> Iterator[str]:
    # Files of line_profiler say nothing of a run but what its times are multiples of.
    before, after = (
        {run.tick for run in side.runs if not (run.lineprof or run.python)}
        for side in (found.before, found.after)
    )
    if before and after:
        if before != after:
            yield (
                f"Note: times are multiples of {_seconds(before)} before, {_seconds(after)} after; "
                "they are converted."
            )
    elif before or after:
        yield (
            f"Note: times {'before' if before else 'after'} are line_profiler's, multiples of "
            f"{_seconds(before or after)}; they are converted, and its own cost is in them."
        )


def _seconds(units: set[float]) -> str:
    return " and ".join(f"{unit:g} s" for unit in sorted(units))
