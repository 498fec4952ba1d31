"""From the plain tuples of the C core to the frozen model: ticks to ns, threads added up."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from types import CodeType

from .._version import __version__
from ..model.profile import Edge, Function, FunctionKey, Line, Profile, Run, Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from .._core import _Function, _Thread

    _K = TypeVar("_K")


class _Sums:
    """Numbers of one function while they are added up, in ticks."""

    __slots__ = ("calls", "cost", "edges", "lines", "total")

    def __init__(self) -> None:
        self.calls = self.total = self.cost = 0
        self.lines: dict[int, tuple[int, ...]] = {}
        self.edges: dict[tuple[int, FunctionKey], tuple[int, ...]] = {}


def function_key(code: CodeType) -> FunctionKey:
    """The key a code object is listed under; equal for the same text compiled twice."""
    return FunctionKey(code.co_filename, code.co_firstlineno, code.co_qualname)


def profile_from(
    threads: Iterable[_Thread],
    codes: Iterable[CodeType],
    ns_per_tick: float,
    run: Run,
    *,
    source: Callable[[FunctionKey], str | None] = lambda key: None,
    per_thread: bool = False,
) -> Profile:
    """The profile that a snapshot of the core amounts to.

    codes: what was registered; it is listed even if it was never called.
    source: text of a function, or None; not asked for the functions of threads.
    """
    threads = list(threads)
    keys = [function_key(code) for code in codes]
    rows = [row for _, found in threads for row in found]
    functions = _functions(rows, keys, ns_per_tick, source)
    if not per_thread:
        return Profile((run,), functions)
    by_ident: dict[int, list[_Function]] = {}
    for ident, found in threads:
        by_ident.setdefault(ident, []).extend(found)
    return Profile(
        (run,),
        functions,
        tuple(
            Thread(ident, _functions(found, (), ns_per_tick, lambda key: None))
            for ident, found in sorted(by_ident.items())
        ),
    )


def run_metadata(
    *,
    started: float,
    duration: int,
    core: str,
    clock: str,
    tick: float,
    cost: tuple[int, int, int],
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
    )


def _functions(
    rows: Iterable[_Function],
    keys: Iterable[FunctionKey],
    ns_per_tick: float,
    source: Callable[[FunctionKey], str | None],
) -> tuple[Function, ...]:
    sums = {key: _Sums() for key in keys}
    for code, calls, total, cost, lines, edges in rows:
        found = sums.setdefault(function_key(code), _Sums())
        found.calls += calls
        found.total += total
        found.cost += cost
        for line, *numbers in lines:
            _add(found.lines, line, numbers)
        for line, callee, *numbers in edges:
            _add(found.edges, (line, function_key(callee)), numbers)
    return tuple(_function(key, sums[key], ns_per_tick, source(key)) for key in sorted(sums))


def _function(key: FunctionKey, sums: _Sums, ns_per_tick: float, source: str | None) -> Function:
    def ns(ticks: int) -> int:
        # A clock that ticks in ns stays exact, however large the number.
        return ticks if ns_per_tick == 1 else round(ticks * ns_per_tick)

    return Function(
        key,
        sums.calls,
        ns(sums.total),
        ns(sums.cost),
        tuple(
            Line(number, hits, *map(ns, times))
            for number, (hits, *times) in sorted(sums.lines.items())
        ),
        tuple(
            Edge(line, callee, calls, ns(total), ns(cost))
            for (line, callee), (calls, total, cost) in sorted(sums.edges.items())
        ),
        source,
    )


def _add(into: dict[_K, tuple[int, ...]], key: _K, numbers: Iterable[int]) -> None:
    old = into.get(key)
    into[key] = tuple(numbers) if old is None else tuple(map(sum, zip(old, numbers, strict=True)))


def _system() -> tuple[str, str]:
    """Operating system with release and machine, and host name."""
    if not hasattr(os, "uname"):
        return sys.platform, os.environ.get("COMPUTERNAME", "")
    name = os.uname()
    return f"{name.sysname} {name.release} {name.machine}", name.nodename
