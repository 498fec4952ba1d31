"""The stub file agrees with the extension."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support import ROOT

# Only the stub is checked, although stubtest reads the whole package.
CONFIG = """\
[mypy]
ignore_missing_imports = true
[mypy-lineprof.*]
ignore_errors = true
[mypy-lineprof._core]
ignore_errors = false
"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not installed")
def test_stub_agrees_with_the_extension(tmp_path: Path) -> None:
    config = tmp_path / "mypy.ini"
    config.write_text(CONFIG)
    result = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "lineprof._core", "--mypy-config-file", config],
        cwd=ROOT,
        env={**os.environ, "MYPY_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
