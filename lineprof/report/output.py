"""Texts into streams: whole, in the stream's encoding, and through a pager where they are long."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from io import RawIOBase, TextIOWrapper
from itertools import chain, islice
from typing import IO, Any


def is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except Exception:  # closed, or a class of the program's own
        return False


def write_text(stream: IO[str], text: str) -> None:
    """Write the text, with escapes for what the stream's encoding lacks. OSError if that fails."""
    try:
        _write(stream, text)
    except UnicodeEncodeError as error:
        # Codecs of code pages all call themselves "charmap"; a stream may not name its encoding.
        encoding = getattr(stream, "encoding", None) or error.encoding
        if "µ".encode(encoding, "replace") == b"?":
            text = text.replace("µs", "us")
        _write(stream, text.encode(encoding, "backslashreplace").decode(encoding))


def write_whole(binary: Any, data: bytes) -> None:
    """Write all of it: unbuffered output (python -u) may take only a part at a time."""
    if not isinstance(binary, RawIOBase):  # it takes all; one of a program's own may not say so
        binary.write(data)
        return
    rest = memoryview(data)
    while rest:
        rest = rest[binary.write(rest) or 0 :]


def write_lines(stream: IO[str], lines: Iterable[str], height: int, *, pager: bool) -> None:
    """Write lines; those that fill more than the screen (of this height) may go to a pager."""
    if pager and is_terminal(stream) and _is_in_front(sys.stdin):
        lines = iter(lines)
        first = list(islice(lines, height))
        lines = chain(first, lines)
        if len(first) >= height > 0:
            stream.flush()
            _page("".join(lines))
            return
    for line in lines:
        write_text(stream, line)


def _page(text: str) -> None:
    """Show a text in a pager, which alone hears Ctrl-C meanwhile."""
    import signal

    from rich.pager import SystemPager

    # As git has it: colours, no screen of its own, gone at once where all of it fits.
    os.environ.setdefault("LESS", "FRX")
    before = None
    with suppress(ValueError):  # not the main thread
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        SystemPager().show(text)
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


def _is_in_front(stream: Any) -> bool:
    """Whether this is a terminal that does not listen to another job."""
    if not is_terminal(stream):
        return False
    try:
        return os.tcgetpgrp(stream.fileno()) == os.getpgrp()
    except (AttributeError, OSError, ValueError):  # Windows; no terminal of this session
        return True


def _write(stream: IO[str], text: str) -> None:
    if isinstance(stream, TextIOWrapper) and _is_unbuffered(stream):
        stream.flush()
        write_whole(stream.buffer, text.encode(stream.encoding, stream.errors or "strict"))
    else:
        stream.write(text)


def _is_unbuffered(stream: TextIOWrapper) -> bool:
    """Whether it is, and its encoding needs neither a beginning nor other ends of lines."""
    simple = os.linesep == "\n" and "\n".encode(stream.encoding) == b"\n"
    return isinstance(stream.buffer, RawIOBase) and simple
