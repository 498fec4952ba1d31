"""line_profiler itself, in an environment of its own outside the tree, made once and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

VERSION = "5.1.0"
"""Of line_profiler; what the comparison was written against."""


def _cache() -> Path:
    given = os.environ.get("LINEPROF_TEST_CACHE")
    if given:
        return Path(given)
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home) / "lineprof-tests"


def _made(folder: Path) -> str | None:
    """Why line_profiler cannot be had; None if it is in the folder now."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside it and then renamed: another run of the tests may be making it, too.
    making = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        for command in (
            [sys.executable, "-m", "venv", str(making)],
            [
                *(str(making / "bin" / "python"), "-m", "pip", "install", "--quiet"),
                *("--disable-pip-version-check", "--only-binary=:all:"),
                f"line_profiler=={VERSION}",
            ],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
            if done.returncode:
                return (done.stderr or done.stdout).strip().rpartition("\n")[2]
        try:
            making.rename(folder)
        except OSError:
            # The other run was faster.
            return None if folder.exists() else "the environment cannot be renamed"
        return None
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    finally:
        shutil.rmtree(making, ignore_errors=True)


@pytest.fixture(scope="session")
def theirs() -> str:
    """The Python of an environment with line_profiler; skipped, with the reason, without one."""
    pytest.importorskip("lineprof._core")
    tag = f"{sys.implementation.cache_tag}-{sys.platform}"
    folder = _cache() / f"line_profiler-{VERSION}-{tag}"
    if not folder.exists():
        reason = _made(folder)
        if reason is not None:
            pytest.skip(f"line_profiler {VERSION} cannot be installed: {reason}")
    return str(folder / "bin" / "python")
