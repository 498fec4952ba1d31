"""Reads a command line: what an option is, and what was given before the program's name.

argparse converts values, prints the help and reports mistakes. `_Words` does the rest: it stops
where the program begins, takes clusters apart (`-lvm module`), and takes the word after a switch or
`-i` only if it is meant for it.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, fields
from typing import Any, Literal, NamedTuple, NoReturn, TypeVar

from kernprof.isolation.streams import print_text
from lineprof import UsageError, __version__
from lineprof.config import switch_value

Kind = Literal["switch", "count", "value", "values", "optional", "program", "help", "version"]

_T = TypeVar("_T")


class Option(NamedTuple):
    """One option of the command line.

    name: what its value is called: the field of the class that declares it.
    kind: what the option takes, and what becomes of it:
        switch    nothing: True; as `--name=BOOL` or `--name BOOL` that value, unless there is a
                  file of that name; as `--no-name` the opposite
        count     nothing: how often it was given
        value     an argument
        values    an argument, each time: a tuple of all
        optional  an argument if the next word converts, or after `=`; else `bare`
        program   an argument that ends the options: all words after it belong to the program
        help, version: print that and exit
    convert: makes a value of the text; argparse.ArgumentTypeError says what is wrong with it.
    choices: the only values there are.
    lines_only: it has no effect without -l.
    configured: whether a configuration file may set the default, by the option's first long name.
    """

    name: str
    flags: tuple[str, ...]
    help: str
    kind: Kind = "switch"
    default: Any = None
    metavar: str | None = None
    convert: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    bare: Any = None
    lines_only: bool = False
    configured: bool = False

    @property
    def key(self) -> str | None:
        return self._long_names()[0][2:] if self.configured else None

    @property
    def negations(self) -> tuple[str, ...]:
        if self.kind != "switch":
            return ()
        return tuple(f"--no-{name[2:]}" for name in self._long_names())

    @property
    def takes_argument(self) -> bool:
        return self.kind in ("value", "values", "program")

    def _long_names(self) -> list[str]:
        return [flag for flag in self.flags if flag.startswith("--")]


def option(*flags: str, help: str, default: Any = False, **more: Any) -> Any:  # noqa: A002
    """A field of a dataclass that is an option; `more` as the fields of `Option`."""
    return field(default=default, metadata={"flags": flags, "help": help, **more})


def options_of(part: type) -> tuple[Option, ...]:
    """The options that a dataclass declares."""
    return tuple(
        Option(name=f.name, default=f.default, **f.metadata) for f in fields(part) if f.metadata
    )


def build(part: type[_T], values: Mapping[str, Any]) -> _T:
    """An object of a class that declares options, its fields set from the values there are."""
    names = [f.name for f in fields(part)]  # type: ignore[arg-type]
    return part(**{name: values[name] for name in names if name in values})


# -- reading -------------------------------------------------------------------------------------


class Exit(Exception):  # noqa: N818  (no error)
    """The command line asked for the help or the version, which has been printed."""


def parse(
    parser: argparse.ArgumentParser, options: Iterable[Option], argv: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """The values given, by name, and the words from the program on.

    UsageError for anything that is not understood; Exit after help or version.
    """
    words, rest = _Words(options).split(argv)
    return vars(parser.parse_args(words)), rest


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise Exit

    def _print_message(self, message: str, file: Any = None) -> None:
        print_text(message)


def parser_of(
    groups: Mapping[str, Sequence[Option]], usage: str, about: str, closing: str
) -> argparse.ArgumentParser:
    """The parser for these options, which the help lists under their titles."""
    parser = _Parser(
        prog="kernprof",
        usage=usage,
        description=about,
        epilog=closing,
        formatter_class=_HelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    for title, options in groups.items():
        group = parser.add_argument_group(title)
        for row in options:
            group.add_argument(*row.flags, dest=row.name, help=row.help, **_arguments(row))
            if row.negations:
                group.add_argument(
                    *row.negations,
                    dest=row.name,
                    action="store_false",
                    default=argparse.SUPPRESS,
                    help=argparse.SUPPRESS,
                )
    return parser


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str, **more: Any) -> None:
        super().__init__(prog, max_help_position=30, **more)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        """`-o, --outfile FILE`, as argparse has it itself from Python 3.13 on."""
        flags = ", ".join(action.option_strings)
        metavar = self._format_args(action, "") if action.nargs != 0 else ""
        return f"{flags} {metavar}".rstrip()


def _arguments(row: Option) -> dict[str, Any]:
    """What argparse is told of an option; it reports only what was given."""
    actions = {"switch": "store_true", "values": "append"}
    found: dict[str, Any] = {"action": actions.get(row.kind, row.kind)}
    if row.kind == "version":
        return {**found, "version": __version__}
    if row.kind != "help":
        found["default"] = argparse.SUPPRESS
    if row.kind in ("value", "optional", "program"):
        found["action"] = "store"
    if row.kind == "optional":
        found |= {"nargs": "?", "const": row.bare}
    if row.takes_argument or row.kind == "optional":
        found |= {"metavar": row.metavar, "type": row.convert}
        if row.choices:
            found["choices"] = row.choices
    return found


class _Words:
    """Splits a command line where the program begins; words become `flag` or `flag=argument`."""

    def __init__(self, options: Iterable[Option]) -> None:
        self._by_flag = {flag: row for row in options for flag in row.flags}
        self._long = {flag: row for flag, row in self._by_flag.items() if flag.startswith("--")}
        self._long |= {flag: row for row in self._long.values() for flag in row.negations}

    def split(self, argv: Sequence[str]) -> tuple[list[str], list[str]]:
        rest, words = list(argv), []
        while rest and rest[0].startswith("-") and rest[0] != "-":
            word = rest.pop(0)
            if word == "--":
                break
            read = self._read_long if word.startswith("--") else self._read_short
            last, made = read(word, rest)
            words += made
            if last.kind == "program":
                break
        return words, rest

    def _read_long(self, word: str, rest: list[str]) -> tuple[Option, list[str]]:
        name, equals, text = word.partition("=")
        flag, row = self._resolved(name)
        if row.kind == "switch":
            try:
                on = switch_value(text if equals else None, rest)
            except ValueError as error:
                raise UsageError(f"argument {flag}: {error}") from None
            opposite = row.flags[-1] if flag in row.negations else row.negations[0]
            return row, [flag if on else opposite]
        return row, [f"{flag}={text}" if equals else _with_next(flag, row, rest)]

    def _read_short(self, word: str, rest: list[str]) -> tuple[Option, list[str]]:
        """Take a cluster apart: `-lvz`, `-lo FILE`, `-lofile`; its last option, and its words."""
        letters = word[1:]
        words: list[str] = []
        while True:
            flag, letters = f"-{letters[0]}", letters[1:]
            row = self._by_flag.get(flag)
            if row is None:
                within = "" if word == flag else f" in {word!r}"
                raise UsageError(f"unknown option {flag}{within}")
            if not letters:
                return row, [*words, _with_next(flag, row, rest)]
            if row.takes_argument or (
                row.kind == "optional" and (letters[0] == "=" or _converts(row, letters))
            ):
                return row, [*words, f"{flag}={letters.removeprefix('=')}"]
            words.append(flag)

    def _resolved(self, name: str) -> tuple[str, Option]:
        """The flag of this name, or the only one that begins so."""
        if name in self._long:
            return name, self._long[name]
        fitting = sorted(flag for flag in self._long if flag.startswith(name))
        if len({(self._long[flag].name, flag in self._by_flag) for flag in fitting}) == 1:
            return fitting[0], self._long[fitting[0]]
        if fitting:
            raise UsageError(f"option {name} could be {' or '.join(fitting)}")
        raise UsageError(f"unknown option {name}{self._suggestion(name)}")

    def _suggestion(self, name: str) -> str:
        from difflib import get_close_matches

        close = get_close_matches(name, self._long, n=1)
        return f"; did you mean {close[0]}?" if close else ""


def _with_next(flag: str, row: Option, rest: list[str]) -> str:
    """The flag, with the next word if that is its argument."""
    if rest and (row.takes_argument or (row.kind == "optional" and _converts(row, rest[0]))):
        return f"{flag}={rest.pop(0)}"
    return flag


def _converts(row: Option, text: str) -> bool:
    try:
        row.convert(text)
    except argparse.ArgumentTypeError:
        return False
    return True
