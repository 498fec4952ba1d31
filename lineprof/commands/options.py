"""What several commands share: types of options, and profiles from the files named."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from functools import reduce
from operator import add

from ..errors import LineprofError, UsageError
from ..files.stat_rows import named_alike
from ..files.whole_file import write
from ..model.profile import Profile
from ..report.listing import write_text, write_whole
from ..report.terminal.ansi import is_terminal
from ..report.terminal.pieces import literal
from .progress import load_all


def load_added(files: Sequence[str]) -> Profile:
    """What the files hold, added up; LineprofError if they cannot be."""
    profiles = load_all(files)
    clocks: dict[str, str] = {}
    for file, profile in zip(files, profiles, strict=True):
        for clock in clocks_of(profile):
            clocks.setdefault(clock, file)
    if len(clocks) > 1:
        (one, file), (other, other_file), *_ = clocks.items()
        raise LineprofError(
            f"{other_file}: holds {other} time and {file} holds {one} time, "
            "which cannot be added up"
        )
    return reduce(add, named_alike(profiles))


STDOUT = "-"
"""What names standard output where a file is asked for."""


def put(data: bytes, output: str) -> None:
    """Write a file, or to standard output if it is called so."""
    if output != STDOUT:
        write(data, output)
    elif is_terminal(sys.stdout):
        # The text is that of others, and must not steer the terminal.
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


def clocks_of(profile: Profile) -> list[str]:
    """Kinds of time the profile holds, "wall" or "cpu", as far as they are known."""
    kinds = dict.fromkeys(run.clock.partition("/")[0] for run in profile.runs)
    return [kind for kind in kinds if kind]


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Options --raw and --filter, as `raw` and `filter`."""
    parser.add_argument(
        "--raw",
        action="store_true",
        help="times as measured, the profiler's own cost included",
    )
    parser.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="GLOB",
        help="only functions whose name, file or path matches; may be repeated",
    )


def finite(text: str) -> float:
    """A type of option: a finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"not a finite number: {text!r}")
    return value


def percent(text: str) -> float:
    """A type of option: a number from 0 to 100."""
    value = finite(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"not from 0 to 100: {text!r}")
    return value


def count(text: str) -> int:
    """A type of option: a positive whole number."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"not a positive whole number: {text!r}")
    return int(text)
