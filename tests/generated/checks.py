"""What must be true of every program, under every event source."""

from __future__ import annotations

import sys

from tests.support.reference import Times

from .machine import Measured, Program, by_reference, by_source, plain
from .strategy import Case

CORES = ("trace", "monitor") if sys.version_info >= (3, 12) else ("trace",)
TOP = ("<module>", "spread.<locals>.run")
"""Code that no measured code calls, on the main thread and on the threads of spread()."""


def check(case: Case, cores: tuple[str, ...] = CORES) -> list[Times]:
    """The numbers that the reference gives for all code objects; every source gave the same."""
    program, mode, chosen = Program(case.source), case.mode, case.chosen
    complete = case.left_out is None
    conduct = plain(program)
    expected_conduct, expected = by_reference(program, chosen)
    assert expected_conduct == conduct
    for core in cores:
        measured = by_source(program, core, mode, chosen)
        assert measured.conduct == conduct, core
        assert hits(measured.times) == hits(expected), core
        assert measured.times == expected, core
        agree(measured, complete)
        if complete:
            assert own_time(measured) == measured.passed, core
        if case.restless:
            ticking = by_source(program, core, mode, chosen, restless=True)
            assert ticking.conduct == conduct, core
            assert hits(ticking.times) == hits(expected), core
            agree(ticking, complete)
    return expected


def hits(times: list[Times]) -> list[tuple[int, dict[int, int]]]:
    """Calls, and hits by line."""
    return [
        (t.calls, {line: numbers.hits for line, numbers in t.lines.items() if numbers.hits})
        for t in times
    ]


def own_time(measured: Measured) -> int:
    """Self times of all lines on the main thread."""
    (main,) = [thread for thread in measured.threads if TOP[0] in thread]
    return sum(line.self_time for t in main.values() for line in t.lines.values())


def agree(measured: Measured, all_watched: bool) -> None:
    """Numbers of one run do not contradict each other, whatever the clock did."""
    for thread in measured.threads:
        for numbers in thread.values():
            for line in numbers.lines.values():
                assert 0 <= line.self_time <= line.total <= numbers.total
                assert line.suspended >= 0
        if all_watched:
            # Everything ran below one call, so the self times add up to its time.
            (top,) = [thread[name] for name in TOP if name in thread]
            own = sum(line.self_time for t in thread.values() for line in t.lines.values())
            assert own == top.total
