"""Fixtures that tests of every part share."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from pathlib import Path

import pytest

CORES = ("trace", "monitor")

SLOW_FIXTURES = {"driver", "theirs"}

try:
    from hypothesis import HealthCheck, Phase, configuration, settings
except ImportError:
    pass  # what needs it skips itself
else:
    # Nothing is left in the tree, and a failure is shown by the program alone: explaining it would
    # trace the code under test. `--hypothesis-profile=long` looks for what `quick` has not met.
    configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir(), "lineprof-hypothesis"))
    _COMMON = settings(
        database=None,
        deadline=None,
        print_blob=False,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    # Debug builds take eight times as long for each.
    _QUICK = 100 if hasattr(sys, "gettotalrefcount") else 1000
    settings.register_profile("quick", _COMMON, max_examples=_QUICK, derandomize=True)
    settings.register_profile("long", _COMMON, max_examples=50_000)
    settings.load_profile("quick")


def pytest_configure(config: pytest.Config) -> None:
    """Tests that are named are run, slow or not: only a plain `pytest` leaves slow ones out."""
    chosen = any(word.startswith("-m") for word in config.invocation_params.args)
    if config.args_source is config.ArgsSource.ARGS and not chosen:
        config.option.markexpr = ""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow is also what starts line_profiler or a browser."""
    for item in items:
        if SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


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
