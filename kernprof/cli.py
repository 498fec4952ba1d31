"""kernprof's command line: arguments in, a frozen `Request` out."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Literal, NamedTuple

from kernprof.options import Option, describe, parse
from lineprof import LineprofError, UsageError

Kind = Literal["script", "module", "code", "stdin"]

USAGE = "kernprof [options] {script | -m module | -c code | -} [args ...]"

ABOUT = """\
Run a Python program and profile it: with -l line by line, in the functions that are decorated
with @profile; without -l function by function, with cProfile.
Options after the script, module or code belong to the program."""


class Request(NamedTuple):
    """What one kernprof command asks for."""

    kind: Kind
    program: str
    """Path of the script, name of the module, text of the code; "-" for standard input."""
    args: tuple[str, ...] = ()
    line_by_line: bool = False
    builtin: bool = False
    outfile: str | None = None
    """Where results go; None for a name made from the program's."""
    verbosity: int = 0
    """Times -v less times -q: 1 shows results, -1 drops messages, -2 stdout, -3 stderr."""
    setup: str | None = None
    unit: float | None = None
    """Seconds one unit of the listing stands for; None for what it has by itself."""
    skip_zero: bool = False
    interval: float = 0.0
    """Seconds between writes of the results while the program runs; 0 for none."""
    clock: str = "wall"
    rich: bool | None = None
    """Whether -v shows colours; None: on a terminal."""


def _positive(text: str) -> float:
    value = _number(text)
    if value <= 0:
        raise ValueError(f"not above 0: {text!r}")
    return value


def _seconds(text: str) -> float:
    value = _number(text)
    if value < 0:
        raise ValueError(f"below 0: {text!r}")
    return value


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"not a number: {text!r}") from None
    if not math.isfinite(value):
        raise ValueError(f"not a finite number: {text!r}")
    return value


def _clock(text: str) -> str:
    if text not in ("wall", "cpu"):
        raise ValueError(f"not wall or cpu: {text!r}")
    return text


OPTIONS = (
    Option("help", ("-h", "--help"), "show this and exit"),
    Option("version", ("-V", "--version"), "show the version and exit"),
    Option(
        "line_by_line",
        ("-l", "--line-by-line"),
        "profile the lines of decorated functions; implies -b",
    ),
    Option(
        "builtin",
        ("-b", "--builtin"),
        "put `profile` into builtins; without -l only decorated functions are profiled",
    ),
    Option(
        "outfile",
        ("-o", "--outfile"),
        "write results to FILE (default: program's name + .lprof, or .prof without -l)",
        kind="value",
        metavar="FILE",
    ),
    Option("verbose", ("-v", "--verbose", "--view"), "show the results at the end", kind="count"),
    Option(
        "quiet",
        ("-q", "--quiet"),
        "no messages; -qq: nor the program's output; -qqq: nor its errors",
        kind="count",
    ),
    Option(
        "setup",
        ("-s", "--setup"),
        "run FILE first, unprofiled (for slow imports)",
        kind="value",
        metavar="FILE",
    ),
    Option(
        "unit",
        ("-u", "--unit"),
        "unit of the times shown by -v (default 1e-6, on a terminal what fits)",
        kind="value",
        metavar="SECONDS",
        convert=_positive,
    ),
    Option("rich", ("-r", "--rich"), "-v in colour also where there is no terminal"),
    Option("plain", ("--plain",), "-v without colours, as into a file, also on a terminal"),
    Option("skip_zero", ("-z", "--skip-zero"), "hide functions that were never called"),
    Option(
        "interval",
        ("-i", "--output-interval"),
        "also write results every SECONDS while the program runs (bare: 1; 0: off)",
        kind="optional",
        metavar="SECONDS",
        convert=_seconds,
        default=0.0,
        bare=1.0,
    ),
    Option(
        "clock",
        ("--clock",),
        "what times measure: wall (default) or cpu, the CPU time of the thread",
        kind="value",
        metavar="wall|cpu",
        convert=_clock,
        default="wall",
    ),
    Option(
        "module", ("-m",), "run a module or package as a program", kind="program", metavar="MODULE"
    ),
    Option("code", ("-c",), "run the text CODE as a program", kind="program", metavar="CODE"),
)


def help_text() -> str:
    return f"usage: {USAGE}\n\n{ABOUT}\n\noptions:\n{describe(OPTIONS)}"


def version_text() -> str:
    from lineprof import __version__

    return __version__


def request_of(argv: Sequence[str]) -> Request | str:
    """The request in the arguments, or the text that `--help` or `--version` ask for.

    UsageError for arguments that make no sense.
    """
    values, rest = parse(OPTIONS, argv)
    if values["help"]:
        return help_text()
    if values["version"]:
        return version_text()
    kind, program, args = _program(values["module"], values["code"], rest)
    return Request(
        kind,
        program,
        args,
        line_by_line=values["line_by_line"],
        builtin=values["builtin"],
        outfile=values["outfile"] or None,
        verbosity=values["verbose"] - values["quiet"],
        setup=values["setup"] or None,
        unit=values["unit"],
        skip_zero=values["skip_zero"],
        interval=values["interval"],
        clock=values["clock"],
        rich=True if values["rich"] else False if values["plain"] else None,
    )


def _program(
    module: str | None, code: str | None, rest: Sequence[str]
) -> tuple[Kind, str, tuple[str, ...]]:
    if module is not None:
        return "module", module, tuple(rest)
    if code is not None:
        return "code", code, tuple(rest)
    if not rest:
        raise UsageError(f"no program given: {USAGE}")
    return ("stdin" if rest[0] == "-" else "script"), rest[0], tuple(rest[1:])


def main(argv: Sequence[str] | None = None) -> int:
    """Run kernprof; the exit status.

    argv: arguments without the command's name. None stands for those of this process, which
        then is the program's own: results are written as the interpreter exits, after the
        program's threads and exit handlers, and SystemExit, KeyboardInterrupt and uncaught
        exceptions of the program leave as they do from plain `python`. With a list the results
        are written, and what was changed in this process undone, before `main` returns.
    """
    from kernprof import runner

    try:
        request = request_of(sys.argv[1:] if argv is None else argv)
        if isinstance(request, str):
            print(request)
            return 0
        if argv is None:
            return runner.run_process(request)
        return runner.run_within(request)
    except LineprofError as error:
        prefix = "kernprof: error: " if isinstance(error, UsageError) else ""
        print(f"{prefix}{error}", file=sys.stderr)
        return error.exit_code
