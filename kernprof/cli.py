"""kernprof's command line: arguments in, a frozen `Request` out."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from kernprof.options import Option, describe, is_false, parse
from lineprof import LineprofError, UsageError, load_config

Kind = Literal["script", "module", "code", "stdin"]

USAGE = "kernprof [options] {script | -m module | -c code | -} [args ...]"

ABOUT = """\
Run a Python program and profile it: with -l line by line, in the functions that are decorated
with @profile or chosen with -p or --all; without -l function by function, with cProfile.
Options after the script, module or code belong to the program."""

SWITCHES = """\
What switches on is switched off by --no-..., --no-skip-zero for one; --skip-zero=BOOL works, too.
Defaults may stand in the table [tool.lineprof.kernprof] of pyproject.toml or lineprof.toml."""


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
    targets: tuple[str, ...] = ()
    """What is profiled without being decorated, as `lineprof.Selection` takes it."""
    own_code: bool = False
    """Profile every function of the user's own code."""
    module_level: bool = False
    """Profile the top level of the program, and of modules chosen as a whole."""
    nested: bool = False
    """Of chosen functions also comprehensions, generator expressions and class bodies."""
    preimports: bool = True
    """Import what `targets` name before the program runs."""
    import_targets: bool = False
    """If the program is a target, what it imports is one, too."""
    rich: bool | None = None
    """Whether -v shows colours; None: on a terminal."""
    live: bool = False
    """Show the numbers while the program runs."""
    summarize: bool = False
    widths: tuple[tuple[str, int], ...] = ()
    """Least widths of columns, by name."""
    dry_run: bool = False
    """Do all but run the program and write results."""
    diagnostics: bool = False
    """Say what is done, step by step."""
    notes: tuple[str, ...] = ()
    """What is to be said of the command line and the configuration, a line each."""
    config: str | None = None
    """The configuration file that was read."""


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
    Option(
        "verbose",
        ("-v", "--verbose", "--view"),
        "show the results at the end; -vv: also say what is done, step by step",
        kind="count",
    ),
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
    Option(
        "live",
        ("--live",),
        "show the numbers on the terminal while the program runs (with -l; ? there for help)",
    ),
    Option("rich", ("-r", "--rich"), "what -v does on a terminal anyway (line_profiler's)"),
    Option("plain", ("--plain",), "-v without colours, as into a file, also on a terminal"),
    Option("skip_zero", ("-z", "--skip-zero"), "hide functions that were never called"),
    Option("summarize", ("--summarize",), "end the results with one line per function"),
    Option(
        "targets",
        ("-p", "--prof-mod"),
        "with -l: profile these modules, packages, files or functions without decorating them: "
        "pkg.mod, pkg.mod:Class.method, path/to/file.py, patterns; comma-separated, may be "
        "repeated; an empty TARGET forgets those before it",
        kind="values",
        metavar="TARGET",
    ),
    Option(
        "own_code",
        ("--all",),
        "with -l: profile all functions in the program's folder and below, but what is installed",
    ),
    Option(
        "module_level",
        ("--module-level",),
        "with -l: profile the top level of the program, and of modules chosen as a whole",
    ),
    Option(
        "nested",
        ("--nested",),
        "of chosen functions also profile comprehensions, generator expressions, class bodies",
    ),
    Option(
        "preimports",
        ("--preimports",),
        default=True,
        help="import the targets before the program runs, so that all their functions are listed "
        "(default; --no-preimports leaves imports to the program)",
    ),
    Option(
        "import_targets",
        ("--prof-imports",),
        "if the program is a target, what it imports at its top level is one, too",
    ),
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
        "config",
        ("--config",),
        "read defaults from FILE (default: the nearest lineprof.toml or pyproject.toml)",
        kind="value",
        metavar="FILE",
    ),
    Option("no_config", ("--no-config",), "read no configuration"),
    Option(
        "module", ("-m",), "run a module or package as a program", kind="program", metavar="MODULE"
    ),
    Option("code", ("-c",), "run the text CODE as a program", kind="program", metavar="CODE"),
)


_KEYS = {
    "line_by_line": "line-by-line",
    "builtin": "builtin",
    "rich": "rich",
    "skip_zero": "skip-zero",
    "summarize": "summarize",
    "preimports": "preimports",
    "import_targets": "prof-imports",
    "own_code": "all",
    "module_level": "module-level",
    "nested": "nested",
    "verbose": "verbose",
    "outfile": "outfile",
    "setup": "setup",
    "unit": "unit",
    "interval": "output-interval",
    "clock": "clock",
    "targets": "prof-mod",
}
"""Options that the configuration has a default for, and the key of each."""


def help_text() -> str:
    return f"usage: {USAGE}\n\n{ABOUT}\n\noptions:\n{describe(OPTIONS)}\n\n{SWITCHES}"


def version_text() -> str:
    from lineprof import __version__

    return __version__


def request_of(argv: Sequence[str]) -> Request | str:
    """The request in the arguments, or the text that `--help` or `--version` ask for.

    UsageError for arguments that make no sense; LineprofError for a configuration file that is
    asked for and cannot be read.
    """
    values, rest = parse(OPTIONS, argv)
    if values["help"]:
        return help_text()
    if values["version"]:
        return version_text()
    config = load_config(False if values["no_config"] else values["config"])
    defaults = config.stated("kernprof")
    values, rest = parse(with_defaults(defaults), argv)
    if values["live"] and not values["line_by_line"]:
        raise UsageError("option --live shows lines: it needs -l")
    kind, program, args = _program(values["module"], values["code"], rest)
    targets = _targets(values["targets"])
    verbosity = values["verbose"] - values["quiet"]
    return Request(
        kind,
        program,
        args,
        line_by_line=values["line_by_line"],
        builtin=values["builtin"],
        outfile=values["outfile"] or None,
        verbosity=verbosity,
        setup=values["setup"] or None,
        unit=values["unit"],
        skip_zero=values["skip_zero"],
        interval=values["interval"],
        clock=values["clock"],
        live=values["live"],
        targets=targets,
        own_code=values["own_code"],
        module_level=values["module_level"],
        nested=values["nested"],
        preimports=values["preimports"],
        import_targets=values["import_targets"],
        rich=False if values["plain"] else None,
        summarize=values["summarize"],
        widths=tuple(config.stated("show.column_widths").items()),
        dry_run=_is_set("LINEPROF_NO_EXEC", "LINE_PROFILER_NO_EXEC"),
        diagnostics=verbosity >= 2 or _is_set("LINEPROF_DEBUG", "LINE_PROFILER_DEBUG"),
        notes=(*config.problems, *_without_lines(values, targets, defaults)),
        config=config.path,
    )


def with_defaults(defaults: Mapping[str, Any]) -> list[Option]:
    """The options as a table `kernprof` of the configuration would have them."""

    def default_of(option: Option) -> Any:
        value = defaults.get(_KEYS.get(option.dest, ""), option.default)
        return tuple(value) if isinstance(value, list) else value

    return [option._replace(default=default_of(option)) for option in OPTIONS]


def _targets(values: Sequence[str]) -> tuple[str, ...]:
    """Comma-separated, but not within the name of a file; an empty one forgets those before."""
    targets: list[str] = []
    for value in values:
        if not value:
            targets.clear()
        elif os.path.exists(value):
            targets.append(value)
        else:
            targets += filter(None, map(str.strip, value.split(",")))
    return tuple(dict.fromkeys(targets))


def _without_lines(
    values: Mapping[str, Any], targets: tuple[str, ...], defaults: Mapping[str, Any]
) -> list[str]:
    """What is said of options that need -l, if they were given on the command line without."""
    if values["line_by_line"]:
        return []
    given = {
        "-p": bool(targets) and targets != _targets(defaults.get("prof-mod", ())),
        "--all": values["own_code"] and not defaults.get("all"),
        "--module-level": values["module_level"] and not defaults.get("module-level"),
    }
    names = " and ".join(name for name, is_given in given.items() if is_given)
    return [f"without -l there is no effect of {names}"] if names else []


def _is_set(*names: str) -> bool:
    """Whether the first of these environment variables that is set says something like "yes"."""
    return not is_false(next(filter(None, map(os.environ.get, names)), ""))


def _program(
    module: str | None, code: str | None, rest: Sequence[str]
) -> tuple[Kind, str, tuple[str, ...]]:
    if module is not None:
        return "module", module, tuple(rest)
    if code is not None:
        return "code", code, tuple(rest)
    if not rest:
        raise UsageError(f"no program given: {USAGE}")
    # As with line_profiler: `s.py -- -c 1` keeps `-c` for the program.
    args = rest[2:] if rest[1:2] == ["--"] else rest[1:]
    return ("stdin" if rest[0] == "-" else "script"), rest[0], tuple(args)


def main(argv: Sequence[str] | None = None, *, exit_on_error: bool = True) -> int:
    """Run kernprof; the exit status.

    argv: arguments without the command's name. None stands for those of this process, which
        then is the program's own: results are written as the interpreter exits, after the
        program's threads and exit handlers, and SystemExit, KeyboardInterrupt and uncaught
        exceptions of the program leave as they do from plain `python`. With a list the results
        are written, and what was changed in this process undone, before `main` returns.
    exit_on_error: False raises LineprofError where otherwise it is told on standard error.
    """
    from kernprof import runner

    try:
        request = request_of(sys.argv[1:] if argv is None else argv)
        if isinstance(request, str):
            _say(request)
            return 0
        for note in request.notes if request.verbosity >= -1 else ():
            print(f"kernprof: warning: {note}", file=sys.stderr)
        if argv is None:
            return runner.run_process(request)
        return runner.run_within(request)
    except LineprofError as error:
        if not exit_on_error:
            raise
        prefix = "kernprof: error: " if isinstance(error, UsageError) else ""
        print(f"{prefix}{error}", file=sys.stderr)
        return error.exit_code


def _say(text: str) -> None:
    """Print; whoever reads it may have seen enough, as `head` has."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Or the interpreter complains of what is still buffered, at exit.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
