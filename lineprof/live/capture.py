"""The program's output while somebody else has the terminal."""

import os
import sys
from contextlib import suppress

_CHUNK = 1 << 16


class Capture:
    """Leads standard output and error into a file where they are terminals, and input to nothing.

    What leads elsewhere already is left alone. One file for both keeps their order.
    """

    def __init__(self) -> None:
        self.file: int | None = None
        """What to read the output from; nobody else can: the file has no name."""
        self._saved: dict[int, int] = {}

    def start(self) -> None:
        """OSError if there is no room for the file."""
        import tempfile

        outputs = [number for number in (1, 2) if os.isatty(number)]
        if outputs:
            self.file, path = tempfile.mkstemp(prefix="lineprof-output-")
            # Appending: the program's children write there, too.
            file = os.open(path, os.O_WRONLY | os.O_APPEND)
            os.unlink(path)
            _flush()
            for number in outputs:
                self._replace(number, file)
            os.close(file)
        if os.isatty(0):
            # Keys are the view's. A program that asks for input finds that there is none.
            nothing = os.open(os.devnull, os.O_RDONLY)
            self._replace(0, nothing)
            os.close(nothing)

    def stop(self) -> None:
        """Put all back as it was, and show what has been written meanwhile."""
        _flush()
        saved, self._saved = self._saved, {}
        for number, before in saved.items():
            # A program that turns into a daemon has closed them all.
            with suppress(OSError):
                os.dup2(before, number)
                os.close(before)
        if self.file is not None:
            to = next(number for number in (1, 2) if number in saved)
            with suppress(OSError):
                replay(self.file, to)
                os.close(self.file)
            self.file = None

    def _replace(self, number: int, by: int) -> None:
        self._saved[number] = os.dup(number)
        os.dup2(by, number)


def replay(file: int, to: int, start: int = 0) -> int:
    """Write what is in the file from `start` on to a file descriptor; where that ends."""
    # Not by the file's own position, which another process shares.
    while data := os.pread(file, _CHUNK, start):
        start += len(data)
        while data:
            data = data[os.write(to, data) :]
    return start


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
