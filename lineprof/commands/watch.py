"""A listing that follows a file while a program rewrites it."""

import argparse
import os
import sys
from time import time

from ..errors import LineprofError
from ..files.lprof import load
from ..live.view import Shot, State
from ..report import units

SUMMARY = "Follow a file that kernprof -i rewrites while the program runs."
USAGE = "[options] FILE"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="need not be there yet")
    parser.add_argument(
        "--raw", action="store_true", help="times as measured, the profiler's own cost included"
    )


def run(arguments: argparse.Namespace) -> int:
    try:
        import rich  # noqa: F401

        from ..live.loop import run as show
        from ..live.screen import Screen
    except ImportError as error:
        raise LineprofError(f"watch needs a POSIX system and the package rich: {error}") from error
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise LineprofError("watch needs a terminal")
    show(FileFeed(arguments.file, raw=arguments.raw), State(arguments.file), Screen())
    return 0


class FileFeed:
    """A shot whenever the file has changed; until it is there, none."""

    def __init__(self, path: str, *, raw: bool = False) -> None:
        self._path = path
        self._raw = raw
        self._seen: tuple[int, ...] | None = None
        self._fault = ""
        self._changed = 0.0

    def fileno(self) -> int | None:
        return None

    def shots(self) -> list[Shot]:
        try:
            found = os.stat(self._path)
        except OSError:
            self._seen, self._fault = None, "waiting"
            return []
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen == self._seen:
            return []
        self._seen = seen
        try:
            profile = load(self._path)
        except LineprofError as error:
            # Half written by something that does not replace files in one step: it will change.
            # The name stands beside it anyway.
            self._fault = str(error).removeprefix(f"{self._path}: ")
            return []
        self._fault = ""
        self._changed = found.st_mtime
        elapsed = sum(run.duration for run in profile.runs)
        size = units.size(found.st_size)
        return [Shot(profile if self._raw else profile.corrected(), elapsed, size)]

    def status(self) -> str:
        if self._fault:
            return self._fault
        age = max(0, int(time() - self._changed))
        return "running" if age < 5 else f"unchanged for {age} s"
