"""Tables in Markdown, for pull requests and the like: functions, then the lines of each."""

from __future__ import annotations

import os
import re

from ..errors import printable
from ..model import Function, Profile
from .table import is_unused, rows
from .units import time as duration


def encode(profile: Profile) -> bytes:
    functions = sorted(profile.functions, key=lambda f: (-f.total, f.key))
    used = [function for function in functions if not is_unused(function)]
    if not used:
        return b"Nothing was measured.\n"
    parts = [_overview(used), *map(_function, used)]
    return "\n".join(parts).encode("utf-8", "replace")


def code(text: str) -> str:
    """The text as a code span in a cell of a table."""
    text = printable(text.replace("\t", "    "))
    indent = len(text) - len(text.lstrip(" "))
    # Leading blanks of a code span are lost in HTML, no-break spaces are not.
    text = "\N{NO-BREAK SPACE}" * indent + text[indent:].rstrip()
    if not text:
        return ""
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    # A bar ends the cell, also in a code span, unless it is escaped.
    return f"{ticks}{space}{text}{space}{ticks}".replace("|", "\\|")


def _overview(functions: list[Function]) -> str:
    lines = ["| Function | Calls | Time | Self |", "| :--- | ---: | ---: | ---: |"]
    lines += [
        f"| {code(function.key.name)} | {function.calls} | {duration(function.total)} "
        f"| {duration(function.self_time)} |"
        for function in functions
    ]
    return "\n".join([*lines, ""])


def _function(function: Function) -> str:
    key = function.key
    where = f"{os.path.basename(key.file)}:{key.first_line}"
    lines = [
        f"**{code(key.name)}** ({code(where)}), {duration(function.total)}",
        "",
        "| Line | Hits | Time | Per Hit | % Time | Code |",
        "| ---: | ---: | ---: | ---: | ---: | :--- |",
    ]
    for row in rows(function, function.source):
        if row.line is not None:
            percent = "" if row.percent is None else f"{row.percent:.1f}"
            lines.append(
                f"| {row.number} | {row.line.hits} | {duration(row.line.total)} "
                f"| {duration(row.line.per_hit)} | {percent} | {code(row.text)} |"
            )
    return "\n".join([*lines, ""])
