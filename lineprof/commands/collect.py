"""Results of runs that were ended before they could write them."""

import argparse
import sys

from ..errors import LineprofError, printable
from ..files.lprof import dumps
from ..files.whole_file import write
from ..model.profile import Profile
from ..processes.collect import collect_left
from ..processes.folder import RunFolder
from ..report.output import write_text

SUMMARY = "Make the profile of a run that was killed, from the folder it left behind."
USAGE = "FOLDER... [-o OUT]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folders",
        metavar="FOLDER",
        nargs="+",
        help="lineprof-... in the temporary folder; several are added up, and all stay",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        default="collected.lprof",
        help="file to write (default: collected.lprof)",
    )


def run(arguments: argparse.Namespace) -> int:
    profile = Profile.sum([_collected(folder) for folder in arguments.folders])
    write(dumps(profile), arguments.output)
    for fault in profile.faults:
        print(f"lineprof: {printable(fault)}", file=sys.stderr)
    write_text(sys.stdout, f"Wrote {printable(repr(arguments.output))}\n")
    return 0


def _collected(path: str) -> Profile:
    try:
        return collect_left(RunFolder.open(path))
    except (OSError, ValueError) as error:
        raise LineprofError(f"{path}: not the folder of a run: {error}") from None
