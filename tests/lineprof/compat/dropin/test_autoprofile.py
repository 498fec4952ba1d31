"""`autoprofile.run`: a script, and what is chosen of it and of what it imports."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lineprof._core")

from lineprof import LineProfiler
from lineprof.compat.dropin.autoprofile import run

SCRIPT = "import autoprofiled\ndef f():\n    return autoprofiled.g()\nx = f()\n"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "autoprofiled.py").write_text("def g():\n    return 2\ndef h():\n    pass\n")
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield path
    sys.modules.pop("autoprofiled", None)


@pytest.fixture
def profiler() -> Iterator[LineProfiler]:
    made = LineProfiler()
    yield made
    made.close()


def hits(profiler: LineProfiler) -> dict[str, int]:
    return {f.key.name: f.hits for f in profiler.snapshot().functions}


def test_the_script(script: Path, profiler: LineProfiler) -> None:
    names: dict[str, Any] = {"__name__": "__main__", "prof": profiler}
    run(script, names, prof_mod=[str(script)])
    assert names["x"] == 2
    assert hits(profiler) == {"f": 1}


def test_the_script_and_its_imports(script: Path, profiler: LineProfiler) -> None:
    names = {"__name__": "__main__", "profile": profiler}
    run(str(script), names, [str(script)], profile_imports=True)
    assert hits(profiler) == {"f": 1, "g": 1, "h": 0}


def test_a_module_that_it_imports(script: Path, profiler: LineProfiler) -> None:
    run(str(script), {"__name__": "__main__", "prof": profiler}, ["autoprofiled.g"])
    assert hits(profiler) == {"g": 1}


def test_a_script_that_runs_as_a_module(script: Path, profiler: LineProfiler) -> None:
    names = {"__name__": "__main__", "__package__": "", "prof": profiler}
    run(str(script), names, ["script"], as_module=True)
    assert hits(profiler) == {"f": 1}


def test_imports_afterwards_are_left_alone(script: Path, profiler: LineProfiler) -> None:
    before = sys.meta_path[:]
    script.write_text("1 / 0")
    with pytest.raises(ZeroDivisionError):
        run(str(script), {"prof": profiler}, ["autoprofiled"])
    assert sys.meta_path == before


def test_without_a_profiler_nothing_runs(script: Path) -> None:
    script.write_text("raise AssertionError")
    with pytest.raises(TypeError, match="no LineProfiler is called prof or profile"):
        run(str(script), {"profile": 3}, [])
