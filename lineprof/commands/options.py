"""What several commands share: types of options, profiles from the named files, output."""

import argparse
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from ..errors import LineprofError, UsageError
from ..files.stat_rows import named_alike
from ..files.whole_file import write
from ..model.profile import Profile
from ..model.single_processes import BY, of_process, side_by_side
from ..report.options import TextOptions
from ..report.output import is_terminal, write_text, write_whole
from ..report.rows import chosen
from ..report.terminal.pieces import literal
from .progress import load_all


def load_added(files: Sequence[str]) -> Profile:
    """The sum of the files; LineprofError if they cannot be added up."""
    if not files:
        raise UsageError("which FILE? none is given (see --help)")
    profiles = load_all(files)
    same_clock(files, profiles, "added up")
    return Profile.sum(named_alike(profiles))


def same_clock(files: Sequence[str], profiles: Sequence[Profile], verb: str) -> None:
    """LineprofError if the files hold different kinds of time, which cannot be <verb>."""
    clocks: dict[str, str] = {}
    for file, profile in zip(files, profiles, strict=True):
        for clock in (run.clock.partition("/")[0] for run in profile.runs):
            if clock:
                clocks.setdefault(clock, file)
    if len(clocks) > 1:
        (one, file), (other, other_file), *_ = clocks.items()
        raise LineprofError(
            f"{other_file}: holds {other} time and {file} holds {one} time, which cannot be {verb}"
        )


def selected(profile: Profile, options: TextOptions) -> Profile:
    shown, functions = chosen(profile, options)
    if options.selects:
        return Profile(shown.runs, tuple(functions))
    return replace(shown, functions=tuple(functions))


def of_processes(profile: Profile, arguments: argparse.Namespace) -> Profile:
    """The profile as --process and --by want it; LineprofError if it has no such processes."""
    if arguments.process is not None:
        profile = of_process(profile, arguments.process)
    return profile if arguments.by is None else side_by_side(profile, arguments.by)


STDOUT = "-"  # The name of standard output where a file is asked for


def put(data: bytes, output: str) -> None:
    """Write a file, or to standard output if that is its name."""
    if output != STDOUT:
        write(data, output)
    elif is_terminal(sys.stdout):
        # The text holds that of others, which must not steer the terminal.
        lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        write_text(sys.stdout, "\n".join(map(literal, lines)))
    elif hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        write_whole(sys.stdout.buffer, data)
    else:  # of a program's own, such as io.StringIO
        sys.stdout.write(data.decode("utf-8", "replace"))


def keep(files: Sequence[str], *outputs: str | None) -> None:
    """UsageError if an output would replace one of the profiles that are read."""
    for output in outputs:
        for file in files:
            if output is not None and _is_same(output, file):
                raise UsageError(f"{output}: is read, and would be replaced: name another file")


def _is_same(output: str, file: str) -> bool:
    try:
        return os.path.samefile(output, file)
    except (OSError, ValueError):
        return False


def add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--raw", action="store_true", help="times as measured, the profiler's own cost included"
    )
    parser.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="GLOB",
        help="only functions whose name, file or path matches; may be repeated",
    )
    parser.add_argument(
        "--process",
        metavar="NAME",
        help="of a program of many processes, only those with this number or label",
    )
    parser.add_argument(
        "--by", choices=BY, help="functions of each process, or host, by themselves: no sums"
    )


def add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="written by kernprof or lineprof; several are added up",
    )


def add_pager(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-pager",
        dest="pager",
        action="store_false",
        default=None,
        help="write to the terminal also what is longer than its screen",
    )


def finite(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"not a finite number: {text!r}")
    return value


def percent(text: str) -> float:
    value = finite(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"not from 0 to 100: {text!r}")
    return value


def count(text: str) -> int:
    """A type of option: a positive whole number, or "all"."""
    if text == "all":
        return sys.maxsize
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"not a positive whole number: {text!r}")
    return int(text)
