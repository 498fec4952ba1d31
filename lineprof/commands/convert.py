"""Profiles to files of line_profiler, and its files to ours."""

import argparse
import os
import sys

from ..errors import UsageError, printable
from ..files import line_profiler_pickle
from ..files.lprof import dumps
from ..files.whole_file import write
from ..report.output import write_text
from .options import add_files, load_added

SUMMARY = "Write profiles as a file that line_profiler reads, or as one of lineprof."
USAGE = "FILE... --to {line_profiler,lineprof} [-o OUT]"

WRITERS = {"line_profiler": line_profiler_pickle.dumps, "lineprof": dumps}
"""Names of formats, and what makes the contents of a file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    add_files(parser)
    option(
        "--to",
        metavar="FORMAT",
        choices=tuple(WRITERS),
        help="line_profiler: a pickle that line_profiler 3, 4 and 5 read, with the times that a "
        "listing shows; lineprof: a file of ours",
    )
    option(
        "-o",
        "--output",
        metavar="OUT",
        help="file to write (default: FILE with the format's name before its ending)",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.to is None and arguments.files:
        raise UsageError(f"--to which format? one of: {', '.join(WRITERS)}")
    profile = load_added(arguments.files)
    output = arguments.output
    if output is None:
        stem, ending = os.path.splitext(arguments.files[0])
        output = f"{stem}.{arguments.to}{ending or '.lprof'}"
    write(WRITERS[arguments.to](profile), output)
    write_text(sys.stdout, f"Wrote {printable(repr(output))}\n")
    return 0
