"""python -m tests.faults COMMAND, from the root of the tree; exit code 1 if a fault was found."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .building import Interpreter, UnavailableError, interpreter
from .fuzzing import FUZZERS, fuzz
from .memory import memory
from .references import references
from .sanitize import sanitize
from .valgrind import valgrind


def main() -> int:
    options = _parser().parse_args()
    try:
        fine = options.run(options)
    except UnavailableError as error:
        print(f"tests.faults: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"tests.faults: {error}", file=sys.stderr)
        return 1
    print("\nno fault was found" if fine else "\nFAULTS WERE FOUND", flush=True)
    return 0 if fine else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, text: str, default: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument(
            "python", nargs="*", default=[default], help=f"which Pythons (default: {default})"
        )
        return command

    command = add("sanitize", "the tests under AddressSanitizer and UBSan", sys.executable)
    command.add_argument("--tests", nargs="+", default=[], help="arguments of pytest")
    command.set_defaults(run=lambda o: _each(o.python, lambda p: sanitize(p, o.tests)))

    command = add("references", "the tests of leaks on a debug build", "python3.11-dbg")
    command.add_argument("--tests", nargs="+", default=[], help="arguments of pytest")
    command.set_defaults(run=lambda o: _each(o.python, lambda p: references(p, o.tests)))

    command = add("valgrind", "the core at work under valgrind", "/usr/bin/python3")
    command.add_argument("--every", type=int, default=1, help="one program in so many only")
    command.set_defaults(run=lambda o: _each(o.python, lambda p: valgrind(p, o.every)))

    command = add("memory", "memory that runs out at each allocation", sys.executable)
    command.set_defaults(run=lambda o: _each(o.python, memory))

    command = add("fuzz", "the core's C files against models, with libFuzzer", sys.executable)
    command.add_argument("--only", nargs="+", choices=tuple(FUZZERS), default=[])
    command.add_argument("--seconds", type=int, default=60, help="for each (default: 60)")
    command.add_argument("--keep", type=Path, metavar="FOLDER", help="for inputs, from run to run")
    command.set_defaults(
        run=lambda o: _each(o.python, lambda p: fuzz(p, o.only, o.seconds, o.keep))
    )

    text = "damaged .lprof files, read and reported in every way, by this Python"
    command = commands.add_parser("storage", help=text, description=text)
    command.add_argument("--first", type=int, default=0, help="seed to begin with")
    command.add_argument("--seconds", type=int, default=60, help="default: 60")
    command.set_defaults(run=_storage)
    return parser


def _storage(options: argparse.Namespace) -> bool:
    from .storage import fuzz_storage  # lineprof has to be installed for it alone

    return fuzz_storage(options.first, options.seconds)


def _each(names: list[str], check: Callable[[Interpreter], bool]) -> bool:
    found = [check(interpreter(name)) for name in names]  # all of them, whatever the first gives
    return all(found)


if __name__ == "__main__":
    sys.exit(main())
