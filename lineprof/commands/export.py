"""Profiles in the formats of other tools."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from ..errors import UsageError
from ..model.profile import Profile
from ..report.rows import select
from ..report.terminal.ansi import is_terminal
from .options import STDOUT, add_selection, count, keep, load_added, put

SUMMARY = "Write profiles in the format of another tool."
USAGE = "--format F [options] FILE... [-o OUT]"


class _Format(NamedTuple):
    module: str
    """Of lineprof.report; its encode(profile) gives the bytes of the file."""
    binary: bool
    about: str


FORMATS = {
    "pprof": _Format("pprof", True, "go tool pprof, Pyroscope, Parca and others (gzip)"),
    "callgrind": _Format("callgrind", False, "KCachegrind, callgrind_annotate, gprof2dot"),
    "pstats": _Format("pstats", True, "functions only: pstats, snakeviz, tuna, gprof2dot"),
    "speedscope": _Format("speedscope", False, "https://www.speedscope.app"),
    "collapsed": _Format("collapsed", False, "collapsed stacks, for flame graphs"),
    "json": _Format("json", False, "for programs: docs/format.md describes it"),
    "csv": _Format("csv", False, "one row for each measured line"),
    "markdown": _Format("markdown", False, "tables, for pull requests"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="what to export; several are added up"
    )
    parser.add_argument("-f", "--format", metavar="F", choices=tuple(FORMATS), help="see below")
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        default=STDOUT,
        help="file to write; - is standard output (default)",
    )
    parser.add_argument(
        "--top", type=count, metavar="N", help="only the N functions that took longest"
    )
    add_selection(parser)
    width = max(map(len, FORMATS))
    lines = [f"  {name:<{width}}  {entry.about}" for name, entry in FORMATS.items()]
    parser.epilog = "\n".join(["formats:", *lines])


def run(arguments: argparse.Namespace) -> int:
    if not arguments.files:
        raise UsageError("which FILE? none is given (see lineprof export --help)")
    if arguments.format is None:
        raise UsageError(f"which --format? one of: {', '.join(FORMATS)}")
    entry = FORMATS[arguments.format]
    to_stdout = arguments.output == STDOUT
    if to_stdout and entry.binary and is_terminal(sys.stdout):
        raise UsageError(f"{arguments.format} is no text for a terminal: name a file with -o")
    keep(arguments.files, None if to_stdout else arguments.output)
    profile = load_added(arguments.files)
    shown = selected(profile, arguments.filter, arguments.raw, arguments.top)
    data = encoder(arguments.format)(shown)
    put(data, arguments.output)
    return 0


def encoder(name: str) -> Callable[[Profile], bytes]:
    """What makes a file of this format; the module of it is loaded now."""
    module = import_module(f"lineprof.report.export.{FORMATS[name].module}")
    encode: Callable[[Profile], bytes] = module.encode
    return encode


def selected(profile: Profile, only: list[str], raw: bool, top: int | None = None) -> Profile:
    """The profile as it is to be shown: corrected unless `raw`, and without what is left out."""
    shown = profile if raw else profile.corrected()
    functions = select(shown, only=only, top=top)
    return Profile(shown.runs, tuple(functions), () if only or top else shown.threads)
