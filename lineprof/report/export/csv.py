"""Comma-separated values, one row for each measured line."""

import csv
import io

from ...model.profile import Profile
from ..columns import COLUMNS, Column
from ..rows import Row, rows


def encode(profile: Profile) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    columns = COLUMNS.values()
    writer.writerow(("file", "function", "line", *map(_heading, columns), "text"))
    for function in profile.functions:
        for row in rows(function, function.source):
            if row.line is not None:
                values = (_value(column, row) for column in columns)
                key = function.key
                writer.writerow((key.file, key.name, row.number, *values, row.text))
    return stream.getvalue().encode("utf-8", "replace")


def _heading(column: Column) -> str:
    name = column.name if column.parts else column.field
    return f"{name}_ns" if column.kind == "time" else name


def _value(column: Column, row: Row) -> object:
    value = column.of(row)
    if column.kind == "share":
        return "" if value is None else f"{value:.2f}"
    return value if column.parts else f"{value or 0:.1f}"
