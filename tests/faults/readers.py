"""What is done with a .lprof file, and what may come of it."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from lineprof import cli, storage
from lineprof.commands.export import FORMATS
from lineprof.errors import LineprofError
from lineprof.model import Profile

OUTPUT_FACTOR = 2000
"""A report is at most so many times as large as what was read (a page has 200 kB of its own)."""

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


class FaultError(AssertionError):
    """Something came out that must not; the text says of what command."""


def read_every_way(data: bytes, folder: Path, *, commands: bool = True) -> bool:
    """Load the bytes, and have every report of what they hold; whether they were accepted.

    FaultError if anything but a profile or one line of refusal comes of it.
    """
    path = folder / "damaged.lprof"
    path.write_bytes(data)
    try:
        profile = storage.load(path)
    except LineprofError as error:
        text = str(error)
        if not text.isprintable() or len(text) > len(str(path)) + 200:
            raise FaultError(f"not one line that can be shown: {text[:300]!r}") from error
        return False
    if type(profile) is not Profile:
        raise FaultError(f"load() gave {profile!r}")
    if storage.loads(storage.dumps(profile)) != profile:
        raise FaultError("what is written again is another profile")
    if commands:
        with _working_folder(folder):
            for words in COMMANDS:
                _run([word.format(path.name) for word in words], len(data))
    return True


def _run(words: list[str], size: int) -> None:
    """Run one command; whatever it says, it ends as a command may."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", "replace", write_through=True)
    errors = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            status = cli.main(words)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            raise FaultError(f"lineprof {' '.join(words)}: {error!r}") from error
    if status not in (0, 1, 3) or (status == 1 and not errors.getvalue()):
        raise FaultError(f"lineprof {' '.join(words)}: status {status}: {errors.getvalue()}")
    written = out.buffer.tell() + sum(
        os.path.getsize(name) for name in ("out", "out2") if os.path.exists(name)
    )
    for name in ("out", "out2"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    if written > OUTPUT_LIMIT + OUTPUT_FACTOR * size:
        raise FaultError(f"lineprof {' '.join(words)}: {written} bytes out of {size}")


@contextlib.contextmanager
def _working_folder(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        sys.stdout.flush()
