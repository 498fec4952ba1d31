"""What a report shows, whatever it looks like."""

from dataclasses import dataclass

from ..errors import UsageError


@dataclass(frozen=True, slots=True)
class TextOptions:
    """Which functions and columns, in which order and unit."""

    unit: float | None = None
    """Seconds that times are multiples of; None: nanoseconds, or what fits on a terminal."""
    skip_zero: bool = False  # Leave out functions in which nothing was measured
    sort: bool | str = False  # False: by file, line and name; else as `rows.ordered` takes it
    details: bool = True  # Show the lines of each function
    summarize: bool = False  # End with one line per function
    readable: bool = False
    """Give each function's time at the end in the unit that fits it, not in seconds."""
    columns: tuple[str, ...] | None = None  # Names from `columns.COLUMNS`; None: the usual ones
    widths: tuple[tuple[str, int], ...] = ()
    """Least widths of columns of the classic listing, by name or "line"."""
    raw: bool = False  # Show times as measured, the profiler's own cost included
    top: int | None = None  # Show only this many functions, those that took longest
    min_percent: float = 0.0
    """Leave out functions below this share of all profiled time, and lines below this share of
    their function's time."""
    filter: tuple[str, ...] = ()
    """Shell patterns; a function is shown if one matches its name or file."""

    def __post_init__(self) -> None:
        try:
            fits = self.unit is None or 0 < self.unit < float("inf")
        except TypeError:
            fits = False
        if not fits:
            raise UsageError(f"not a positive number of seconds: {self.unit!r}")

    @property
    def selects(self) -> bool:
        return self.top is not None or bool(self.filter or self.min_percent)


DEFAULTS = TextOptions()
