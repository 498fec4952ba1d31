"""What kernprof does, step by step, for whoever asks with -vv."""

from __future__ import annotations

import time
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kernprof.streams import Streams


class Diary:
    """Lines with the time, on standard output; kept only if somebody wants to read them."""

    def __init__(self, streams: Streams, is_kept: bool) -> None:
        self.is_kept = is_kept
        self._streams = streams

    def note(self, text: Callable[[], str]) -> None:
        """Write down a text, which is made only if it is wanted."""
        if self.is_kept:
            self.say(text())

    def say(self, text: str) -> None:
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
        head = f"[kernprof {stamp},{int(now % 1 * 1000):03} DEBUG]"
        self._streams.say("\n".join(f"{head} {line}" for line in text.splitlines()))
