"""Every program of the catalogue has the hits and calls that the oracle counts."""

from __future__ import annotations

import pytest

from tests.support.catalogue import Program, programs
from tests.support.harness import oracle_outcome, profiled_outcome

each_program = pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)


@each_program
def test_all_code_watched(program: Program, core: str, mode: str) -> None:
    assert profiled_outcome(program, core, mode) == oracle_outcome(program)


@each_program
@pytest.mark.parametrize("rest", [0, 1])
def test_every_other_code_object_watched(program: Program, core: str, mode: str, rest: int) -> None:
    """Unwatched code stands between watched code: callers, callees, drivers of generators."""

    def chosen(index: int) -> bool:
        return index % 2 == rest

    expected = oracle_outcome(program).only(chosen)
    assert profiled_outcome(program, core, mode, chosen) == expected
