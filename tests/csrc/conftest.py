from __future__ import annotations

import pytest

from tests.support.harness import MODES


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)
