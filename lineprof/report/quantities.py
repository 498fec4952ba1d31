"""Numbers as people read them: times in a unit that fits, and how much changed."""

from __future__ import annotations

UNITS = (("s", 1e9), ("ms", 1e6), ("us", 1e3))


def duration(ns: float) -> str:
    """A time with three digits or so and its unit: "12.3 ms"; nanoseconds are whole."""
    for unit, size in UNITS:
        if abs(ns) >= 0.9995 * size:
            value = ns / size
            return f"{value:.0f} {unit}" if abs(value) >= 999.5 else f"{value:.3g} {unit}"
    return f"{ns:.0f} ns"


def change(before: float, after: float) -> str:
    """By how much a number changed: "+12.5%", "=" if it did not, "new" if it was 0."""
    if before == after:
        return "="
    if not before:
        return "new"
    percent = 100 * (after - before) / before
    return f"{percent:+.0f}%" if abs(percent) >= 999.5 else f"{percent:+.1f}%"
