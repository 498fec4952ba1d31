"""Loads files, with a line that says how far it is where that takes a while."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import IO

from ..errors import printable
from ..files.lprof import load
from ..model.profile import Profile
from ..report.heat import bar
from ..report.terminal.ansi import is_terminal
from ..report.terminal.pieces import glyphs_for

SILENCE = 0.3
"""Seconds in which nothing is said: what is done by then needs no comment."""
_BAR = 20


def load_all(files: Sequence[str]) -> list[Profile]:
    """The profiles in these files; errors as for `storage.load`."""
    with Meter(sys.stderr, len(files)) as meter:
        profiles = []
        for number, file in enumerate(files):
            meter.begin(number, file)
            profiles.append(load(file, progress=meter.advance))
        return profiles


class Meter:
    """A line on a terminal that is gone when all is done.

    stream: standard error; the line appears only if it is a terminal.
    """

    def __init__(
        self, stream: IO[str] | None, files: int, clock: Callable[[], float] = monotonic
    ) -> None:
        plain = os.environ.get("TERM", "") in ("dumb", "unknown")
        self._stream = None if plain or not is_terminal(stream) else stream
        self._files = files
        self._clock = clock
        self._next = clock() + SILENCE
        self._shown = False
        self._number, self._name = 0, ""

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._write("\r\x1b[K")

    def begin(self, number: int, file: str) -> None:
        """The file of this number, from 0, comes next."""
        self._number, self._name = number, printable(os.path.basename(file))
        self.advance(0, 1)

    def advance(self, done: int, whole: int) -> None:
        """So much of the file is done."""
        if self._stream is None or self._clock() < self._next:
            return
        self._next = self._clock() + 0.1
        self._shown = True
        percent = 100 * (self._number + done / max(1, whole)) / max(1, self._files)
        unicode = glyphs_for(getattr(self._stream, "encoding", None) or "ascii").unicode
        drawn = bar(percent, _BAR, unicode).ljust(_BAR)
        count = f" ({self._number + 1} of {self._files})" if self._files > 1 else ""
        name = self._name if len(self._name) <= 40 else f"{self._name[:37]}..."
        self._write(f"\r\x1b[KLoading {name}{count} {drawn} {percent:3.0f}%")

    def _write(self, text: str) -> None:
        if self._stream is not None:
            # Nobody's results: lost without a word where it cannot be written.
            with suppress(OSError, ValueError):
                self._stream.write(text)
                self._stream.flush()
