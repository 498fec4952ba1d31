"""Every event source gives for programs nobody wrote what the reference gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given

from .checks import check
from .machine import quiet
from .strategy import Case, cases


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


@given(cases())
def test_numbers_and_conduct(case: Case) -> None:
    check(case)
