"""The annotated source listing; with --version, also what measures here."""

import argparse
import math
import os
import sys
from collections.abc import Sequence
from typing import Any

from .._version import __version__
from ..config import load_config, switch_value
from ..errors import LineprofError, UsageError
from ..report.columns import CLASSIC, COLUMNS, names_in
from ..report.listing import TIMER_UNIT
from ..report.options import TextOptions
from ..report.rows import SORTS, is_sort
from ..report.show import CLASSIC_UNIT, shortened, write
from .options import (
    add_files,
    add_pager,
    add_selection,
    count,
    finite,
    load_added,
    of_processes,
    percent,
)

SUMMARY = "Show line profiles (.lprof files) as annotated source listings."
USAGE = "[options] FILE..."


_SWITCH_ON: dict[str, Any] = {"action": "store_const", "const": True, "default": None}
_SWITCH_OFF: dict[str, Any] = {
    "action": "store_const",
    "const": False,
    "default": None,
    "help": argparse.SUPPRESS,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
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
    option("-z", "--skip-zero", **_SWITCH_ON, help="leave out functions never called")
    option(
        "-t",
        "--sort",
        **_SWITCH_ON,
        help="functions by ascending total time; or, followed by KEY or KEY:asc or KEY:desc, by "
        f"{', '.join(SORTS)} (default: by file and line)",
    )
    option("--sort-key", dest="sort", type=_sort, default=None, help=argparse.SUPPRESS)
    option("-m", "--summarize", **_SWITCH_ON, help="end with one line per function")
    option(
        "--columns",
        type=_columns,
        metavar="NAMES",
        help=f"comma-separated, out of: {', '.join(COLUMNS)} (default: {','.join(CLASSIC)}; "
        "on a terminal also await if anything was awaited)",
    )
    option("--top", type=count, metavar="N", help="only the N functions that took longest, or all")
    option(
        "--min-percent",
        type=percent,
        metavar="P",
        help="leave out functions below P percent of all profiled time, and lines below P percent "
        "of their function's",
    )
    looks = parser.add_mutually_exclusive_group()
    looks.add_argument(
        "-r",
        "--rich",
        action="store_const",
        const=None,
        help="in colour with a summary first: what a terminal gets anyway",
    )
    looks.add_argument("--no-rich", dest="rich", **_SWITCH_OFF)
    for name in ("skip_zero", "sort", "summarize"):
        option(f"--no-{name.replace('_', '-')}", dest=name, **_SWITCH_OFF)
    option(
        "-c",
        "--config",
        metavar="FILE",
        help="read defaults from FILE (default: the nearest lineprof.toml or pyproject.toml)",
    )
    option("--no-config", action="store_true", help="read no configuration")
    looks.add_argument(
        "--plain",
        dest="rich",
        action="store_false",
        default=None,
        help="the classic listing, as into a file, also on a terminal",
    )
    add_pager(parser)
    add_selection(parser)


def prepare(words: Sequence[str]) -> list[str]:
    """The words in a form that argparse understands.

    It would take the value of a switch (`--rich no`) or the key after `--sort` for a file.
    """
    made: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*made, word, *rest]
        name, equals, value = word.partition("=")
        bare = name.removeprefix("--no-").removeprefix("--")
        if name.startswith("--") and bare in _SWITCHES:
            word = _switch(name, bare, value if equals else None, rest)
        elif rest and _ends_in_sort(word) and is_sort(rest[0]) and not os.path.exists(rest[0]):
            made.append(word)
            word = f"--sort-key={rest.pop(0)}"
        made.append(word)
    return made


_SWITCHES = ("rich", "skip-zero", "sort", "summarize")


def _switch(name: str, bare: str, given: str | None, rest: list[str]) -> str:
    asks_key = name == "--sort" and given is None and rest and is_sort(rest[0])
    if asks_key and not os.path.exists(rest[0]):
        return f"--sort-key={rest.pop(0)}"
    try:
        on = switch_value(given, rest) != name.startswith("--no-")
    except ValueError as error:
        if name == "--sort":
            return f"--sort-key={given}"
        raise UsageError(f"argument {name}: {error}") from None
    return f"--{bare}" if on else f"--no-{bare}"


def _ends_in_sort(word: str) -> bool:
    return word[:1] == "-" and word[1:2] not in "-" and word.endswith("t")


def run(arguments: argparse.Namespace) -> int:
    if arguments.version:
        print(f"lineprof {__version__}")
        if arguments.verbose:
            print(*_how_it_measures(), sep="\n")
        return 0
    config = load_config(False if arguments.no_config else arguments.config)
    for problem in config.problems:
        print(f"lineprof: warning: {problem}", file=sys.stderr)
    stated = config.stated("cli")
    if not _can_sort(stated.get("sort", False)):
        key = stated.pop("sort")
        print(f"lineprof: warning: {config.path}: no key to sort by: {key!r}", file=sys.stderr)
    try:
        if columns := stated.pop("columns", None):
            stated["columns"] = names_in(",".join(columns))
    except ValueError as error:
        print(f"lineprof: warning: {config.path}: {error}", file=sys.stderr)

    def chosen(name: str, default: Any) -> Any:
        """What the command line says, or else the configuration."""
        given = getattr(arguments, name)
        return stated.get(name.replace("_", "-"), default) if given is None else given

    options = TextOptions(
        unit=chosen("unit", None),
        skip_zero=chosen("skip_zero", False),
        sort=chosen("sort", False),
        summarize=chosen("summarize", False),
        columns=chosen("columns", None),
        widths=tuple(config.stated("show.column_widths").items()),
        raw=arguments.raw,
        top=chosen("top", 0) or None,
        min_percent=chosen("min_percent", 0.0),
        filter=tuple(arguments.filter or stated.get("filter", ())),
    )
    profile = of_processes(load_added(arguments.files), arguments)
    options, note = shortened(profile, sys.stdout, options, arguments.rich)
    if note is not None:
        print(f"lineprof: {note}", file=sys.stderr)
    write(profile, sys.stdout, options, arguments.rich, pager=chosen("pager", True))
    return 0


def _how_it_measures() -> Sequence[str]:
    """Which event source and clock a profiler would use here, and why."""
    try:
        from ..measure.event_source import describe
    except ImportError as error:
        raise LineprofError(f"the C core cannot be loaded: {error}") from error
    return describe()


def _sort(text: str) -> str:
    if not is_sort(text):
        raise argparse.ArgumentTypeError(
            f"no key to sort by: {text!r}; choose out of {', '.join(SORTS)}, with :asc or :desc"
        )
    return text


def _can_sort(value: bool | str) -> bool:
    return isinstance(value, bool) or is_sort(value)


def _unit(text: str) -> float:
    unit = finite(text)
    if not (unit > 0 and math.isfinite(TIMER_UNIT / unit)):
        raise argparse.ArgumentTypeError(f"not a positive number of seconds: {text!r}")
    return unit


def _columns(text: str) -> tuple[str, ...]:
    try:
        return names_in(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
