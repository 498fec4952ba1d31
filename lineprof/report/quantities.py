"""How much a number changed, as people read it."""

from __future__ import annotations


def change(before: float, after: float) -> str:
    """By how much a number changed: "+12.5%", "=" if it did not, "new" if it was 0."""
    if before == after:
        return "="
    if not before:
        return "new"
    percent = 100 * (after - before) / before
    return f"{percent:+.0f}%" if abs(percent) >= 999.5 else f"{percent:+.1f}%"
