"""The columns of a line's numbers, declared once for listings, tables, pages and exports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from ..model.profile import Line
from . import units
from .rows import Row
from .units import Unit


@dataclass(frozen=True, slots=True)
class Column:
    """What stands between a line's number and its text, aligned to the right."""

    name: str  # What users type
    title: str
    kind: Literal["count", "time", "share"]
    field: str  # Its key in JSON documents
    width: int  # Least width in the classic listing
    value: Callable[[Row, Line], float | None]
    """A count, ns, or percent; None if there is nothing to show."""
    help: str
    parts: bool = True  # Whether its times are parts of one whole: others may be far apart

    def of(self, row: Row) -> float | None:
        """The row's value; None also for a line that was not measured."""
        return None if row.line is None else self.value(row, row.line)

    def text(self, row: Row) -> str:
        value = self.of(row)
        if value is None:
            return ""
        if self.kind == "count":
            return units.count(int(value))
        return units.time(value) if self.kind == "time" else units.percent(value)

    def in_table(
        self, table: Iterable[Row], asked: Unit | None
    ) -> tuple[Unit | None, Callable[[Row], str]]:
        """The unit in the column's title, None for no times, and what makes the cells.

        asked: the unit to use; by default the one that fits the times of the table.
        """
        if self.kind != "time":
            return None, self.text
        times = [value for row in table if (value := self.of(row)) is not None]
        unit = asked or (units.common_unit if self.parts else units.typical_unit)(times)
        show = units.number if asked or self.parts else units.number_or_time

        def cell(row: Row) -> str:
            value = self.of(row)
            return "" if value is None else show(value, unit)

        return unit, cell


_ALL = (
    Column(
        *("hits", "Hits", "count", "hits", 9, lambda row, line: line.hits),
        "How often execution arrived at the line",
    ),
    Column(
        *("time", "Time", "time", "total", 12, lambda row, line: line.total),
        "Time from arriving at the line to leaving it, everything called from it included",
    ),
    Column(
        *("perhit", "Per Hit", "time", "per_hit", 8),
        lambda row, line: line.per_hit if line.hits else None,
        "Time divided by hits",
        parts=False,
    ),
    Column(
        *("percent", "% Time", "share", "percent", 8, lambda row, line: row.percent),
        "Share of the function's time",
    ),
    Column(
        *("self", "Self", "time", "self", 12, lambda row, line: line.self_time),
        "The part of Time not spent inside other profiled functions",
    ),
    Column(
        *("await", "Await", "time", "suspended", 12, lambda row, line: line.suspended),
        "How long the function was suspended at this line",
    ),
    Column(
        *("calls", "Calls", "count", "calls", 9, lambda row, line: row.calls),
        "Calls of profiled functions from this line",
    ),
)
COLUMNS = {column.name: column for column in _ALL}

CLASSIC = ("hits", "time", "perhit", "percent")  # The columns that line_profiler has


def usual(waited: bool) -> tuple[str, ...]:
    """What is shown where nobody chose columns; waited: whether anything was suspended."""
    return (*CLASSIC, "await") if waited else CLASSIC


def names_in(text: str) -> tuple[str, ...]:
    """The columns that a comma-separated list names; ValueError says what is wrong with it."""
    names = tuple(name.strip() for name in text.split(","))
    for index, name in enumerate(names):
        if name not in COLUMNS:
            raise ValueError(f"no column {name!r}: choose from {', '.join(COLUMNS)}")
        if name in names[:index]:
            raise ValueError(f"column {name!r} is named twice")
    return names
