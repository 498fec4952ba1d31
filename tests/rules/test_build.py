"""What a build says when it cannot be done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

pytest.importorskip("setuptools", minversion="77")


def test_without_a_compiler_one_line_says_what_to_install(tmp_path: Path) -> None:
    for name in ("csrc", "lineprof", "kernprof"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.so", "__pycache__")
        )
    for name in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    build = "from setuptools import build_meta; build_meta.build_wheel('dist')"
    done = subprocess.run(
        [sys.executable, "-c", build],
        cwd=tmp_path,
        env={**os.environ, "CC": "/nowhere/cc", "LDSHARED": "/nowhere/cc -shared"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "It needs a C compiler and Python's headers: packages gcc and python3-dev" in done.stderr
