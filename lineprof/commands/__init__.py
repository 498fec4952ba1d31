"""The commands of `python -m lineprof`: a module each, loaded when its name is given.

A command is a module of this package with

    SUMMARY: str                 one line for the overview, and the first of its own help
    USAGE: str                   what follows its name, e.g. "[options] FILE... -o OUT"
    add_arguments(parser)        its options and operands; -h and --help are there already
    run(arguments) -> int        does it and returns the exit status
    prepare(words) -> words      only if argparse needs help with them

To add one, write that file and put its name into the table here. `run` raises LineprofError for
what one line of text explains, and lets OSError through from writing: `main` turns both into a
line and an exit status.
"""

import argparse
from importlib import import_module
from typing import Protocol

COMMANDS = ("show", "diff", "export", "convert", "html", "watch", "collect")
"""Names of commands and of their modules, in the order of the overview."""

DEFAULT = "show"  # The command where none is named


class Command(Protocol):
    """What a module of this package provides."""

    SUMMARY: str
    USAGE: str

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None: ...

    def run(self, arguments: argparse.Namespace, /) -> int: ...


def load_command(name: str) -> Command:
    module: Command = import_module(f"{__name__}.{name}")
    return module
