"""A program that is not Python: a launcher, a shell script, a build. What it starts may be."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from kernprof.signals import DEADLY
from lineprof import LineprofError

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(words: Sequence[str]) -> int:
    """Run a command in the foreground, hand on what would end it, and return its exit status.

    Ctrl-C reaches it without us. One that a signal ended has the status that a shell gives it.
    LineprofError if there is no such command.
    """
    import subprocess  # loads `threading`, which other programs must not find loaded

    try:
        process = subprocess.Popen(words)
    except OSError as error:
        raise LineprofError(f"Could not run {words[0]!r}: {error.strerror}") from None
    before = {
        number: signal.signal(number, lambda number, _: process.send_signal(number))
        for number in DEADLY
    }
    try:
        while True:
            try:
                status = process.wait()
                return status if status >= 0 else 128 - status
            except KeyboardInterrupt:
                continue
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
