"""Runs one program under the oracle or the core, and looks for what a run left behind."""

from __future__ import annotations

import ast
import ctypes
import gc
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import TypeVar

from lineprof import _core

from .catalogue import Program
from .oracle import Count, count, nested_codes
from .reference import LineTimes, Times

_T = TypeVar("_T")

MODES = ("always", "started")
"""How code is watched: for good, or between start() and stop()."""


@dataclass(frozen=True)
class Outcome:
    """What a run gave; counts in the order of `nested_codes`."""

    result: str
    counts: tuple[Count | None, ...]

    def only(self, chosen: Callable[[int], bool]) -> Outcome:
        return Outcome(
            self.result, tuple(c if chosen(i) else None for i, c in enumerate(self.counts))
        )


def compiled(program: Program) -> CodeType:
    """Fresh code every time, so no run sees the instrumentation of another."""
    return compile_program(program.source, program.name)


def compile_program(source: str | ast.Module, name: str) -> CodeType:
    with warnings.catch_warnings():
        # From 3.14 on Python warns of return, break and continue in `finally`.
        warnings.simplefilter("ignore", SyntaxWarning)
        return compile(source, f"<{name}>", "exec", dont_inherit=True)


def runner(code: CodeType, **names: object) -> Callable[[], str]:
    """A function that runs a program to its end, until its suspended generators are gone too."""

    def run() -> str:
        space: dict[str, object] = {"__name__": "program", **names}
        exec(code, space)
        result = repr(space["main"]())  # type: ignore[operator]
        space.clear()
        gc.collect(0)
        return result

    return run


@cache
def oracle_outcome(program: Program) -> Outcome:
    code = compiled(program)
    codes = nested_codes(code)
    result, counts = count(codes, runner(code))
    return Outcome(result, tuple(counts[c] for c in codes))


def profiled_outcome(
    program: Program, core: str, mode: str, chosen: Callable[[int], bool] = lambda _index: True
) -> Outcome:
    code = compiled(program)
    codes = nested_codes(code)
    profiler = _core.Profiler(core=core)
    watched = [c for index, c in enumerate(codes) if chosen(index)]
    with nothing_left(codes), collector_off():
        result = measure(profiler, watched, mode, runner(code))
    numbers = {id(c): n for c, n in counts_of(profiler)}
    return Outcome(
        result,
        tuple(numbers.get(id(c), Count()) if chosen(i) else None for i, c in enumerate(codes)),
    )


def measure(
    profiler: _core.Profiler, codes: Iterable[CodeType], mode: str, driver: Callable[[], _T]
) -> _T:
    for code in codes:
        assert profiler.watch(code, always=mode == "always")
    try:
        if mode == "started":
            profiler.start()
        return driver()
    finally:
        if mode == "started":
            profiler.stop()
        profiler.close()


def counts_of(profiler: _core.Profiler) -> list[tuple[CodeType, Count]]:
    """Calls and hits of every code object, threads added up."""
    calls: dict[int, int] = {}
    hits: dict[int, dict[int, int]] = {}
    codes: dict[int, CodeType] = {}
    for _ident, functions in profiler.snapshot():
        for code, called, _total, _cost, lines, _edges in functions:
            codes[id(code)] = code
            calls[id(code)] = calls.get(id(code), 0) + called
            sums = hits.setdefault(id(code), {})
            for line in lines:
                if line[1]:
                    sums[line[0]] = sums.get(line[0], 0) + line[1]
    return [(code, Count(calls[key], hits[key])) for key, code in codes.items()]


@contextmanager
def collector_off() -> Iterator[None]:
    """Without the collector, as the oracle runs: generators then die at the same moments."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def nothing_left(codes: Iterable[CodeType] = ()) -> Iterator[None]:
    """Fails if hooks, tool ids or local events are not as they were before."""
    before = hooks(codes)
    yield
    assert hooks(codes) == before


def hooks(codes: Iterable[CodeType] = ()) -> dict[str, object]:
    """Every hook of the interpreter that a profiler could leave behind."""
    found: dict[str, object] = {
        "trace": sys.gettrace(),
        "profile": sys.getprofile(),
        "threads": threading.gettrace(),
        "evaluator": _evaluator(),
    }
    if sys.version_info >= (3, 12):
        monitoring = sys.monitoring
        for tool in range(6):
            name = monitoring.get_tool(tool)
            found[f"tool {tool}"] = name
            found[f"events {tool}"] = monitoring.get_events(tool) if name else 0
            found[f"local events {tool}"] = [
                code.co_qualname for code in codes if _local_events(tool, code)
            ]
    return found


def _local_events(tool: int, code: CodeType) -> int:
    if sys.version_info >= (3, 12):
        try:
            return sys.monitoring.get_local_events(tool, code)
        except ValueError:  # 3.14: no such tool, so no events of it
            return 0
    return 0


def _evaluator() -> int | None:
    """Address of the frame evaluator (PEP 523)."""
    try:
        get = ctypes.pythonapi._PyInterpreterState_GetEvalFrameFunc
        current = ctypes.pythonapi.PyInterpreterState_Get
    except AttributeError:
        return None
    current.restype = ctypes.c_void_p
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    address: int | None = get(current())
    return address


def times_of(profiler: _core.Profiler, codes: list[CodeType]) -> list[Times]:
    """Times of `codes` as the reference recorder gives them, threads added up."""
    places = {id(code): index for index, code in enumerate(codes)}
    calls, totals = [0] * len(codes), [0] * len(codes)
    lines: list[dict[int, list[int]]] = [{} for _ in codes]
    edges: list[dict[tuple[int, int], list[int]]] = [{} for _ in codes]
    for _ident, functions in profiler.snapshot():
        for code, called, total, _cost, code_lines, code_edges in functions:
            place = places[id(code)]
            calls[place] += called
            totals[place] += total
            for line in code_lines:
                _add(lines[place], line[0], line[1:5])
            for edge in code_edges:
                _add(edges[place], (edge[0], places[id(edge[1])]), edge[2:4])
    return [
        Times(
            calls[place],
            totals[place],
            {line: LineTimes(*values) for line, values in lines[place].items() if any(values)},
            {key: (values[0], values[1]) for key, values in edges[place].items() if any(values)},
        )
        for place in range(len(codes))
    ]


def _add(sums: dict[_T, list[int]], key: _T, values: Iterable[int]) -> None:
    found = sums.get(key)
    if found is None:
        sums[key] = list(values)
    else:
        sums[key] = [a + b for a, b in zip(found, values, strict=True)]
