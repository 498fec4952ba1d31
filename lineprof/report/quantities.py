"""How much a number changed, and what else both kinds of report say of a difference."""

from __future__ import annotations

from collections.abc import Iterator

from ..diff import Difference, LineChange
from ..errors import printable

MARKS = {"same": " ", "edited": "~", "moved": ">", "new": "+", "gone": "-"}
LEGEND = "~ edited, > moved, + new, - gone"


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
        yield f"Note: {counts[0]} runs added up before, {counts[1]} after."
