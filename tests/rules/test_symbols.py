"""The extension exports its init function and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from lineprof import _core


@pytest.mark.skipif(shutil.which("nm") is None, reason="nm (binutils) is not installed")
@pytest.mark.skipif(sys.platform != "linux", reason="reads the symbols of an ELF file")
def test_one_exported_symbol() -> None:
    assert _core.__file__ is not None
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", _core.__file__], capture_output=True, text=True, check=True
    )
    assert [line.split()[-1] for line in listing.stdout.splitlines()] == ["PyInit__core"]
