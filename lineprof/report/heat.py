"""How hot a share is: levels for colours, bars for where there are none."""

from __future__ import annotations

LEVELS = (0.05, 1.0, 5.0, 20.0, 50.0)
"""Percent from which on a share has level 1, 2, ... (what shows as 0.0 has level 0)."""

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def level(percent: float | None) -> int:
    """From 0, nothing to look at, to 5, at least half of all."""
    if percent is None:
        return 0
    return sum(percent >= limit for limit in LEVELS)


def bar(percent: float, width: int, unicode: bool = True) -> str:
    """A bar of which the whole `width` stands for 100 percent, without the space behind it."""
    share = min(max(percent, 0.0), 100.0) / 100 * width
    if not unicode:
        return "#" * round(share)
    full, eighth = divmod(round(share * 8), 8)
    return _EIGHTHS[8] * full + (_EIGHTHS[eighth] if eighth else "")
