"""A `kernprof` that is gone, or another package's, is noticed, with the way to repair it."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from importlib.metadata import PackagePath
from pathlib import Path
from types import SimpleNamespace

import pytest

from lineprof.commands.installed import REPAIR, complaint
from tests.support import ROOT


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an installation that is asked for in this test has its script."""
    script = tmp_path / "scripts" / "kernprof"
    script.parent.mkdir()
    path = PackagePath("scripts/kernprof")
    path.dist = SimpleNamespace(locate_file=lambda name: tmp_path / name)  # type: ignore[assignment]
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    found = SimpleNamespace(files=[PackagePath("kernprof/__init__.py"), path])
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: found)
    return script


def test_a_command_that_is_gone(script: Path) -> None:
    """As after `pip uninstall line_profiler`: pip removes the command of both."""
    said = complaint()
    assert said is not None
    assert said.startswith("the command `kernprof` is gone")
    assert said.endswith(REPAIR)


def test_a_command_that_is_there(script: Path) -> None:
    script.touch()
    assert complaint() is None


def test_no_installation(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    assert complaint() is None


def test_the_kernprof_of_another_package(tmp_path: Path) -> None:
    (tmp_path / "kernprof.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", "lineprof", "--version"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("lineprof ")
    assert f"`kernprof` is that of {tmp_path / 'kernprof.py'}" in done.stderr
    assert REPAIR in done.stderr
