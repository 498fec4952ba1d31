"""The fake clock of all tests: times are exact because only the program moves it."""

from __future__ import annotations

import inspect


class FakeClock:
    """A timer in ns. `tick()` moves it, and each reading moves it by `step`."""

    def __init__(self, step: int = 0) -> None:
        self.now = 0
        self.step = step

    def __call__(self) -> int:
        self.now += self.step
        return self.now

    def tick(self, ns: int) -> int:
        self.now += ns
        return ns


SOURCE = inspect.getsource(FakeClock)
"""For scripts that run in a process of their own."""
