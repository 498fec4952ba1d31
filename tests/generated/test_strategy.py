"""The strategy writes every construct, and the programs reach it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings

from tests.support.oracle import count, nested_codes

from . import constructs
from .machine import Program, Run, by_reference, plain, quiet
from .strategy import Case, cases
from .writer import random_program

MANY = 400


@pytest.mark.slow
def test_every_construct_is_reached() -> None:
    found: Counter[str] = Counter()
    reached = written = crossing = 0

    @settings(max_examples=MANY, derandomize=True)
    @given(cases())
    def look(case: Case) -> None:
        nonlocal reached, written, crossing
        program = Program(case.source)
        conduct, times = by_reference(program, lambda _place: True)
        codes = nested_codes(compile(case.source, "", "exec"))
        lines = {n for t in times[: len(codes)] for n, line in t.lines.items() if line.hits}
        found.update(constructs.constructs(case.source, lines))
        reached += len(lines)
        written += len({line for code in codes for *_, line in code.co_lines() if line})
        crossing += "(('main', " in repr(conduct.result)

    with quiet():
        look()
    assert constructs.names() - found.keys() == set()
    assert crossing > MANY / 20, "exceptions that cross frames"
    assert reached > written / 2


def test_a_seed_gives_one_program_and_each_run_the_same() -> None:
    assert random_program(7) == random_program(7) != random_program(8)
    with quiet():
        for seed in range(20):
            program = Program(random_program(seed))
            assert plain(program) == plain(program)


def test_the_reference_counts_what_the_oracle_counts() -> None:
    with quiet():
        for seed in range(40):
            program = Program(random_program(seed))
            with Run(program) as run:
                _conduct, counts = count(run.codes, run)
            _conduct, times = by_reference(program, lambda _place: True)
            expected = [(counts[code].calls, dict(counts[code].hits)) for code in run.codes]
            hits = [{n: line.hits for n, line in t.lines.items() if line.hits} for t in times]
            assert [(t.calls, h) for t, h in zip(times, hits, strict=True)] == expected
