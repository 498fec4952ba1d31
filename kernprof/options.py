"""A command line parser that ends at the first argument that is not an option.

argparse cannot do what kernprof needs: leave everything from the script on to the script, let
`-m` and `-c` end the options inside a cluster (`-lvm module`), give an option an optional value
that never swallows the script. Options are a table of `Option`; a new one is a new row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

from lineprof import UsageError

Kind = Literal["switch", "count", "value", "values", "optional", "program"]

_TRUE = {"1", "on", "true", "t", "yes", "y"}
_FALSE = {"", "0", "off", "false", "f", "no", "n"}


def _text(value: str) -> str:
    return value


class Option(NamedTuple):
    """One row of the table.

    kind: what the option takes, and what it leaves in the values under `dest`:
        switch    nothing: True; as `--name=BOOL` or `--name BOOL` that value, unless there is a
                  file called so; as `--no-name` its opposite
        count     nothing: how often it was given
        value     an argument: the converted argument
        values    an argument: the tuple of all arguments given, converted; of none, the default
        optional  an argument where the next word converts, or after `=`; else `bare`
        program   an argument that ends the options: all after it belongs to the program
    convert: makes the value of the text; ValueError, whose text says what is wrong, refuses it.
    """

    dest: str
    flags: tuple[str, ...]
    help: str
    kind: Kind = "switch"
    metavar: str = ""
    convert: Callable[[str], Any] = _text
    default: Any = None
    bare: Any = None

    @property
    def label(self) -> str:
        """How messages name it: `-o/--outfile`."""
        return "/".join(self.flags)

    @property
    def takes_argument(self) -> bool:
        return self.kind in ("value", "values", "program")


def boolean(text: str) -> bool:
    """The meaning of `--switch=TEXT`; ValueError for a word that has none."""
    if (word := text.lower()) in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"not a yes or no: {text!r}")


def is_false(text: str) -> bool:
    """Whether the text says no; what says neither yes nor no says yes."""
    return text.lower() in _FALSE


def parse(options: Iterable[Option], argv: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The value of each option by its `dest`, and the arguments left over, program first.

    UsageError, one line, for anything that is not understood.
    """
    parser = _Parser(options)
    return parser.values, parser.read(argv)


class _Parser:
    def __init__(self, options: Iterable[Option]) -> None:
        self.by_flag = {flag: option for option in options for flag in option.flags}
        self.values = {o.dest: _initial(o) for o in self.by_flag.values()}
        self.given: set[str] = set()

    def read(self, argv: Sequence[str]) -> list[str]:
        rest = list(argv)
        while rest:
            if rest[0] == "--":
                return rest[1:]
            if rest[0] == "-" or not rest[0].startswith("-"):
                return rest
            word = rest.pop(0)
            read = self._read_long if word.startswith("--") else self._read_short
            if read(word, rest):
                return rest
        return rest

    def _read_long(self, word: str, rest: list[str]) -> bool:
        """Take one `--name[=TEXT]` and its argument; whether it ends the options."""
        name, equals, text = word.partition("=")
        option, negated = self._long(name)
        if option.kind == "switch":
            if not equals:
                text = rest.pop(0) if rest and _is_boolean(rest[0]) else "yes"
            self.values[option.dest] = _boolean_of(option, text) != negated
        elif option.kind == "count":
            if equals:
                raise UsageError(f"option {name} takes no argument: {word!r}")
            self.values[option.dest] += 1
        elif equals:
            self._store(option, text)
        else:
            self._store_next(option, rest)
        return option.kind == "program"

    def _read_short(self, word: str, rest: list[str]) -> bool:
        """Take a cluster, `-lvz` or `-lo FILE`; whether it ends the options."""
        letters = word[1:]
        while letters:
            flag, letters = f"-{letters[0]}", letters[1:]
            option = self.by_flag.get(flag)
            if option is None:
                within = "" if word == flag else f" in {word!r}"
                raise UsageError(f"unknown option {flag}{within}")
            if option.kind == "switch":
                self.values[option.dest] = True
            elif option.kind == "count":
                self.values[option.dest] += 1
            elif not letters:
                self._store_next(option, rest)
                return option.kind == "program"
            elif option.takes_argument or letters[0] == "=" or _converts(option, letters):
                self._store(option, letters.removeprefix("="))
                return option.kind == "program"
            else:
                self.values[option.dest] = option.bare
        return False

    def _long(self, name: str) -> tuple[Option, bool]:
        """The option of a long name or of a beginning that fits one only, and if negated."""
        names = {flag: (o, False) for flag, o in self.by_flag.items() if flag.startswith("--")}
        names |= {
            f"--no-{flag[2:]}": (o, True) for flag, (o, _) in names.items() if o.kind == "switch"
        }
        if name in names:
            return names[name]
        fitting = sorted(flag for flag in names if flag.startswith(name))
        if len({names[flag] for flag in fitting}) == 1:
            return names[fitting[0]]
        if fitting:
            raise UsageError(f"option {name} could be {' or '.join(fitting)}")
        raise UsageError(f"unknown option {name}")

    def _store_next(self, option: Option, rest: list[str]) -> None:
        """Take the option's argument from the words that follow."""
        if option.kind == "optional":
            if rest and _converts(option, rest[0]):
                self._store(option, rest.pop(0))
            else:
                self.values[option.dest] = option.bare
        elif rest:
            self._store(option, rest.pop(0))
        else:
            raise UsageError(f"option {option.label} expects an argument: {option.metavar}")

    def _store(self, option: Option, text: str) -> None:
        try:
            value = option.convert(text)
        except ValueError as error:
            raise UsageError(f"option {option.label}: {error}") from None
        if option.kind == "values":
            value = (*(self.values[option.dest] if option.dest in self.given else ()), value)
        self.given.add(option.dest)
        self.values[option.dest] = value


def _initial(option: Option) -> Any:
    if option.default is None:
        return {"switch": False, "count": 0, "values": ()}.get(option.kind)
    return option.default


def _is_boolean(word: str) -> bool:
    """Whether a word is the value of the switch before it, and not the script."""
    return word != "" and word.lower() in _TRUE | _FALSE and not os.path.exists(word)


def _boolean_of(option: Option, text: str) -> bool:
    try:
        return boolean(text)
    except ValueError as error:
        raise UsageError(f"option {option.label}: {error}") from None


def _converts(option: Option, text: str) -> bool:
    try:
        option.convert(text)
    except ValueError:
        return False
    return True


def describe(options: Iterable[Option], width: int = 96) -> str:
    """The options as `--help` lists them: flags on the left, help beside or below."""
    from textwrap import wrap

    lines = []
    for option in dict.fromkeys(options):
        flags = ", ".join(option.flags)
        if option.metavar:
            flags += f" [{option.metavar}]" if option.kind == "optional" else f" {option.metavar}"
        below = wrap(option.help, width - _INDENT)
        first = below.pop(0) if len(flags) < _INDENT - 3 else ""
        lines.append(f"  {flags:<{_INDENT - 2}}{first}".rstrip())
        lines += [" " * _INDENT + text for text in below]
    return "\n".join(lines)


_INDENT = 30
"""Column in which the help of an option begins."""
