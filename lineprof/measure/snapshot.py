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
    known: dict[int, FunctionKey] = {}

    def key_of(code: CodeType) -> FunctionKey:
        if id(code) not in known:
            known[id(code)] = function_key(code).in_version(version(code))
        return known[id(code)]

    threads, codes = list(threads), list(codes)
    by_key = {key_of(code): code for code in reversed(codes)}
    rows = [row for _, found in threads for row in found]
    by_key = {**{key_of(row[0]): row[0] for row in rows}, **by_key}
    functions = _functions(rows, by_key, key_of, ns_per_tick, lambda key: source(by_key[key]))
    if not per_thread:
        return Profile((run,), functions)
    by_ident: dict[int, list[_Function]] = {}
    for ident, found in threads:
        by_ident.setdefault(ident, []).extend(found)
    return Profile(
        (run,),
        functions,
        tuple(
            Thread(ident, _functions(found, (), key_of, ns_per_tick, lambda key: None))
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


def _functions(
    rows: Iterable[_Function],
    keys: Iterable[FunctionKey],
    key_of: Callable[[CodeType], FunctionKey],
    ns_per_tick: float,
    source: Callable[[FunctionKey], str | None],
) -> tuple[Function, ...]:
    by_key: dict[FunctionKey, list[_Function]] = {key: [] for key in keys}
    for row in rows:
        by_key.setdefault(key_of(row[0]), []).append(row)
    return tuple(
        _function(key, by_key[key], key_of, ns_per_tick, source(key)) for key in sorted(by_key)
    )


def _function(
    key: FunctionKey,
    rows: list[_Function],
    key_of: Callable[[CodeType], FunctionKey],
    ns_per_tick: float,
    source: str | None,
) -> Function:
    """One function out of what each thread, and each code object of this key, has of it."""

    def ns(ticks: int) -> int:
        # A clock that ticks in ns stays exact, however large the number.
        return ticks if ns_per_tick == 1 else round(ticks * ns_per_tick)

    calls = total = cost = 0
    lines: dict[int, tuple[int, ...]] = {}
    edges: dict[tuple[int, FunctionKey], tuple[int, ...]] = {}
    for _, some_calls, some_total, some_cost, some_lines, some_edges in rows:
        calls, total, cost = calls + some_calls, total + some_total, cost + some_cost
        for number, *numbers in some_lines:
            _add(lines, number, numbers)
        for line, callee, *numbers in some_edges:
            _add(edges, (line, key_of(callee)), numbers)
    return Function(
        key,
        calls,
        ns(total),
        ns(cost),
        tuple(Line(line, hits, *map(ns, times)) for line, (hits, *times) in sorted(lines.items())),
        tuple(
            Edge(line, callee, calls, *map(ns, times))
            for (line, callee), (calls, *times) in sorted(edges.items())
        ),
        source,
    )


def _add(into: dict[_K, tuple[int, ...]], key: _K, numbers: Iterable[int]) -> None:
    old = into.get(key)
    into[key] = tuple(numbers) if old is None else tuple(map(sum, zip(old, numbers, strict=True)))


def _system() -> tuple[str, str]:
    if not hasattr(os, "uname"):
        return sys.platform, os.environ.get("COMPUTERNAME", "")
    name = os.uname()
    return f"{name.sysname} {name.release} {name.machine}", name.nodename
