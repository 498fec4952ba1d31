"""Comma-separated values, one row for each measured line."""

from __future__ import annotations

import csv
import io

from ...model.profile import Profile
from ..rows import rows

COLUMNS = (
    "file",
    "function",
    "line",
    "hits",
    "time_ns",
    "per_hit_ns",
    "percent",
    "self_ns",
    "await_ns",
    "calls",
    "text",
)


def encode(profile: Profile) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for function in profile.functions:
        for row in rows(function, function.source):
            line = row.line
            if line is not None:
                writer.writerow(
                    (
                        function.key.file,
                        function.key.name,
                        row.number,
                        line.hits,
                        line.total,
                        f"{line.per_hit:.1f}",
                        "" if row.percent is None else f"{row.percent:.2f}",
                        line.self_time,
                        line.suspended,
                        row.calls,
                        row.text,
                    )
                )
    return stream.getvalue().encode("utf-8", "replace")
