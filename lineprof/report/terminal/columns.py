"""Columns of the table of one function on terminals: titles, units and cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...model.profile import Function, FunctionKey
from ...model.profile import Line as Numbers
from .. import units
from ..heat import level
from ..rows import Row
from .layout import View, unit_name
from .pieces import Piece
from .places import link_to


@dataclass(frozen=True, slots=True)
class Column:
    """One of them, its numbers in the unit that fits them all."""

    name: str
    title: str
    cell: Callable[[Row], Piece]


def columns_of(function: Function, table: Sequence[Row], view: View) -> list[Column]:
    """Those asked for, or the usual ones; the line's number first."""
    names = view.columns
    if names is None:
        names = ("hits", "time", "perhit", "percent")
        names += ("await",) if function.suspended else ()
    measured = [row.line for row in table if row.line is not None]
    number = Column("line", "Line", lambda row: _line_number(function.key, row.number, view))
    return [number, *(Column(name, *_MAKERS[name](measured, view)) for name in names)]


_Made = tuple[str, Callable[[Row], Piece]]
"""Title and cells."""


def _line_number(key: FunctionKey, number: int, view: View) -> Piece:
    return Piece(str(number), "number_column", link_to(key.file, number) if view.links else "")


def _self_column(measured: Sequence[Numbers], view: View) -> _Made:
    unit = view.unit or units.common_unit(line.self_time for line in measured)

    def cell(row: Row) -> Piece:
        if row.line is None:
            return Piece("")
        ns = row.line.self_time
        return Piece(units.number(ns, unit), "" if ns else "heat0")

    return f"Self {unit_name(unit, view)}", cell


def _await_column(measured: Sequence[Numbers], view: View) -> _Made:
    unit = view.unit or units.common_unit(line.suspended for line in measured)

    def cell(row: Row) -> Piece:
        if row.line is None or not row.line.suspended:
            return Piece("")
        return Piece(units.number(row.line.suspended, unit), "await")

    return f"Await {unit_name(unit, view)}", cell


def _time_column(measured: Sequence[Numbers], view: View) -> _Made:
    unit = view.unit or units.common_unit(line.total for line in measured)

    def cell(row: Row) -> Piece:
        if row.line is None:
            return Piece("")
        return Piece(units.number(row.line.total, unit), f"heat{level(row.percent)}")

    return f"Time {unit_name(unit, view)}", cell


def _per_hit_column(measured: Sequence[Numbers], view: View) -> _Made:
    unit = view.unit or units.typical_unit(line.per_hit for line in measured)
    text = units.number if view.unit else units.number_or_time

    def cell(row: Row) -> Piece:
        if row.line is None or not row.line.hits:
            return Piece("")
        return Piece(text(row.line.per_hit, unit), "" if level(row.percent) else "heat0")

    return f"Per Hit {unit_name(unit, view)}", cell


def _hits_column(measured: Sequence[Numbers], view: View) -> _Made:
    return "Hits", lambda row: Piece("" if row.line is None else units.count(row.line.hits))


def _calls_column(measured: Sequence[Numbers], view: View) -> _Made:
    return "Calls", lambda row: Piece("" if row.line is None else units.count(row.calls))


def _percent_column(measured: Sequence[Numbers], view: View) -> _Made:
    def cell(row: Row) -> Piece:
        heat = level(row.percent)
        style = f"block{heat}" if heat >= 3 else f"heat{heat}"
        return Piece(units.percent(row.percent), style)

    return "% Time", cell


_MAKERS: dict[str, Callable[[Sequence[Numbers], View], _Made]] = {
    "hits": _hits_column,
    "time": _time_column,
    "perhit": _per_hit_column,
    "percent": _percent_column,
    "self": _self_column,
    "await": _await_column,
    "calls": _calls_column,
}
