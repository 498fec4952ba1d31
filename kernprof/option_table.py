"""The options of kernprof: each stands in one place, which is here.

From it come the parser, `--help`, the key in the configuration, the completions of shells and the
test of the documentation. A class has the options that one part of kernprof is given.
"""

import math
import sys
from argparse import ArgumentTypeError
from dataclasses import dataclass

from kernprof.options import Option, option, options_of


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ArgumentTypeError(f"not a number: {text!r}") from None
    if not math.isfinite(value):
        raise ArgumentTypeError(f"not a finite number: {text!r}")
    return value


def _positive(text: str) -> float:
    value = _number(text)
    if value <= 0:
        raise ArgumentTypeError(f"not above 0: {text!r}")
    return value


def _seconds(text: str) -> float:
    value = _number(text)
    if value < 0:
        raise ArgumentTypeError(f"below 0: {text!r}")
    return value


def _percent(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 100:
        raise ArgumentTypeError(f"not from 0 to 100: {text!r}")
    return value


def _count(text: str) -> int:
    if text == "all":
        return sys.maxsize
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise ArgumentTypeError(f"not a positive whole number: {text!r}")
    return int(text)


def _columns(text: str) -> tuple[str, ...]:
    from lineprof.report.columns import names_in

    try:
        return names_in(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _sort(text: str) -> str:
    from lineprof.report.rows import SORTS, is_sort

    if not is_sort(text):
        raise ArgumentTypeError(f"no key to sort by: {text!r}; choose from {', '.join(SORTS)}")
    return text


@dataclass(frozen=True, slots=True)
class Measuring:
    """What measures, and with which clock."""

    line_by_line: bool = option(
        "-l",
        "--line-by-line",
        help="profile the lines of decorated functions; implies -b",
        configured=True,
    )
    builtin: bool = option(
        "-b",
        "--builtin",
        help="put `profile` into builtins; without -l only decorated functions are profiled",
        configured=True,
    )
    clock: str = option(
        "--clock",
        default="wall",
        help="what times measure: wall (default) or cpu, the CPU time of the thread",
        kind="value",
        metavar="wall|cpu",
        choices=("wall", "cpu"),
        configured=True,
    )


@dataclass(frozen=True, slots=True)
class Choosing:
    """Which functions are measured without being decorated."""

    targets: tuple[str, ...] = option(
        "-p",
        "--prof-mod",
        default=(),
        help="with -l: profile these modules, packages, files or functions without decorating "
        "them: pkg.mod, pkg.mod:Class.method, path/to/file.py, patterns; comma-separated, may be "
        "repeated; an empty TARGET forgets those before it",
        kind="values",
        metavar="TARGET",
        lines_only=True,
        configured=True,
    )
    own_code: bool = option(
        "--all",
        help="with -l: profile all functions in the program's folder and below, except what is "
        "installed",
        lines_only=True,
        configured=True,
    )
    module_level: bool = option(
        "--module-level",
        help="with -l: profile the top level of the program, and of modules chosen as a whole",
        lines_only=True,
        configured=True,
    )
    nested: bool = option(
        "--nested",
        help="of chosen functions also profile comprehensions, generator expressions and class "
        "bodies",
        lines_only=True,
        configured=True,
    )
    preimports: bool = option(
        "--preimports",
        default=True,
        help="import the targets before the program runs, so that all their functions are listed "
        "(default; --no-preimports leaves imports to the program)",
        configured=True,
    )
    import_targets: bool = option(
        "--prof-imports",
        help="if the program is a target, what it imports at its top level is one, too",
        lines_only=True,
        configured=True,
    )


@dataclass(frozen=True, slots=True)
class Writing:
    """Where results go, and when."""

    outfile: str = option(
        "-o",
        "--outfile",
        default="",
        help="write results to FILE (default: program's name + .lprof, or .prof without -l)",
        kind="value",
        metavar="FILE",
        configured=True,
    )
    format: str = option(
        "--format",
        default="",
        help="of the results: lineprof (default), or line_profiler, whose tools read it",
        kind="value",
        metavar="FORMAT",
        choices=("lineprof", "line_profiler"),
        lines_only=True,
        configured=True,
    )
    interval: float = option(
        "-i",
        "--output-interval",
        default=0.0,
        help="also write results every SECONDS while the program runs (without a number: 1; 0: "
        "off)",
        kind="optional",
        metavar="SECONDS",
        convert=_seconds,
        bare=1.0,
        configured=True,
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """How results are shown."""

    live: bool = option(
        "--live",
        help="show the numbers on the terminal while the program runs (with -l; ? there for help)",
    )
    unit: float | None = option(
        "-u",
        "--unit",
        default=None,
        help="unit of the times shown by -v (default 1e-6, on a terminal what fits)",
        kind="value",
        metavar="SECONDS",
        convert=_positive,
        configured=True,
    )
    skip_zero: bool = option(
        "-z", "--skip-zero", help="hide functions that were never called", configured=True
    )
    summarize: bool = option(
        "--summarize", help="end the results with one line per function", configured=True
    )
    top: int | None = option(
        "--top",
        default=None,
        help="with -v: only the N functions that took longest, or all",
        kind="value",
        metavar="N",
        convert=_count,
        configured=True,
    )
    filter: tuple[str, ...] = option(
        "--filter",
        default=(),
        help="with -v: only functions whose name, file or path matches; may be repeated",
        kind="values",
        metavar="GLOB",
        configured=True,
    )
    min_percent: float = option(
        "--min-percent",
        default=0.0,
        help="with -v: no functions below P percent of all profiled time, and no lines below P "
        "percent of their function's",
        kind="value",
        metavar="P",
        convert=_percent,
        configured=True,
    )
    sort: bool | str = option(
        "--sort",
        help="with -v: functions by ascending total time; or by KEY, KEY:asc, KEY:desc, as "
        "python -m lineprof --sort has them",
        kind="optional",
        metavar="KEY",
        convert=_sort,
        bare=True,
        configured=True,
    )
    columns: tuple[str, ...] | None = option(
        "--columns",
        default=None,
        help="with -v: these columns, comma-separated, as python -m lineprof --columns has them",
        kind="value",
        metavar="NAMES",
        convert=_columns,
        configured=True,
    )
    pager: bool = option(
        "--pager",
        default=True,
        help="with -v: a pager shows what is longer than the screen (--no-pager: none does)",
        configured=True,
    )
    rich: bool = option(
        "-r", "--rich", help="what -v does on a terminal anyway (line_profiler's)", configured=True
    )
    plain: bool = option("--plain", help="-v without colours, as into a file, also on a terminal")
    widths: tuple[tuple[str, int], ...] = ()
    """Least widths of columns, by name; from the configuration."""


@dataclass(frozen=True, slots=True)
class Messages:
    """What kernprof says, and what of the program is heard."""

    verbose: int = option(
        "-v",
        "--verbose",
        "--view",
        default=0,
        help="show the results at the end; -vv: also say what is done, step by step",
        kind="count",
        configured=True,
    )
    quiet: int = option(
        "-q",
        "--quiet",
        default=0,
        help="no messages; -qq: nor the program's output; -qqq: nor its errors",
        kind="count",
    )
    step_by_step: bool = False  # Say what is done, as with -vv, whatever the level

    @property
    def level(self) -> int:
        """1 shows results, 0 has messages, -1 only faults, -2 drops stdout, -3 stderr."""
        return self.verbose - self.quiet


@dataclass(frozen=True, slots=True)
class Running:
    """What is run before the program, and whether that runs."""

    setup: str = option(
        "-s",
        "--setup",
        default="",
        help="run FILE first, unprofiled (for slow imports)",
        kind="value",
        metavar="FILE",
        configured=True,
    )
    processes: bool = option(
        "--processes",
        default=True,
        help="with -l: also profile the processes that the program starts or forks (default: yes)",
        lines_only=True,
        configured=True,
    )
    command: bool = option(
        "--exec",
        help="with -l: the program is a command of any kind, as mpirun, make or a shell script; "
        "the Python programs that it runs are profiled",
        lines_only=True,
    )
    dry_run: bool = False  # Do all but run the program and write results


_OF_PROGRAM = (
    Option("module", ("-m",), "run a module or package as a program", "program", metavar="MODULE"),
    Option("code", ("-c",), "run the text CODE as a program", "program", metavar="CODE"),
)
_OF_COMMAND = (
    Option(
        "config",
        ("--config",),
        "read defaults from FILE (default: the nearest lineprof.toml or pyproject.toml)",
        "value",
        metavar="FILE",
    ),
    Option("no_config", ("--no-config",), "read no configuration"),
    Option("help", ("-h", "--help"), "show this and exit", "help"),
    Option("version", ("-V", "--version"), "show the version and exit", "version"),
)

GROUPS: dict[str, tuple[Option, ...]] = {
    "what is measured": (*options_of(Measuring), *options_of(Choosing)),
    "results": (*options_of(Writing), *options_of(Messages), *options_of(Listing)),
    "the rest": (*options_of(Running), *_OF_PROGRAM, *_OF_COMMAND),
}
"""All options, under the titles that the help has for them."""

OPTIONS = tuple(row for rows in GROUPS.values() for row in rows)
