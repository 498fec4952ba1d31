"""Memory that runs out while a profiler does all it can do: see tests/faults/shortage.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lineprof import _core
from tests.support.isolated import generators_need_memory, run

SCRIPT = Path(__file__).parents[1] / "faults" / "shortage.py"


@generators_need_memory
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


def test_each_allocation_of_reading_a_code_fails(core: str, mode: str) -> None:
    """Line numbers above 256 are not among the cached small integers."""
    pytest.importorskip("_testcapi", reason="this Python has no test modules")
    output = run(
        core,
        mode,
        """
        from _testcapi import set_nomemory, remove_mem_hooks
        space = {}
        exec("\\n" * 300 + "def work():" + "\\n x = 1" * 40, space)
        code = space["work"].__code__
        errors = 0
        for n in range(200):
            profiler = _core.Profiler(core=core)
            set_nomemory(n, n + 1)
            try:
                profiler.watch(code, always=mode == "always")
            except MemoryError:
                errors += 1
            finally:
                remove_mem_hooks()
            profiler.close()
        print(errors > 0)
        """,
    )
    assert output == "True\n"
