"""recorder_check(), which builds with assertions run after each change, finds what is broken."""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from ...faults.building import ROOT, core_sources

WAYS = range(1, 15)

PROGRAM = """
import ctypes, importlib.util, sys
path, core, way = sys.argv[1:]
spec = importlib.util.spec_from_file_location("lineprof._core", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
break_recorder = ctypes.PyDLL(path).break_recorder
break_recorder.argtypes = [ctypes.py_object, ctypes.c_int]

profiler = module.Profiler(core=core)

def inner():
    assert break_recorder(profiler, int(way)) and profiler.snapshot()

def outer():
    inner()

for function in (outer, inner):
    profiler.watch(function.__code__, always=True)
outer()
print("not found", flush=True)
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="builds the core with cc"
)


@pytest.fixture(scope="module")
def checked_core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core with its assertions, and break_recorder() in it."""
    target = tmp_path_factory.mktemp("checked") / f"_core{sysconfig.get_config_var('EXT_SUFFIX')}"
    flags = "-std=c11 -O0 -UNDEBUG -shared -fPIC -fvisibility=hidden"
    sources = [*core_sources(), "tests/csrc/record/break_recorder.c"]
    include = sysconfig.get_path("include")
    subprocess.run(
        ["cc", *shlex.split(flags), f"-I{include}", "-Icsrc", *sources, "-lpthread", "-o", target],
        cwd=ROOT,
        check=True,
    )
    return target


def run(built: Path, core: str, way: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(built), core, str(way)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_whole_state_passes(checked_core: Path, core: str) -> None:
    done = run(checked_core, core, 0)
    assert (done.stdout, done.returncode) == ("not found\n", 0)


@pytest.mark.parametrize("way", WAYS)
def test_a_broken_state_is_found(checked_core: Path, way: int) -> None:
    done = run(checked_core, "trace", way)
    assert (done.stdout, done.returncode) == ("", -signal.SIGABRT)
    assert "Assertion" in done.stderr
