"""Writes to standard output and error whatever the program has done to them."""

from __future__ import annotations

import errno
import io
import os
import sys
import time
from functools import partial

from lineprof.interpreter import silence

try:
    from select import POLLOUT, poll
except ImportError:  # Windows
    poll = None  # type: ignore[assignment,misc]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TextIO

PATIENCE = 1.0  # Seconds in which somebody has to read on when the process was told to end


class Streams:
    """Standard output and error as they were before the program ran."""

    def __init__(self) -> None:
        self._out = sys.stdout
        self._err = sys.stderr
        self._nulls: dict[str, TextIO] = {}
        self._patience: float | None = None
        self._complained = False

    @property
    def out(self) -> TextIO | None:
        """Standard output as it was."""
        return self._out

    def say(self, text: str) -> None:
        """Write lines to standard output; if it is there and cannot take them, complain."""
        self._write((self._out, sys.stdout), text, self._complain_of_output)

    def complain(self, text: str) -> None:
        """Write lines to standard error; they are lost if that is gone."""
        self._write((self._err, sys.stderr), text, lambda error: None)

    def hurry(self) -> None:
        """The process was told to end: do not wait for a reader that does not read."""
        self._patience = PATIENCE

    @property
    def hurried(self) -> bool:
        return self._patience is not None

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

    def _complain_of_output(self, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            self.complain(f"kernprof: cannot write to standard output: {error.strerror or error}")

    def _write(
        self, streams: tuple[TextIO | None, ...], text: str, on_fault: Callable[[OSError], None]
    ) -> None:
        if not text.endswith("\n"):
            text += "\n"
        for stream in streams:
            if stream is None:
                continue
            try:
                encoding = getattr(stream, "encoding", None) or "utf-8"
                _put(stream, text.encode(encoding, "backslashreplace"), encoding, self._patience)
            except BrokenPipeError:
                silence(stream)
            except TimeoutError:
                self._patience = 0.0
            except OSError as error:
                if error.errno == errno.EBADF:
                    continue
                on_fault(error)
            except Exception:  # closed, detached, or a class of the program's own
                continue
            return


def print_text(text: str) -> None:
    """Print; whoever reads it may have seen enough, as `head` has."""
    Streams().say(text)


# -- waiting for readers, or not -------------------------------------------------------------------


def _put(stream: TextIO, data: bytes, encoding: str, patience: float | None) -> None:
    """Write all of it; patience: TimeoutError if nobody reads for so many seconds (None: wait)."""
    try:
        descriptor = stream.fileno()
    except (OSError, AttributeError):  # no file: io.StringIO, or of the program's making
        descriptor = -1
    if descriptor < 0 or poll is None or not isinstance(stream, io.TextIOWrapper):
        _put_blocking(stream, data, encoding)
        return
    blocking = os.get_blocking(descriptor)
    if blocking and patience is None:
        _put_past(stream, data, descriptor, patience)
    elif blocking and os.isatty(descriptor):
        # Other processes share a terminal's state, so it is left alone.
        _wait(descriptor, patience)
        _put_blocking(stream, data, encoding)
    else:
        os.set_blocking(descriptor, False)
        try:
            _put_past(stream, data, descriptor, patience)
        finally:
            os.set_blocking(descriptor, blocking)


def _put_blocking(stream: TextIO, data: bytes, encoding: str) -> None:
    stream.flush()
    stream.write(data.decode(encoding))
    stream.flush()


def _put_past(
    stream: io.TextIOWrapper, data: bytes, descriptor: int, patience: float | None
) -> None:
    """Write past the stream, which would keep what it cannot write and fail once more later."""
    # The buffer first: it keeps what it cannot write, which the text above it does not.
    for flush in (stream.buffer.flush, stream.flush):
        _repeated(flush, descriptor, patience)
    rest = memoryview(data)
    while rest:
        rest = rest[_repeated(partial(os.write, descriptor, rest), descriptor, patience) :]


def _repeated(act: Callable[[], Any], descriptor: int, patience: float | None) -> Any:
    """What `act` returns once the descriptor takes enough."""
    while True:
        try:
            return act()
        except BlockingIOError:
            _wait(descriptor, patience)


def _wait(descriptor: int, patience: float | None) -> None:
    waiting = poll()
    waiting.register(descriptor, POLLOUT)
    if not waiting.poll(None if patience is None else patience * 1000):
        raise TimeoutError


# -- other streams ---------------------------------------------------------------------------------


def like(stream: TextIO | None) -> io.StringIO:
    """A text that is written as it would be to `stream`: as wide, in colour or not."""

    class Like(io.StringIO):
        encoding = getattr(stream, "encoding", None) or "utf-8"

        def isatty(self) -> bool:
            return stream is not None and stream.isatty()

        def fileno(self) -> int:
            return -1 if stream is None else stream.fileno()

    return Like()


class Steps:
    """Says what kernprof does, step by step and with the time, for whoever asks with -vv."""

    def __init__(self, streams: Streams, wanted: bool) -> None:
        self.wanted = wanted
        self._streams = streams

    def note(self, text: Callable[[], str]) -> None:
        """Say a text, which is made only if it is wanted."""
        if self.wanted:
            self.say(text())

    def say(self, text: str) -> None:
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
        head = f"[kernprof {stamp},{int(now % 1 * 1000):03} DEBUG]"
        self._streams.say("\n".join(f"{head} {line}" for line in text.splitlines()))
