"""Reads a .lprof file in every way, and checks the outcome."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from lineprof.commands import main
from lineprof.commands.export import FORMATS
from lineprof.errors import LineprofError
from lineprof.files import lprof
from lineprof.model.profile import Profile

OUTPUT_FACTOR = 2000
"""A report is at most so many times as large as the file (a page adds 200 kB)."""

OUTPUT_LIMIT = 1 << 20

COMMANDS = (
    ["{}"],
    ["--plain", "-m", "-t", "--columns", "hits,time,self,await,perhit,percent", "{}"],
    ["--rich", "-m", "--raw", "{}"],
    ["--top", "1", "-u", "1e-3", "-z", "--min-percent", "1", "{}"],
    *(["export", "-f", name, "-o", "out", "{}"] for name in FORMATS),
    ["html", "-o", "out", "{}"],
    ["diff", "{}", "sound.lprof", "--html", "out", "--json", "out2"],
    ["diff", "sound.lprof", "{}", "--raw", "--fail-if", "total time>20%"],
    ["convert", "{}", "--to", "lineprof", "-o", "out"],
    ["convert", "{}", "--to", "line_profiler", "-o", "out"],
    ["{}", "sound.lprof"],
)


CPU_LIMIT = 30
"""CPU seconds that reading a file and writing one report may take; most take milliseconds."""


class FaultError(AssertionError):
    """A command gave a wrong outcome; the text names the command."""


def read_every_way(data: bytes, folder: Path, *, commands: bool = True) -> bool:
    """Load the bytes and write every report of them; True if they were accepted.

    FaultError if the outcome is neither a profile nor a refusal in one line.
    """
    path = folder / "damaged.lprof"
    path.write_bytes(data)
    try:
        with _limited("load()"):
            profile = lprof.load(path)
    except LineprofError as error:
        text = str(error)
        if not text.isprintable() or len(text) > len(str(path)) + 200:
            raise FaultError(f"not one line that can be shown: {text[:300]!r}") from error
        return False
    if type(profile) is not Profile:
        raise FaultError(f"load() gave {profile!r}")
    if lprof.loads(lprof.dumps(profile)) != profile:
        raise FaultError("what is written again is another profile")
    if commands:
        with _working_folder(folder):
            for words in COMMANDS:
                _run([word.format(path.name) for word in words], len(data))
    return True


def _run(words: list[str], size: int) -> None:
    """Run one command; it must end with a known status."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", "replace", write_through=True)
    errors = io.StringIO()
    name = f"lineprof {' '.join(words)}"
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors), _limited(name):
        try:
            status = main.main(words)
        except (Exception, SystemExit) as error:
            raise FaultError(f"{name}: {error!r}") from error
    if status not in (0, 1, 3, 4) or (status == 1 and not errors.getvalue()):
        raise FaultError(f"{name}: status {status}: {errors.getvalue()}")
    written = out.buffer.tell() + sum(
        os.path.getsize(name) for name in ("out", "out2") if os.path.exists(name)
    )
    for name in ("out", "out2"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    if written > OUTPUT_LIMIT + OUTPUT_FACTOR * size:
        raise FaultError(f"{name}: {written} bytes out of {size}")


class _TooLong(BaseException):
    """Not an Exception, so that no code under test catches it."""


@contextlib.contextmanager
def _limited(what: str) -> Iterator[None]:
    """Ends what takes too long; works in the main thread, where the system has such timers."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, CPU_LIMIT)
    try:
        yield
    except _TooLong as error:
        raise FaultError(f"{what}: more than {CPU_LIMIT} s of CPU") from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextlib.contextmanager
def _working_folder(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        sys.stdout.flush()
