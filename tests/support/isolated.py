"""Runs scripts that could take the interpreter down, each in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from textwrap import dedent

import pytest

generators_need_memory = pytest.mark.skipif(
    sys.version_info < (3, 12) and hasattr(sys, "gettotalrefcount"),
    reason="where a generator cannot be made for want of memory, 3.11's debug builds abort under"
    " any trace function: call_exc_trace() asks for the frame object of an incomplete frame",
)

# A script that hangs shows where.
WATCHDOG = "import faulthandler; faulthandler.dump_traceback_later(100, exit=True)\n"

PRELUDE = """
import sys
from lineprof import _core
core, mode = sys.argv[1:]
def measured(run, *functions):
    profiler = _core.Profiler(core=core)
    for function in functions:
        profiler.watch(function.__code__, always=mode == "always")
    if mode == "started": profiler.start()
    try:
        result = run()
    finally:
        profiler.close()
    calls = {code.co_name: found[0] for _, fs in profiler.snapshot() for code, *found in fs}
    return result, calls
"""


def run_script(
    core: str, mode: str, script: str, prelude: str = PRELUDE, **environment: str
) -> tuple[str, str]:
    """What the script wrote to stdout and stderr; it must exit with status 0."""
    whole = WATCHDOG + prelude + dedent(script)
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", whole, core, mode],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )
    assert result.returncode == 0, result.stderr[-4000:]
    return result.stdout, result.stderr


def run(core: str, mode: str, script: str) -> str:
    """What the script wrote to stdout; it must exit with status 0."""
    return run_script(core, mode, script)[0]
