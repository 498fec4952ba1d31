"""python -m lineprof: finds the command, and turns errors into a line and an exit status."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn

from ..errors import LineprofError, UsageError, printable
from ..interpreter import silence
from . import COMMANDS, DEFAULT, Command, load_command

EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process; the exit status."""
    try:
        if sys.stdout is None:
            raise LineprofError("there is no standard output to write to")
        status = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except LineprofError as error:
        return _failed(str(error), error.exit_code)
    except SystemExit as end:  # argparse has shown a help text
        return int(end.code or 0)
    except BrokenPipeError:
        # The reader has seen enough, as `head` has.
        silence(sys.stdout)
        return 0
    except OSError as error:
        silence(sys.stdout)
        what = "to standard output" if error.filename is None else os.fsdecode(error.filename)
        return _failed(f"cannot write {what}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        silence(sys.stdout)
        return EXIT_INTERRUPTED
    return status


def _run(argv: Sequence[str]) -> int:
    name, words = _command_of(argv)
    command = load_command(name or DEFAULT)
    parser = _Parser(name, command)
    prepare: Callable[[Sequence[str]], Sequence[str]] = getattr(command, "prepare", list)
    return command.run(parser.parse_intermixed_args(prepare(words)))


def _command_of(argv: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """The name of the command, or None, and its words; a profile of that name goes first."""
    if not argv or os.path.exists(argv[0]):
        return None, argv
    if argv[0] in COMMANDS:
        return argv[0], argv[1:]
    if argv[0][:1] != "-" and (meant := _like(argv[0], COMMANDS)):
        raise UsageError(f"{argv[0]}: no such file or command; did you mean {meant}?")
    return None, argv


class _Parser(argparse.ArgumentParser):
    """The parser of a command; of the default command if none was named."""

    def __init__(self, name: str | None, command: Command) -> None:
        prog = f"lineprof {name}" if name else "lineprof"
        super().__init__(
            prog=prog,
            usage=f"python -m {prog} {command.USAGE}",
            description=command.SUMMARY,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._is_overview = name is None
        command.add_arguments(self)

    def format_help(self) -> str:
        if self._is_overview:
            # Loads every command, so only when it is asked for.
            width = max(map(len, COMMANDS))
            lines = [f"  {name:<{width}}  {load_command(name).SUMMARY}" for name in COMMANDS]
            head = "commands (each has a --help of its own):"
            self.epilog = "\n".join([head, *lines, "", f"Without one: {DEFAULT}."])
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        unknown = message.partition("unrecognized arguments: ")[2].split(" ")
        for word in (word.partition("=")[0] for word in unknown if word[:1] == "-"):
            if meant := _like(word, self._option_string_actions):
                message += f"; did you mean {meant}?"
        raise UsageError(f"{message} (see {self.prog} --help)")


def _like(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, 1, 0.7)), "")


def _failed(message: str, status: int) -> int:
    # There may be no standard error to write to.
    with contextlib.suppress(OSError, AttributeError):
        sys.stderr.write(f"lineprof: {printable(message)}\n")
    return status
