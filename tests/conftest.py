"""Fixtures that tests of every part share."""

from __future__ import annotations

import importlib.util
import sys

import pytest

CORES = ("trace", "monitor")


@pytest.fixture(params=CORES)
def core(request: pytest.FixtureRequest) -> str:
    """Each event source in turn; skipped, with the reason, where it cannot run."""
    name: str = request.param
    if importlib.util.find_spec("lineprof._core") is None:
        pytest.skip("the C core is not built")
    if name == "monitor" and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring needs Python 3.12 or later")
    from lineprof import _core

    assert name in _core.CORES
    return name
