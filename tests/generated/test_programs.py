"""Every event source gives the reference's numbers for generated programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from .checks import check
from .machine import quiet
from .strategy import Case, cases

# Guard ticks by one more than manage() was given.
_BELOW_NOTHING = """\
d, x = 2, 1
def f():
    with manage(sum(-1 for i in range(3))) as y, Guard(y): tick(1)
    return tick(-2) + x
result = f()
"""


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


def test_a_program_that_would_put_the_clock_back() -> None:
    check(Case(_BELOW_NOTHING, "always", restless=True, left_out=None))


@settings(max_examples=100, derandomize=True)
@given(cases())
def test_numbers_and_conduct_of_a_few(case: Case) -> None:
    check(case)


@pytest.mark.slow
@given(cases())
def test_numbers_and_conduct(case: Case) -> None:
    check(case)
