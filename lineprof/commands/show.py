"""The annotated source listing, and what measures here."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence

from .._version import __version__
from ..errors import LineprofError, UsageError
from ..listing import CLASSIC_UNIT, write
from ..report.options import TextOptions
from ..report.text import CLASSIC, COLUMNS, TIMER_UNIT
from .options import add_selection, count, finite, load_added, percent

SUMMARY = "Show line profiles (.lprof files) as annotated source listings."
USAGE = "[options] FILE..."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="written by kernprof or lineprof; several are added up",
    )
    option = parser.add_argument
    option("-V", "--version", action="store_true", help="show the version and exit")
    option(
        "-v",
        "--verbose",
        action="store_true",
        help="with --version: show also what would measure here, and why",
    )
    option(
        "-u",
        "--unit",
        type=_unit,
        metavar="SECONDS",
        help=f"show times in multiples of this, e.g. 1e-3 for milliseconds (default: {CLASSIC_UNIT}"
        "; on a terminal what fits each column)",
    )
    option("-z", "--skip-zero", action="store_true", help="leave out functions never called")
    option(
        "-t",
        "--sort",
        action="store_true",
        help="functions by ascending total time (default: by file and line)",
    )
    option("-m", "--summarize", action="store_true", help="end with one line per function")
    option(
        "--columns",
        type=_columns,
        metavar="NAMES",
        help=f"comma-separated, out of: {', '.join(COLUMNS)} (default: {','.join(CLASSIC)}, "
        "and await if anything was awaited)",
    )
    option("--top", type=count, metavar="N", help="only the N functions that took longest")
    option(
        "--min-percent",
        type=percent,
        default=0.0,
        metavar="P",
        help="leave out functions below P percent of all profiled time, and lines below P percent "
        "of their function's",
    )
    looks = parser.add_mutually_exclusive_group()
    looks.add_argument(
        "-r",
        "--rich",
        action="store_true",
        default=None,
        help="in colour with a summary first, as on a terminal, also if the output is none",
    )
    looks.add_argument(
        "--plain",
        dest="rich",
        action="store_false",
        default=None,
        help="the classic listing, as into a file, also on a terminal",
    )
    add_selection(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.version:
        print(f"lineprof {__version__}")
        if arguments.verbose:
            print(*_how_it_measures(), sep="\n")
        return 0
    if not arguments.files:
        raise UsageError("which FILE? none is given (see lineprof --help)")
    options = TextOptions(
        unit=arguments.unit,
        skip_zero=arguments.skip_zero,
        sort=arguments.sort,
        summarize=arguments.summarize,
        columns=arguments.columns,
        raw=arguments.raw,
        top=arguments.top,
        min_percent=arguments.min_percent,
        filter=tuple(arguments.filter),
    )
    write(load_added(arguments.files), sys.stdout, options, arguments.rich)
    return 0


def _how_it_measures() -> Sequence[str]:
    """Lines that say which event source and clock a profiler would use here, and why."""
    try:
        from ..profiler import describe
    except ImportError as error:
        raise LineprofError(f"the C core cannot be loaded: {error}") from error
    return describe()


def _unit(text: str) -> float:
    unit = finite(text)
    if not (unit > 0 and math.isfinite(TIMER_UNIT / unit)):
        raise argparse.ArgumentTypeError(f"not a positive number of seconds: {text!r}")
    return unit


def _columns(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    for index, name in enumerate(names):
        if name not in COLUMNS:
            raise argparse.ArgumentTypeError(
                f"no column {name!r}: choose out of {', '.join(COLUMNS)}"
            )
        if name in names[:index]:
            raise argparse.ArgumentTypeError(f"column {name!r} is named twice")
    return names
