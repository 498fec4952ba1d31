"""Hits and times of random programs are those of the reference recorder, to the nanosecond."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from lineprof import _core

from ..oracle import nested_codes
from . import reference
from .catalogue import Program
from .catalogue.random_programs import random_program
from .harness import FakeClock, collector_off, compiled, measure, nothing_left, runner, times_of

SEEDS = range(40)
MOST_TICKS = 300


class Exhausted(BaseException):
    def __repr__(self) -> str:
        return "Exhausted"


class Ticker:
    """The program's `tick`: moves the clock, and stops a program that has gone on too long."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.left = MOST_TICKS

    def __call__(self, ns: int) -> int:
        self.left -= 1
        if self.left == 0:
            self.left = MOST_TICKS
            raise Exhausted
        return self.clock.tick(ns)


@cache
def program(seed: int) -> Program:
    return Program(f"random-{seed}", random_program(seed))


@cache
def expected(seed: int) -> tuple[str, list[reference.Times]]:
    clock = FakeClock()
    code = compiled(program(seed))
    run = runner(code, tick=Ticker(clock), Exhausted=Exhausted)
    return reference.times(nested_codes(code), clock, run)


@pytest.fixture(autouse=True)
def _ignored_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generators that raise while they are closed: part of the fun, not of the test."""
    monkeypatch.setattr("sys.unraisablehook", lambda _args: None)


def profiled(
    seed: int, core: str, mode: str, chosen: Callable[[int], bool]
) -> tuple[str, list[reference.Times]]:
    clock = FakeClock()
    code = compiled(program(seed))
    codes = nested_codes(code)
    profiler = _core.Profiler(core=core, timer=clock)
    watched = [c for index, c in enumerate(codes) if chosen(index)]
    run = runner(code, tick=Ticker(clock), Exhausted=Exhausted)
    with nothing_left(codes), collector_off():
        result = measure(profiler, watched, mode, run)
    return result, times_of(profiler, codes)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_code_watched(seed: int, core: str, mode: str) -> None:
    assert profiled(seed, core, mode, lambda _index: True) == expected(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_other_code_object_watched(seed: int, core: str, mode: str) -> None:
    def chosen(index: int) -> bool:
        return index % 2 == seed % 2

    clock = FakeClock()
    code = compiled(program(seed))
    codes = nested_codes(code)
    run = runner(code, tick=Ticker(clock), Exhausted=Exhausted)
    result, times = reference.times([c for i, c in enumerate(codes) if chosen(i)], clock, run)
    # The reference knows the chosen codes only; name callees by their place among all.
    places = [index for index in range(len(codes)) if chosen(index)]
    full = [reference.Times()] * len(codes)
    for place, numbers in zip(places, times, strict=True):
        edges = {(line, places[callee]): e for (line, callee), e in numbers.edges.items()}
        full[place] = reference.Times(numbers.calls, numbers.total, numbers.lines, edges)
    assert profiled(seed, core, mode, chosen) == (result, full)
