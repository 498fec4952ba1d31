"""Writing to standard output and error when the program may have done anything to them."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import StringIO
    from typing import TextIO


class Streams:
    """Standard output and error as they were before the program ran."""

    def __init__(self) -> None:
        self._out = sys.stdout
        self._err = sys.stderr
        self._nulls: dict[str, TextIO] = {}

    @property
    def out(self) -> TextIO | None:
        """Standard output as it was."""
        return self._out

    def say(self, text: str) -> None:
        """Write lines to standard output; lost only if that is gone."""
        self._write((self._out, sys.stdout), text)

    def complain(self, text: str) -> None:
        """Write lines to standard error; lost only if that is gone."""
        self._write((self._err, sys.stderr), text)

    def silence(self, level: int) -> None:
        """Drop what the program writes: standard output from -2 on, errors from -3 on."""
        for name, limit in (("stdout", -2), ("stderr", -3)):
            if level <= limit:
                self._nulls[name] = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
                setattr(sys, name, self._nulls[name])

    def restore(self) -> None:
        """Undo `silence` where the program has not put streams of its own in place."""
        for name, before in (("stdout", self._out), ("stderr", self._err)):
            null = self._nulls.pop(name, None)
            if null is None:
                continue
            if getattr(sys, name) is null:
                setattr(sys, name, before)
            null.close()

    def _write(self, streams: tuple[TextIO | None, ...], text: str) -> None:
        if not text.endswith("\n"):
            text += "\n"
        for stream in streams:
            if stream is None:
                continue
            try:
                stream.flush()
                encoding = getattr(stream, "encoding", None) or "utf-8"
                stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
                stream.flush()
            except BrokenPipeError:
                _sink(stream)
                return
            except Exception:  # closed, detached, or a class of the program's own
                continue
            return


def like(stream: TextIO | None) -> StringIO:
    """A text that is written as it would be to `stream`: as wide, in colour or not."""
    from io import StringIO

    class Like(StringIO):
        encoding = getattr(stream, "encoding", None) or "utf-8"

        def isatty(self) -> bool:
            return stream is not None and stream.isatty()

        def fileno(self) -> int:
            return -1 if stream is None else stream.fileno()

    return Like()


def _sink(stream: TextIO) -> None:
    """Lead a stream whose reader has gone into nothing.

    The interpreter flushes once more as it exits, and would turn a broken pipe, caused by our
    text alone, into an exit status of 120.
    """
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError):
        pass
