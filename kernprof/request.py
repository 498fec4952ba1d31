"""What one command asks for: made of its arguments and the configuration, then only read."""

import os
import re
from argparse import ArgumentTypeError
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, Literal, NamedTuple

from kernprof.option_table import (
    GROUPS,
    OPTIONS,
    Choosing,
    Listing,
    Measuring,
    Messages,
    Running,
    Writing,
)
from kernprof.options import build, parse, parser_of
from lineprof import UsageError, load_config
from lineprof.config import Config, is_false

USAGE = "kernprof [options] {script | -m module | -c code | -} [args ...]"

_ABOUT = """\
Run a Python program and profile it: with -l line by line, in the functions that are decorated
with @profile or chosen with -p or --all; without -l function by function, with cProfile.
Options after the script, module or code belong to the program."""

_CLOSING = """\
What switches on is switched off by --no-..., --no-skip-zero for one; --skip-zero=BOOL works, too.
Defaults may stand in the table [tool.lineprof.kernprof] of pyproject.toml or lineprof.toml."""


class ProgramName(NamedTuple):
    """The program to be run, as the command line names it."""

    kind: Literal["script", "module", "code", "stdin", "command"]
    name: str
    """Path of the script, name of the module or command, text of the code; "-": standard input."""
    args: tuple[str, ...] = ()


class Request(NamedTuple):
    """What one kernprof command asks for, a part for each who acts on it."""

    program: ProgramName
    measuring: Measuring
    choosing: Choosing
    writing: Writing
    listing: Listing
    messages: Messages
    running: Running
    warnings: tuple[str, ...] = ()
    """What is wrong with the command line and the configuration, a line each."""


def request_of(argv: Sequence[str]) -> Request:
    """The request in the arguments; UsageError, or LineprofError for a bad configuration.

    options.Exit if they ask for the help or the version.
    """
    parser = parser_of(GROUPS, USAGE, _ABOUT, _CLOSING)
    given, rest = parse(parser, OPTIONS, argv)
    if given.get("command"):
        program = _command(given, rest)
    else:
        program = _program(given.get("module"), given.get("code"), rest)
    config = load_config(False if given.get("no_config") else given.get("config"))
    defaults, problems = _defaults(config)
    values: dict[str, Any] = {
        **defaults,
        **given,
        "verbose": defaults.get("verbose", 0) + given.get("verbose", 0),
        "targets": _targets(given.get("targets", defaults.get("targets", ()))),
        "filter": tuple(given.get("filter", defaults.get("filter", ()))),
        "widths": tuple(config.stated("show.column_widths").items()),
        "dry_run": _is_set("LINEPROF_NO_EXEC", "LINE_PROFILER_NO_EXEC"),
        "step_by_step": _is_set("LINEPROF_DEBUG", "LINE_PROFILER_DEBUG"),
    }
    if "processes" not in given and is_false(os.environ.get("LINEPROF_PROCESSES") or "yes"):
        values["processes"] = False
    if values.get("live") and not values.get("line_by_line"):
        raise UsageError("option --live shows lines: it needs -l")
    if given.get("command") and not (values.get("line_by_line") and values.get("processes")):
        raise UsageError("option --exec needs -l and --processes")
    return Request(
        program,
        build(Measuring, values),
        build(Choosing, values),
        build(Writing, values),
        build(Listing, values),
        build(Messages, values),
        build(Running, values),
        (*config.problems, *problems, *_warnings(given, values, program)),
    )


def _defaults(config: Config) -> tuple[dict[str, Any], list[str]]:
    """What the configuration's table `kernprof` says, by the names of options; and its faults."""
    stated = config.stated("kernprof")
    values: dict[str, Any] = {}
    problems = []
    for row in OPTIONS:
        if row.key is None or row.key not in stated:
            continue
        value = stated[row.key]
        try:
            if row.name == "sort" and isinstance(value, str):
                value = row.convert(value)
            elif row.name == "columns":
                value = row.convert(",".join(value)) if value else None
            elif row.name == "top":
                value = value or None
            values[row.name] = value
        except ArgumentTypeError as error:
            problems.append(f"{config.path}: {error}")
    return values, problems


def _targets(values: Sequence[str]) -> tuple[str, ...]:
    """Takes commas apart, but not within the name of a file; an empty one forgets those before."""
    targets: list[str] = []
    for value in values:
        if not value:
            targets.clear()
        elif os.path.exists(value):
            targets.append(value)
        else:
            targets += filter(None, map(str.strip, value.split(",")))
    return tuple(dict.fromkeys(targets))


def _is_set(*names: str) -> bool:
    """Whether the first of these environment variables that is set says something like "yes"."""
    return not is_false(next(filter(None, map(os.environ.get, names)), ""))


def _command(given: Mapping[str, Any], rest: Sequence[str]) -> ProgramName:
    if not rest or "module" in given or "code" in given:
        raise UsageError("no command given: kernprof -l --exec [options] -- COMMAND [args ...]")
    return ProgramName("command", rest[0], tuple(rest[1:]))


def _program(module: str | None, code: str | None, rest: Sequence[str]) -> ProgramName:
    if module is not None:
        return ProgramName("module", module, tuple(rest))
    if code is not None:
        return ProgramName("code", code, tuple(rest))
    if not rest:
        raise UsageError(f"no program given: {USAGE}")
    # As with line_profiler: `s.py -- -c 1` keeps `-c` for the program.
    args = rest[2:] if rest[1:2] == ["--"] else rest[1:]
    return ProgramName("stdin" if rest[0] == "-" else "script", rest[0], tuple(args))


def _warnings(
    given: Mapping[str, Any], values: Mapping[str, Any], program: ProgramName
) -> Iterator[str]:
    if values.get("line_by_line"):
        return
    idle = [row.flags[0] for row in OPTIONS if row.lines_only and given.get(row.name)]
    if idle:
        yield f"without -l there is no effect of {' and '.join(idle)}"
    if program.kind == "script" and not given and (words := _misplaced(program.args)):
        yield f"options go before the script: {program.name} was given {' '.join(words)}"


def _misplaced(args: Sequence[str]) -> list[str]:
    """Options of ours among those right after the script; -l must be one of them."""
    words = list(takewhile(lambda word: word.startswith("-"), args))
    return words if any(_MEANS_LINES.fullmatch(word) for word in words) else []


_MEANS_LINES = re.compile("-[bvzr]*l[bvzr]*|--line-by-line")
