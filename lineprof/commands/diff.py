"""What changed between two profiles."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from ..errors import UsageError, printable
from ..model.diff import Difference, difference
from ..model.thresholds import Condition, Growth, compared, growths, parse
from ..report.diff.quantities import change
from ..report.options import TextOptions
from ..report.output import write_text
from ..report.terminal.ansi import terminal_for
from ..report.units import plural
from ..report.units import time as duration
from .options import STDOUT, add_selection, count, keep, put, same_clock, selected
from .progress import load_all

SUMMARY = "Compare two profiles, line by line."
USAGE = "[options] BEFORE AFTER"
EXIT_GROWN = 3
"""Exit status if a condition of --fail-if holds."""
MOST_TOLD = 20
"""Of how many functions it is told that a condition holds, those that grew most."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("files", metavar="FILE", nargs="*", help="two profiles, BEFORE and AFTER")
    option("--html", metavar="F", help="write a page to F; - is standard output")
    option("--json", metavar="F", help="write a JSON document to F; - is standard output")
    option("--top", type=count, metavar="N", help="lines of the N most changed functions only")
    option(
        "--fail-if",
        action="append",
        default=[],
        metavar="COND",
        help="exit with status 3 if COND holds, e.g. 'hits>0%%' or 'total time>20%%'; "
        "may be repeated",
    )
    option("--plain", action="store_true", help="plain text, also on a terminal")
    add_selection(parser)
    parser.epilog = (
        "COND is [total] METRIC>GROWTH. METRIC is hits, calls, time, self, await or perhit;\n"
        "GROWTH is a percentage of what it was (20%), a count (100) or a time (5ms).\n"
        "It holds if any function's METRIC grew by more; with total, that of all together."
    )


def run(arguments: argparse.Namespace) -> int:
    if len(arguments.files) != 2:
        raise UsageError("two FILEs are compared, BEFORE and AFTER (see lineprof diff --help)")
    conditions = [parse(text) for text in arguments.fail_if]
    if arguments.html == arguments.json == STDOUT:
        raise UsageError("--html and --json cannot both go to standard output")
    keep(arguments.files, *(out for out in (arguments.html, arguments.json) if out != STDOUT))
    found = _difference(arguments)
    names = (arguments.files[0], arguments.files[1])
    if arguments.json is not None:
        from ..report.diff.json import encode

        put(encode(found), arguments.json)
    if arguments.html is not None:
        from ..report.diff.html import render as render_page

        page = render_page(found, names, arguments.top)
        put(page.encode("utf-8", "replace"), arguments.html)
    if STDOUT not in (arguments.html, arguments.json):
        _print(found, names, arguments.top, plain=arguments.plain)
    if any(not condition.total for condition in conditions) and not compared(found):
        print(
            "lineprof: warning: no function was measured in both files, so --fail-if says nothing",
            file=sys.stderr,
        )
    told = [line for condition in conditions for line in _grown(condition, found)]
    for line in told:
        print(line, file=sys.stderr)
    return EXIT_GROWN if told else 0


def _print(found: Difference, names: tuple[str, str], top: int | None, *, plain: bool) -> None:
    terminal = terminal_for(sys.stdout, False if plain else None)
    if terminal is None:
        from ..report.diff.text import render

        write_text(sys.stdout, render(found, names, top))
        return
    from ..report.diff.terminal import report
    from ..report.terminal.ansi import painter
    from ..report.terminal.layout import View

    paint = painter(terminal)
    view = View(terminal.width, terminal.glyphs, links=terminal.depth is not None)
    for line in report(found, names, view, top):
        write_text(sys.stdout, paint(line).rstrip() + "\n")


def _difference(arguments: argparse.Namespace) -> Difference:
    before, after = profiles = load_all(arguments.files)
    same_clock(arguments.files, profiles, "compared")
    options = TextOptions(raw=arguments.raw, filter=tuple(arguments.filter))
    return difference(selected(before, options), selected(after, options))


def _grown(condition: Condition, found: Difference) -> Iterator[str]:
    """A line for each place where the condition holds, what grew most first; not for hundreds."""
    grown = sorted(growths(condition, found), key=lambda growth: growth.before - growth.after)
    yield from map(_told, grown[:MOST_TOLD])
    if left := grown[MOST_TOLD:]:
        yield f"lineprof: {condition.text}: {plural(len(left), 'more function')}"


def _told(growth: Growth) -> str:
    condition, key = growth.condition, growth.function
    show = str if condition.metric in ("hits", "calls") else duration
    where = "all functions" if key is None else f"{key.name} ({key.file}:{key.first_line})"
    return printable(
        f"lineprof: {condition.text}: {where}: {show(growth.before)} -> {show(growth.after)} "
        f"({change(growth.before, growth.after)})"
    )
