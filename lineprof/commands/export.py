"""Profiles in the formats of other tools."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import NamedTuple

from ..errors import UsageError
from ..report.options import TextOptions
from ..report.output import is_terminal
from .options import (
    STDOUT,
    add_files,
    add_selection,
    count,
    keep,
    load_added,
    of_processes,
    put,
    selected,
)

SUMMARY = "Write profiles in the format of another tool."
USAGE = "--format F [options] FILE... [-o OUT]"


class _Format(NamedTuple):
    binary: bool
    about: str
    has_notes: bool = True  # It has a place for a word on the run


FORMATS = {
    "pprof": _Format(True, "go tool pprof, Pyroscope, Parca and others (gzip)"),
    "callgrind": _Format(False, "KCachegrind, callgrind_annotate, gprof2dot"),
    "pstats": _Format(True, "functions only: pstats, snakeviz, tuna, gprof2dot", has_notes=False),
    "speedscope": _Format(False, "https://www.speedscope.app"),
    "collapsed": _Format(False, "collapsed stacks, for flame graphs", has_notes=False),
    "json": _Format(False, "for programs: docs/format.md describes it"),
    "csv": _Format(False, "one row for each measured line", has_notes=False),
    "markdown": _Format(
        False, "tables, for pull requests: as many functions as fit a comment, or --top"
    ),
}
"""Each is a module of lineprof.report.export; its encode(profile) returns the bytes of the file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument("-f", "--format", metavar="F", choices=tuple(FORMATS), help="see below")
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        default=STDOUT,
        help="file to write; - is standard output (default)",
    )
    parser.add_argument(
        "--top", type=count, metavar="N", help="only the N functions that took longest, or all"
    )
    add_selection(parser)
    width = max(map(len, FORMATS))
    lines = [f"  {name:<{width}}  {entry.about}" for name, entry in FORMATS.items()]
    parser.epilog = "\n".join(["formats:", *lines])


def run(arguments: argparse.Namespace) -> int:
    if arguments.format is None and arguments.files:
        raise UsageError(f"which --format? one of: {', '.join(FORMATS)}")
    to_stdout = arguments.output == STDOUT
    binary = arguments.format and FORMATS[arguments.format].binary
    if to_stdout and binary and is_terminal(sys.stdout):
        raise UsageError(f"{arguments.format} is no text for a terminal: name a file with -o")
    keep(arguments.files, None if to_stdout else arguments.output)
    profile = of_processes(load_added(arguments.files), arguments)
    options = TextOptions(raw=arguments.raw, filter=tuple(arguments.filter), top=arguments.top)
    encode = encoder(arguments.format)
    if arguments.format == "markdown" and arguments.top is not None:
        encode = partial(encode, size=None)
    put(encode(selected(profile, options)), arguments.output)
    if profile.cut_short and not FORMATS[arguments.format].has_notes:
        print(f"lineprof: {profile.cut_short}", file=sys.stderr)
    return 0


def encoder(name: str) -> Callable[..., bytes]:
    module = import_module(f"lineprof.report.export.{name}")
    encode: Callable[..., bytes] = module.encode
    return encode
