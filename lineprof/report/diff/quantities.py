"""How much a number changed, and what else both kinds of report say of a difference."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import printable
from ...model.diff import (
    Difference,
    FunctionChange,
    LineChange,
    amount,
    changed_lines,
    profile_amount,
)
from ..units import plural

MARKS = {"same": " ", "edited": "~", "moved": ">", "new": "+", "gone": "-"}
LEGEND = "~ edited, > moved, + new, - gone"
NOISE = 0.05
"""Times that differ by a smaller share than this say nothing, nor do they"""
WEIGHT = 0.005
"""if what they differ by is a smaller share than this of the function, or of all of them."""
MOST_FUNCTIONS = 25
"""How many functions are in sight at first."""
MOST_LINES = 10
"""How many of the lines that changed most are told before all others."""


def matters(before: float, after: float, whole: float = 0.0) -> bool:
    """Whether two times differ by more than noise; whole: what they are parts of."""
    return abs(after - before) > max(NOISE * before, WEIGHT * whole)


def changed_most(found: Difference) -> list[tuple[FunctionChange, LineChange]]:
    """Lines to be looked at first: noise is not among them."""
    whole = whole_of(found)
    return [
        (item, line)
        for item, line in changed_lines(found)
        if amount(line.before, "hits") != amount(line.after, "hits")
        or matters(amount(line.before, "self"), amount(line.after, "self"), whole)
    ][:MOST_LINES]


def whole_of(found: Difference) -> int:
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
    """Whether it has numbers on either side."""
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
    if counts[0] != counts[1] and all(counts):
        before, after = (plural(count, "run") for count in counts)
        yield f"Note: {before} before, {after} after; the hits and times of several are added up."
    for side, when in zip(sides, ("before", "after"), strict=True):
        if side.cut_short:
            yield f"Note: {when}: {side.cut_short}"
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
