"""Runs one program: plain, under the reference recorder, and under an event source.

Time passes only where the program ticks, on each thread by itself, so that threads do not disturb
one another's numbers. A restless clock moves at each reading as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import itertools
import logging
import marshal
import re
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Any

from lineprof import _core
from tests.support import reference
from tests.support.harness import collector_off, measure, nothing_left, times_of
from tests.support.oracle import nested_codes

from . import prelude

FEW_TICKS = 80
_ADDRESS = re.compile(r"0x[0-9a-f]+")
_APART = 10**12


class Exhausted(BaseException):
    """The program has gone on for long enough."""


class World(threading.local):
    """The clock and what the program sees of it; each thread has its own."""

    epochs = itertools.count()

    def __init__(self, restless: bool = False) -> None:
        # Thread idents are reused, so each thread starts its clock at a new moment.
        self.now = self.began = next(self.epochs) % 1000 * _APART
        self.step = int(restless)
        self.left = FEW_TICKS
        self.failed = 0
        self.ticks: list[int] = []

    def clock(self) -> int:
        self.now += self.step
        return self.now

    def tick(self, ns: int) -> int:
        """Move the clock by `ns` and return it; a negative `ns` does not move it."""
        self.left -= 1
        self.ticks.append(ns)
        if self.left <= 0:
            # A program that swallows it gets a few more ticks, then none.
            self.failed += 1
            self.left = FEW_TICKS >> self.failed
            raise Exhausted
        self.now += max(ns, 0)
        return ns

    def refill(self) -> None:
        self.left, self.failed = FEW_TICKS, 0


@dataclass(frozen=True)
class Conduct:
    """Everything that can be seen of a program from outside."""

    result: object
    ticks: tuple[int, ...]
    """In order; of the main thread."""
    unraisable: tuple[object, ...]


# Programs are compiled by the thousand, these once.
_HELPERS = {
    name: marshal.dumps(compile(source, "<helpers>", "exec", dont_inherit=True))
    for name, source in prelude.HELPERS.items()
}


@dataclass(frozen=True)
class Program:
    source: str

    @cached_property
    def stored(self) -> bytes:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(self.source, "<generated>", "exec", dont_inherit=True)
        return marshal.dumps(code)

    @cached_property
    def helpers(self) -> list[bytes]:
        return [_HELPERS[name] for name in prelude.used(self.source)]


class Run:
    """A program about to run, with code objects, a clock and a namespace of its own.

    No run sees the instrumentation of another's code.
    """

    def __init__(self, program: Program, restless: bool = False) -> None:
        self.world = World(restless)
        self._helpers: list[CodeType] = [marshal.loads(each) for each in program.helpers]
        self._code: CodeType = marshal.loads(program.stored)
        self.codes = nested_codes(self._code)
        """All measurable code objects, in a fixed order."""
        for helper in self._helpers:
            self.codes += nested_codes(helper)[1:]
        self._space = _space(self.world)
        self._unraisable: list[object] = []

    def __enter__(self) -> Run:
        for helper in self._helpers:
            exec(helper, self._space)
        return self

    def __call__(self) -> Conduct:
        before = sys.unraisablehook
        sys.unraisablehook = self._note
        try:
            exec(self._code, self._space)
        finally:
            sys.unraisablehook = before
        # Sorted, because the order of the threads is not fixed.
        unraisable = sorted(self._unraisable, key=repr)
        return Conduct(self._space["result"], tuple(self.world.ticks), tuple(unraisable))

    def __exit__(self, *_exc: object) -> None:
        """What is still suspended at the end of the program dies after the measurement."""
        before = sys.unraisablehook
        sys.unraisablehook = lambda _args: None
        self._space.clear()
        gc.collect(1)
        sys.unraisablehook = before

    def _note(self, args: Any) -> None:
        self._unraisable.append(describe(args.exc_value))


@dataclass(frozen=True)
class Measured:
    """What a source gave for a program."""

    conduct: Conduct
    times: list[reference.Times]
    threads: list[dict[str, reference.Times]]
    """By name of code object, of each thread."""
    passed: int
    """Time that passed on the main thread."""


def describe(error: BaseException) -> tuple[object, ...]:
    """An exception with its traceback and what it was raised from, without addresses."""
    if isinstance(error, KeyboardInterrupt):
        raise error
    places = []
    step = error.__traceback__
    while step is not None:
        places.append((step.tb_frame.f_code.co_name, step.tb_lineno))
        step = step.tb_next
    around = tuple(repr(type(e)) for e in (error.__cause__, error.__context__))
    return _ADDRESS.sub("", repr(error)), tuple(places), around


def _space(world: World) -> dict[str, Any]:
    modules = (asyncio, contextlib, functools, gc, threading, types)
    return {
        "__name__": "program",
        "tick": world.tick,
        "refill": world.refill,
        "describe": describe,
        "Exhausted": Exhausted,
        **{module.__name__: module for module in modules},
    }


@contextmanager
def quiet() -> Iterator[None]:
    """Keep asyncio from logging about abandoned tasks, and switch threads often."""
    logger = logging.getLogger("asyncio")
    before, interval = logger.disabled, sys.getswitchinterval()
    logger.disabled = True
    sys.setswitchinterval(1e-5)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before
        sys.setswitchinterval(interval)


def plain(program: Program) -> Conduct:
    with collector_off(), Run(program) as run:
        return run()


def by_reference(
    program: Program, chosen: Callable[[int], bool]
) -> tuple[Conduct, list[reference.Times]]:
    """The conduct, and the times of the chosen code."""
    with collector_off(), Run(program) as run:
        places = [index for index in range(len(run.codes)) if chosen(index)]
        watched = [run.codes[place] for place in places]
        conduct, times = reference.times(watched, run.world.clock, run)
    # The reference knows only the chosen codes; callees are named by their place among all.
    full = [reference.Times()] * len(run.codes)
    for place, numbers in zip(places, times, strict=True):
        edges = {(line, places[callee]): e for (line, callee), e in numbers.edges.items()}
        full[place] = reference.Times(numbers.calls, numbers.total, numbers.lines, edges)
    return conduct, full


def by_source(
    program: Program,
    core: str,
    mode: str,
    chosen: Callable[[int], bool],
    restless: bool = False,
) -> Measured:
    """Fails if the source leaves anything behind."""
    with collector_off(), Run(program, restless) as run:
        profiler = _core.Profiler(core=core, timer=run.world.clock)
        watched = [code for index, code in enumerate(run.codes) if chosen(index)]
        with nothing_left(run.codes):
            conduct = measure(profiler, watched, mode, run)
        passed = run.world.now - run.world.began
        return Measured(conduct, times_of(profiler, run.codes), _by_thread(profiler), passed)


def _by_thread(profiler: _core.Profiler) -> list[dict[str, reference.Times]]:
    """The numbers of all code objects of one name, added up: names are not unique."""
    threads = []
    for _ident, functions in profiler.snapshot():
        found: dict[str, reference.Times] = {}
        for number, (code, calls, total, _cost, lines, _edges) in enumerate(functions):
            each = {line[0]: reference.LineTimes(*line[1:5]) for line in lines}
            name = code.co_qualname
            found[name if name not in found else f"{name} {number}"] = reference.Times(
                calls, total, each
            )
        threads.append(found)
    return threads
