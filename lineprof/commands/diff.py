"""What changed between two profiles."""

import argparse
import os
import sys
from collections.abc import Iterator

from ..errors import UsageError, printable
from ..model.diff import Difference
from ..model.profile import Profile
from ..model.repeats import difference_of_runs
from ..model.thresholds import Condition, Growth, growths, parse, unchecked
from ..report.diff.compared import change, shows
from ..report.options import TextOptions
from ..report.output import write_lines, write_text
from ..report.terminal.ansi import terminal_for
from ..report.units import plural
from .options import (
    STDOUT,
    add_pager,
    add_selection,
    count,
    keep,
    of_processes,
    put,
    same_clock,
    selected,
)
from .progress import load_all

SUMMARY = "Compare profiles, line by line."
USAGE = "[options] BEFORE AFTER | BEFORE... --after AFTER... | FILE"
EXIT_GROWN = 3  # Exit status if a condition of --fail-if holds
EXIT_UNCHECKED = 4
"""Exit status if --fail-if has nothing to compare, or a function that --filter names is gone."""
MOST_TOLD = 20  # For how many functions a line says that a condition holds, those that grew most


def add_arguments(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option(
        "files",
        metavar="FILE",
        nargs="*",
        help="two profiles, BEFORE and AFTER; or one, which is compared with the older FILE.old",
    )
    option(
        "--after",
        metavar="FILE",
        nargs="+",
        default=[],
        help="several runs AFTER; the other FILEs are runs BEFORE. Averages are compared, and "
        "changes within the spread of the runs are marked as such",
    )
    option("--html", metavar="F", help="write a page to F; - is standard output")
    option("--json", metavar="F", help="write a JSON document to F; - is standard output")
    option("--top", type=count, metavar="N", help="lines of the N most changed functions only")
    option(
        "--fail-if",
        action="append",
        default=[],
        metavar="COND",
        help="exit with status 3 if COND holds, e.g. 'hits>0%%' or 'total time>20%%', and with 4 "
        "if there is nothing to compare or a function that --filter names is gone; may be repeated",
    )
    option(
        "--allow-missing",
        action="store_true",
        help="let --fail-if pass where functions are missing",
    )
    option("--plain", action="store_true", help="plain text, also on a terminal")
    add_pager(parser)
    add_selection(parser)
    parser.epilog = (
        "COND is [total] METRIC>GROWTH. METRIC is hits, calls, time, self, await or perhit;\n"
        "GROWTH is a percentage of what it was (20%), a count (100) or a time (5ms).\n"
        "It holds if any function's METRIC grew by more; with total, that of all together."
    )


def run(arguments: argparse.Namespace) -> int:
    before, after = _sides(arguments.files, arguments.after)
    conditions = [parse(text) for text in arguments.fail_if]
    if arguments.html == arguments.json == STDOUT:
        raise UsageError("--html and --json cannot both go to standard output")
    outputs = (arguments.html, arguments.json)
    keep([*before, *after], *(out for out in outputs if out != STDOUT))
    found = _difference(before, after, arguments)
    names = (_named(before), _named(after))
    if arguments.json is not None:
        from ..report.diff.json import encode

        put(encode(found), arguments.json)
    if arguments.html is not None:
        from ..report.diff.html import render as render_page

        page = render_page(found, names, arguments.top)
        put(page.encode("utf-8", "replace"), arguments.html)
    if STDOUT not in outputs:
        _print(found, names, arguments)
    told = [line for condition in conditions for line in _grown(condition, found)]
    missing = []
    if conditions and not arguments.allow_missing:
        missing = list(_unchecked(conditions, found, bool(arguments.filter)))
    for line in (*told, *missing):
        print(line, file=sys.stderr)
    return EXIT_GROWN if told else EXIT_UNCHECKED if missing else 0


def _sides(files: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    if after and files:
        return files, after
    if len(files) == 1:
        if not os.path.exists(f"{files[0]}.old"):
            raise UsageError(
                f"{files[0]} is compared with what? there is no {files[0]}.old; name two FILEs"
            )
        return [f"{files[0]}.old"], files
    if len(files) != 2 or after:
        raise UsageError("two FILEs are compared, BEFORE and AFTER (see lineprof diff --help)")
    return files[:1], files[1:]


def _named(files: list[str]) -> str:
    return files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"


def _print(found: Difference, names: tuple[str, str], arguments: argparse.Namespace) -> None:
    terminal = terminal_for(sys.stdout, False if arguments.plain else None)
    if terminal is None:
        from ..report.diff.text import render

        write_text(sys.stdout, render(found, names, arguments.top))
        return
    from ..report.diff.terminal import report
    from ..report.terminal.ansi import painter
    from ..report.terminal.layout import View

    paint = painter(terminal)
    view = View(terminal.width, terminal.glyphs, links=terminal.depth is not None)
    lines = (paint(line).rstrip() + "\n" for line in report(found, names, view, arguments.top))
    write_lines(sys.stdout, lines, terminal.height, pager=arguments.pager is not False)


def _difference(before: list[str], after: list[str], arguments: argparse.Namespace) -> Difference:
    files = [*before, *after]
    profiles = load_all(files)
    same_clock(files, profiles, "compared")
    options = TextOptions(raw=arguments.raw, filter=tuple(arguments.filter))
    shown: list[Profile] = [
        selected(of_processes(profile, arguments), options) for profile in profiles
    ]
    return difference_of_runs(shown[: len(before)], shown[len(before) :])


def _unchecked(conditions: list[Condition], found: Difference, named: bool) -> Iterator[str]:
    """Lines on what the conditions could not be held to; named: the user named the functions."""
    gone = unchecked(conditions, found)
    if gone is None:
        yield (
            "lineprof: --fail-if compared nothing: no function was measured in both "
            "(--allow-missing lets this pass)"
        )
    elif named:
        for key in gone[:MOST_TOLD]:
            yield printable(
                f"lineprof: {key.name} ({key.file}:{key.first_line}) is gone: --fail-if could not "
                "be held to it (--allow-missing lets this pass)"
            )


def _grown(condition: Condition, found: Difference) -> Iterator[str]:
    """A line for each place where the condition holds, what grew most first."""
    grown = sorted(growths(condition, found), key=lambda growth: growth.before - growth.after)
    yield from map(_told, grown[:MOST_TOLD])
    if left := grown[MOST_TOLD:]:
        yield f"lineprof: {condition.text}: {plural(len(left), 'more function')}"


def _told(growth: Growth) -> str:
    condition, key = growth.condition, growth.function
    show = shows(condition.metric, str)
    where = "all functions" if key is None else f"{key.name} ({key.file}:{key.first_line})"
    return printable(
        f"lineprof: {condition.text}: {where}: {show(growth.before)} -> {show(growth.after)} "
        f"({change(growth.before, growth.after)})"
    )
