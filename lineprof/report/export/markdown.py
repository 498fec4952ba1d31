"""Tables in Markdown for pull requests: hottest lines, functions, and the lines of each."""

import math
import os
import re
from html import escape

from ...errors import printable
from ...model.profile import Function, FunctionKey, Profile
from ..columns import CLASSIC, COLUMNS
from ..command_line import command_line
from ..rows import hottest, is_unused, notes, rows
from ..units import count, percent, plural
from ..units import time as duration

COMMENT = 65_000  # Bytes that a comment on a pull request may have, nearly
LONGEST = 200  # Characters of a text that are shown: one long line makes every row of a table high


def encode(profile: Profile, size: int | None = COMMENT) -> bytes:
    """The tables; of functions those that took longest, as many as fit `size` (None: all)."""
    functions = sorted(profile.functions, key=lambda f: (-f.total, f.key))
    used = [function for function in functions if not is_unused(function)]
    if not used:
        return "\n\n".join([*notes(profile, used), ""]).encode("utf-8", "replace")
    whole = sum(function.self_time for function in used)
    head = [_heading(profile, whole), _hottest_lines(used, whole)]
    table: list[str] = list(_OVERVIEW)
    details: list[str] = []
    left = math.inf if size is None else size - _bytes([*head, *table, _rest(used, whole)])
    for function in used:
        row, lines = _overview(function), _function(function)
        if details and _bytes([row, lines]) > left:
            break
        table.append(row)
        details.append(lines if _bytes([row, lines]) <= left else "")
        left -= _bytes([row, details[-1]])
    rest = used[len(details) :]
    parts = [*head, "\n".join([*table, ""]), *details, _rest(rest, whole) if rest else ""]
    return "\n".join(filter(None, parts)).encode("utf-8", "replace")


def _bytes(parts: list[str]) -> int:
    return len("\n".join([*parts, ""]).encode("utf-8", "replace"))


def _rest(functions: list[Function], whole: int) -> str:
    own = 100 * sum(function.self_time for function in functions) / max(1, whole)
    return (
        f"*{plural(len(functions), 'more function')}, with {own:.1f} % of the time, left out: "
        "`--top` says how many to show.*\n"
    )


def code(text: str) -> str:
    # A bar ends the cell, also in a code span, unless it is escaped.
    return _span(text).replace("|", "\\|")


def _span(text: str) -> str:
    text = printable(text[:LONGEST].replace("\t", "    ")) + "…" * (len(text) > LONGEST)
    indent = len(text) - len(text.lstrip(" "))
    # Leading blanks of a code span are lost in HTML, no-break spaces are not.
    text = "\N{NO-BREAK SPACE}" * indent + text[indent:].rstrip()
    if not text:
        return ""
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _heading(profile: Profile, whole: int) -> str:
    facts = [f"**{duration(whole)} in profiled code**"]
    if len(profile.runs) == 1:
        run = profile.runs[0]
        facts += [f"ran {duration(run.duration)}"] if run.duration else []
        facts += [_span(command_line(run.argv))] if run.argv else []
        facts += [f"Python {printable(run.python)}"] if run.python else []
    elif profile.runs:
        facts.append(plural(len(profile.runs), "run"))
    note = f"\n**{escape(printable(profile.cut_short))}**\n" if profile.cut_short else ""
    return " · ".join(facts) + "\n" + note


def _hottest_lines(functions: list[Function], whole: int) -> str:
    hot = hottest(functions, whole)
    if not hot:
        return ""
    lines = ["| Hottest lines | % | Self | Hits | Code |", "| :--- | ---: | ---: | ---: | :--- |"]
    lines += [
        f"| {code(_where(item.function.key, item.line.number))} | {percent(item.percent)} "
        f"| {duration(item.line.self_time)} | {count(item.line.hits)} | {code(item.text)} |"
        for item in hot
    ]
    return "\n".join([*lines, ""])


_OVERVIEW = ("| Function | Calls | Time | Self |", "| :--- | ---: | ---: | ---: |")


def _overview(function: Function) -> str:
    return (
        f"| {code(function.key.name)} | {count(function.calls)} | {duration(function.total)} "
        f"| {duration(function.self_time)} |"
    )


def _function(function: Function) -> str:
    key = function.key
    name, where = (
        f"<code>{escape(printable(text))}</code>"
        for text in (key.name, _where(key, key.first_line))
    )
    columns = [COLUMNS[name] for name in CLASSIC]
    lines = [
        # A page shows only this line until it is pressed.
        f"<details><summary>{name} ({where}), {duration(function.total)}</summary>",
        "",
        f"| Line | {' | '.join(column.title for column in columns)} | Code |",
        f"| ---: |{' ---: |' * len(columns)} :--- |",
    ]
    for row in rows(function, function.source):
        if row.line is not None:
            cells = (column.text(row) for column in columns)
            lines.append(f"| {row.number} | {' | '.join(cells)} | {code(row.text)} |")
    return "\n".join([*lines, "", "</details>", ""])


def _where(key: FunctionKey, number: int) -> str:
    return f"{os.path.basename(key.file)}:{number}"
