"""From the plain tuples of the C core to the frozen model: ticks to ns, threads added up."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Hashable, Iterable
from types import CodeType

from .._version import __version__
from ..model.profile import Edge, Function, FunctionKey, Line, Profile, Run, Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from .._core import _Function, _Thread

    _K = TypeVar("_K", bound=Hashable)


def function_key(code: CodeType) -> FunctionKey:
    """The key a code object is listed under; equal for the same text compiled twice."""
    return FunctionKey(code.co_filename, code.co_firstlineno, code.co_qualname)


def profile_from(
    threads: Iterable[_Thread],
    codes: Iterable[CodeType],
    ns_per_tick: float,
    run: Run,
    *,
    source: Callable[[CodeType], str | None] = lambda code: None,
    version: Callable[[CodeType], int] = lambda code: 0,
    per_thread: bool = False,
) -> Profile:
    """The profile that a snapshot of the core amounts to.

    codes: what was registered; it is listed even if it was never called.
    source: text of a function, or None; not asked for the functions of threads.
    version: which of the texts that a function has had is the code's; each is listed by itself.
    """
    maker = _Maker(ns_per_tick, version)
    threads, codes = list(threads), list(codes)
    by_key = {maker.key_of(code): code for code in reversed(codes)}
    rows = [row for _, found in threads for row in found]
    by_key = {**{maker.key_of(row[0]): row[0] for row in rows}, **by_key}
    functions = maker.functions(rows, by_key, lambda key: source(by_key[key]))
    if not per_thread:
        return Profile((run,), functions)
    by_ident: dict[int, list[_Function]] = {}
    for ident, found in threads:
        by_ident.setdefault(ident, []).extend(found)
    several = (Thread(i, maker.functions(found)) for i, found in sorted(by_ident.items()))
    return Profile((run,), functions, tuple(several))


def run_metadata(
    *,
    started: float,
    duration: int,
    core: str,
    clock: str,
    tick: float,
    cost: tuple[int, int, int],
    cut_short: str = "",
) -> Run:
    """What is known about this process, beside what the profiler says of itself.

    cost: ticks of an enter, line and leave event.
    """
    enter, line, leave = (round(ticks * tick * 1e12) for ticks in cost)
    system, host = _system()
    return Run(
        lineprof=__version__,
        python=sys.version.split()[0],
        implementation=sys.implementation.name,
        platform=system,
        argv=tuple(str(argument) for argument in getattr(sys, "argv", ())),
        started=started,
        duration=duration,
        pid=os.getpid(),
        host=host,
        core=core,
        clock=clock,
        tick=tick,
        cost=(enter, line, leave),
        cut_short=cut_short,
    )


class _Maker:
    """Makes functions of what the core has of them, in ns."""

    def __init__(self, ns_per_tick: float, version: Callable[[CodeType], int]) -> None:
        self._ns_per_tick = ns_per_tick
        self._version = version
        self._known: dict[int, FunctionKey] = {}

    def key_of(self, code: CodeType) -> FunctionKey:
        if id(code) not in self._known:
            self._known[id(code)] = function_key(code).in_version(self._version(code))
        return self._known[id(code)]

    def functions(
        self,
        rows: Iterable[_Function],
        keys: Iterable[FunctionKey] = (),
        source: Callable[[FunctionKey], str | None] = lambda key: None,
    ) -> tuple[Function, ...]:
        by_key: dict[FunctionKey, list[_Function]] = {key: [] for key in keys}
        for row in rows:
            by_key.setdefault(self.key_of(row[0]), []).append(row)
        return tuple(self._function(key, by_key[key], source(key)) for key in sorted(by_key))

    def _function(self, key: FunctionKey, rows: list[_Function], source: str | None) -> Function:
        """One function out of what each thread, and each code object of this key, has of it."""
        calls = total = cost = 0
        lines: dict[int, tuple[int, ...]] = {}
        edges: dict[tuple[int, FunctionKey], tuple[int, ...]] = {}
        for _, some_calls, some_total, some_cost, some_lines, some_edges in rows:
            calls, total, cost = calls + some_calls, total + some_total, cost + some_cost
            for number, *numbers in some_lines:
                _add(lines, number, numbers)
            for line, callee, *numbers in some_edges:
                _add(edges, (line, self.key_of(callee)), numbers)
        ns = self._ns
        return Function(
            key,
            calls,
            ns(total),
            ns(cost),
            tuple(Line(n, hits, *map(ns, times)) for n, (hits, *times) in sorted(lines.items())),
            tuple(
                Edge(line, callee, calls, *map(ns, times))
                for (line, callee), (calls, *times) in sorted(edges.items())
            ),
            source,
        )

    def _ns(self, ticks: int) -> int:
        # A clock that ticks in ns stays exact, however large the number.
        return ticks if self._ns_per_tick == 1 else round(ticks * self._ns_per_tick)


def _add(into: dict[_K, tuple[int, ...]], key: _K, numbers: Iterable[int]) -> None:
    old = into.get(key)
    into[key] = tuple(numbers) if old is None else tuple(map(sum, zip(old, numbers, strict=True)))


def _system() -> tuple[str, str]:
    if not hasattr(os, "uname"):
        return sys.platform, os.environ.get("COMPUTERNAME", "")
    name = os.uname()
    return f"{name.sysname} {name.release} {name.machine}", name.nodename
