"""Starts the processes that are measured and reads their answers."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from benchmarks.env import BenchmarkError

CHILD = Path(__file__).resolve().parent / "child.py"
TIMEOUT = 900.0
"""Seconds after which a process counts as hung."""

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")


def environment() -> dict[str, str]:
    """Variables of a measured process, without those that change what Python or a profiler does."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONHASHSEED": "0"}


def ask_child(python: str, job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run child.py on a job, in `folder`; BenchmarkError if it fails or answers nonsense."""
    done = _run([python, "-P", "-s", str(CHILD), json.dumps(job)], folder, _name(job))
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise BenchmarkError(f"{_name(job)}: no answer") from None
    return answer


def time_command(command: list[str], folder: Path) -> float:
    """Seconds a command takes from start to end; BenchmarkError if it fails."""
    start = time.perf_counter()
    _run(command, folder, Path(command[0]).name)
    return time.perf_counter() - start


def _run(command: list[str], folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BenchmarkError(f"{name}: no end after {TIMEOUT:.0f} s") from None
    except OSError as error:
        raise BenchmarkError(f"{name}: {error.strerror}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise BenchmarkError(f"{name}: {last}")
    return done


def _name(job: dict[str, Any]) -> str:
    return f"{job.get('module', job['kind'])} under {job.get('tool', 'nothing')}"
