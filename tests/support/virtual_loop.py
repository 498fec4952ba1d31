"""An event loop that runs on the fake clock: sleeps are exact and take no time."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from .clock import FakeClock

_T = TypeVar("_T")


class _Selector(selectors.DefaultSelector):
    """Instead of waiting for a timer it moves the clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:  # for a callback of another thread
            return super().select(None)
        self._clock.tick(math.ceil(timeout * 1e9))
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: FakeClock) -> None:
        super().__init__(_Selector(clock))
        self._virtual = clock

    def time(self) -> float:
        return self._virtual.now / 1e9


def run(clock: FakeClock, main: Coroutine[Any, Any, _T]) -> _T:
    """`asyncio.run()` on the fake clock."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(clock)) as runner:
        return runner.run(main)
