"""python -m lineprof: finds the command. Only here do errors become a line and an exit status."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from ..errors import LineprofError, UsageError, printable
from . import COMMANDS, DEFAULT, Command, load_command

EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (None: those of the process); its exit status."""
    try:
        if sys.stdout is None:
            raise LineprofError("there is no standard output to write to")
        status = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except LineprofError as error:
        return _failed(str(error), error.exit_code)
    except BrokenPipeError:
        # Whoever reads the output has seen enough: head, or a pager that was left.
        _forget_output()
        return 0
    except OSError as error:
        _forget_output()
        what = "to standard output" if error.filename is None else os.fsdecode(error.filename)
        return _failed(f"cannot write {what}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        _forget_output()
        return EXIT_INTERRUPTED
    return status


def _run(argv: Sequence[str]) -> int:
    name, words = _command_of(argv)
    command = load_command(name or DEFAULT)
    parser = _parser(name, command)
    prepare: Callable[[Sequence[str]], Sequence[str]] = getattr(command, "prepare", list)
    arguments = parser.parse_intermixed_args(prepare(words))
    if arguments.help:
        if name is None:
            parser.epilog = _overview()
        print(parser.format_help(), end="")
        return 0
    return command.run(arguments)


def _command_of(argv: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """The command's name, None if there is none, and the words that are meant for it.

    A profile may be called as a command is; then it is shown, as ever.
    """
    if argv and argv[0] in COMMANDS and not os.path.isfile(argv[0]):
        return argv[0], argv[1:]
    return None, argv


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def _parser(name: str | None, command: Command) -> argparse.ArgumentParser:
    prog = f"lineprof {name}" if name else "lineprof"
    parser = _Parser(
        prog=prog,
        usage=f"python -m {prog} {command.USAGE}",
        description=command.SUMMARY,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("-h", "--help", action="store_true", help="show this and exit")
    command.add_arguments(parser)
    return parser


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {load_command(name).SUMMARY}" for name in COMMANDS]
    return "\n".join(
        ["commands (each has a --help of its own):", *lines, "", f"Without one: {DEFAULT}."]
    )


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
