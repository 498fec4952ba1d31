"""The profile as a JSON document for programs of others; docs/format.md says what is in it.

Unlike a .lprof file, it holds what a listing shows: corrected times, shares, and texts by line.
"""

import json
from dataclasses import asdict
from typing import Any

from ...model.profile import Edge, Function, Profile
from ..columns import COLUMNS
from ..rows import Row, rows

FORMAT = "lineprof-json"
VERSION = "1.0"


def encode(profile: Profile) -> bytes:
    return (json.dumps(document(profile), indent=1, allow_nan=False) + "\n").encode("ascii")


def document(profile: Profile) -> dict[str, Any]:
    """The document as plain values; times are those of the profile."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "unit": "ns",
        "runs": [asdict(run) for run in profile.runs],
        "total": sum(function.self_time for function in profile.functions),
        "functions": [_function(function) for function in profile.functions],
        "threads": [
            {"ident": thread.ident, "functions": [_function(f) for f in thread.functions]}
            for thread in profile.threads
        ],
    }


def _function(function: Function) -> dict[str, Any]:
    return {
        "name": function.key.name,
        "file": function.key.file,
        "line": function.key.first_line,
        "calls": function.calls,
        "hits": function.hits,
        "total": function.total,
        "self": function.self_time,
        "suspended": function.suspended,
        "lines": [_line(row) for row in rows(function, function.source)],
        "edges": [_edge(edge) for edge in function.edges],
    }


def _line(row: Row) -> dict[str, Any]:
    record: dict[str, Any] = {"line": row.number, "text": row.text}
    if row.line is not None:
        record |= {column.field: column.of(row) for column in COLUMNS.values()}
        record["per_hit"] = round(row.line.per_hit, 3)
        record["percent"] = None if row.percent is None else round(row.percent, 3)
    return record


def _edge(edge: Edge) -> dict[str, Any]:
    callee = {"name": edge.callee.name, "file": edge.callee.file, "line": edge.callee.first_line}
    return {"line": edge.line, "callee": callee, "calls": edge.calls, "total": edge.total}
