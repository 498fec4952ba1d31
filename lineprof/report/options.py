"""What a listing shows, whatever it looks like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextOptions:
    """What a listing shows, and how."""

    unit: float | None = None
    """Seconds that times are shown in multiples of; None: nanoseconds."""
    skip_zero: bool = False
    """Leave out functions in which nothing was measured."""
    sort: bool | str = False
    """Functions by file, line and name; if True by ascending total time; or by a key, as
    `report.table.ordered` takes it."""
    details: bool = True
    """The lines of each function."""
    summarize: bool = False
    """One line per function at the end."""
    columns: tuple[str, ...] | None = None
    """Names out of COLUMNS; None: the classic ones, and await if anything was awaited."""
    widths: tuple[tuple[str, int], ...] = ()
    """Least widths of columns of the classic listing, by name or "line", wider than usual."""
    raw: bool = False
    """Times as measured, the profiler's own cost included."""
    top: int | None = None
    """Only so many functions, those that took longest."""
    min_percent: float = 0.0
    """Leave out functions that took less than this share of all time in profiled code, and
    lines that took less than this share of their function's."""
    filter: tuple[str, ...] = ()
    """Shell patterns, of which one must match the function's name or file."""


DEFAULTS = TextOptions()
