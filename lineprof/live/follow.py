"""Numbers out of a .lprof file that somebody keeps rewriting."""

import os
from time import time

from ..errors import LineprofError
from ..files.lprof import load
from ..report import units
from .view import Shot


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
