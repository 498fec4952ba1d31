"""Loads files; where that takes a while, a terminal shows how far it is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from time import monotonic
from typing import IO, Any

from ..errors import printable
from ..files.lprof import load
from ..model.profile import Profile
from ..report.output import is_terminal

SILENCE = 0.3  # Seconds before anything is shown


def load_all(files: Sequence[str]) -> list[Profile]:
    with Meter(sys.stderr, len(files)) as meter:
        profiles = []
        for number, file in enumerate(files):
            meter.begin(number, file)
            profiles.append(load(file, progress=meter.advance))
        return profiles


class Meter:
    """A bar on standard error, if that is a terminal; rich draws it, and it is gone at the end."""

    def __init__(
        self, stream: IO[str] | None, files: int, clock: Callable[[], float] = monotonic
    ) -> None:
        plain = os.environ.get("TERM", "") in ("dumb", "unknown")
        self._stream = None if plain or not is_terminal(stream) else stream
        self._files = files
        self._clock = clock
        self._next = clock() + SILENCE
        self._bar: Any = None
        self._number, self._name = 0, ""

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, number: int, file: str) -> None:
        """The file of this number, from 0, comes next."""
        self._number, self._name = number, printable(os.path.basename(file))
        self.advance(0, 1)

    def advance(self, done: int, whole: int) -> None:
        """So much of the file is done."""
        if self._stream is None or self._clock() < self._next:
            return
        self._next = self._clock() + 0.1
        try:
            bar = self._bar or _bar(self._stream, self._files)
            count = f" ({self._number + 1} of {self._files})" if self._files > 1 else ""
            name = self._name if len(self._name) <= 40 else f"{self._name[:37]}..."
            at = self._number + done / max(1, whole)
            bar.update(0, completed=at, description=f"Loading {name}{count}")
            bar.refresh() if self._bar else bar.start()
            self._bar = bar
        except (ImportError, OSError, ValueError):  # nobody's results
            self._stream = None


def _bar(stream: IO[str], files: int) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    text = TextColumn("{task.description}", markup=False)
    console = Console(file=stream)
    bar = Progress(
        *(text, BarColumn(20), TaskProgressColumn()),
        console=console,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    bar.add_task("", total=files)
    return bar
