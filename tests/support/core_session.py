"""A small program with known times, and a profiler with a clock that only the program moves.

Programs call `tick(ns)`; line numbers count from the first line of their text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import dedent
from types import CodeType
from typing import Any

from lineprof import _core

from .clock import FakeClock
from .harness import collector_off, hooks, times_of
from .oracle import nested_codes


@dataclass
class Numbers:
    """Of one function: lines as (hits, total, self, suspended), edges as (calls, total)."""

    calls: int = 0
    total: int = 0
    lines: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)
    edges: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)


class Session:
    """One profiler with a fake clock, and the program it measures."""

    def __init__(self, core: str, mode: str, source: str, *names: str, watch_all: bool = True):
        self.clock = FakeClock()
        self.profiler = _core.Profiler(core=core, timer=self.clock)
        self.mode = mode
        code = compile(dedent(source).lstrip("\n"), "<test>", "exec", dont_inherit=True)
        self.codes = {c.co_qualname: c for c in nested_codes(code)[1:]}
        self.space: dict[str, Any] = {"tick": self.clock.tick, "__name__": "program"}
        exec(code, self.space)
        self.before = hooks(self.codes.values())
        if watch_all:
            self.watch(*(names or self.codes))

    def watch(self, *names: str) -> None:
        for name in names:
            self.profiler.watch(self.codes[name], always=self.mode == "always")

    def unwatch(self, *names: str) -> None:
        for name in names:
            self.profiler.unwatch(self.codes[name])

    def run(self, **names: Callable[..., object]) -> object:
        self.space.update(names)
        main: Callable[[], object] = self.space["main"]
        with collector_off():
            try:
                if self.mode == "started":
                    self.profiler.start()
                return main()
            finally:
                self.end()

    def end(self) -> None:
        """Stop measuring, and check that no hook is left."""
        self.profiler.stop()
        self.profiler.close()
        assert hooks(self.codes.values()) == self.before

    def numbers(self) -> dict[str, Numbers]:
        codes: list[CodeType] = list(self.codes.values())
        names = list(self.codes)
        return {
            name: Numbers(
                t.calls,
                t.total,
                {n: (x.hits, x.total, x.self_time, x.suspended) for n, x in t.lines.items()},
                {(line, names[callee]): both for (line, callee), both in t.edges.items()},
            )
            for name, t in zip(names, times_of(self.profiler, codes), strict=True)
        }


def measured(core: str, mode: str, source: str, *names: str) -> dict[str, Numbers]:
    session = Session(core, mode, source, *names)
    session.run()
    return session.numbers()
