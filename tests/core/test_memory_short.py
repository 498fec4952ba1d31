"""Memory that runs out while a profiler does all it can do: see tests/faults/shortage.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lineprof import _core

SCRIPT = Path(__file__).parents[1] / "faults" / "shortage.py"


def test_each_allocation_of_python_fails(core: str, mode: str) -> None:
    pytest.importorskip("_testcapi", reason="this Python has no test modules")
    path = [str(Path(_core.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(SCRIPT), "python", core, mode],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert "times MemoryError, nothing else" in done.stdout
