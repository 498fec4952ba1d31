"""python -m lineprof: shows .lprof files. Only here do errors become a line and an exit status."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import sys
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import NoReturn

from ._version import __version__
from .errors import LineprofError, UsageError, printable
from .model import Profile
from .report.text import CLASSIC, COLUMNS, TIMER_UNIT, TextOptions, write
from .storage import load

DEFAULT_UNIT = 1e-6
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (None: those of the process); its exit status."""
    try:
        if sys.stdout is None:
            raise LineprofError("there is no standard output to write to")
        _run(argv)
        sys.stdout.flush()
    except LineprofError as error:
        return _failed(str(error), error.exit_code)
    except BrokenPipeError:
        # Whoever reads the listing has seen enough: head, or a pager that was left.
        _forget_output()
    except OSError as error:
        _forget_output()
        return _failed(f"cannot write the listing: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        _forget_output()
        return EXIT_INTERRUPTED
    return 0


def _run(argv: Sequence[str] | None) -> None:
    parser = _parser()
    arguments = parser.parse_intermixed_args(argv)
    if arguments.help:
        print(parser.format_help(), end="")
    elif arguments.version:
        print(f"lineprof {__version__}")
        if arguments.verbose:
            print(*_how_it_measures(), sep="\n")
    elif not arguments.files:
        parser.error("which FILE? none is given")
    else:
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
        write(_added(arguments.files), sys.stdout, options)


def _added(files: Sequence[str]) -> Profile:
    """What the files hold, added up."""
    profiles = [load(file) for file in files]
    clocks: dict[str, str] = {}
    for file, profile in zip(files, profiles, strict=True):
        for run in profile.runs:
            clocks.setdefault(run.clock.partition("/")[0], file)
    clocks.pop("", None)
    if len(clocks) > 1:
        (one, file), (other, other_file), *_ = clocks.items()
        raise LineprofError(
            f"{other_file}: holds {other} time and {file} holds {one} time, "
            "which cannot be added up"
        )
    return reduce(add, profiles)


def _how_it_measures() -> Sequence[str]:
    """Lines that say which event source and clock a profiler would use here, and why."""
    try:
        from .profiler import describe
    except ImportError as error:
        raise LineprofError(f"the C core cannot be loaded: {error}") from error
    return describe()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="lineprof",
        usage="python -m lineprof [options] FILE...",
        description="Show line profiles (.lprof files) as annotated source listings. "
        "Several files are added up.",
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("files", metavar="FILE", nargs="*", help="written by kernprof or lineprof")
    option = parser.add_argument
    option("-h", "--help", action="store_true", help="show this and exit")
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
        default=DEFAULT_UNIT,
        metavar="SECONDS",
        help="show times in multiples of this, e.g. 1e-3 for milliseconds (default: 1e-6)",
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
    option(
        "--raw",
        action="store_true",
        help="times as measured, the profiler's own cost included",
    )
    option("--top", type=_count, metavar="N", help="only the N functions that took longest")
    option(
        "--min-percent",
        type=_percent,
        default=0.0,
        metavar="P",
        help="leave out functions below P percent of all profiled time, and lines below P percent "
        "of their function's",
    )
    option(
        "--filter",
        action="append",
        default=[],
        metavar="GLOB",
        help="only functions whose name, file or path matches; may be repeated",
    )
    return parser


def _unit(text: str) -> float:
    unit = _float(text)
    if not (unit > 0 and math.isfinite(TIMER_UNIT / unit)):
        raise argparse.ArgumentTypeError(f"not a positive number of seconds: {text!r}")
    return unit


def _percent(text: str) -> float:
    percent = _float(text)
    if not 0 <= percent <= 100:
        raise argparse.ArgumentTypeError(f"not from 0 to 100: {text!r}")
    return percent


def _float(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"not a finite number: {text!r}")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"not a positive whole number: {text!r}")
    return int(text)


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


def _failed(message: str, status: int) -> int:
    # Without standard error there is nobody to tell.
    with contextlib.suppress(OSError, AttributeError):
        sys.stderr.write(f"lineprof: {printable(message)}\n")
    return status


def _forget_output() -> None:
    """Let what is still buffered go nowhere, or the interpreter complains of it at exit."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
