"""Programs whose numbers are in shards, and what is in these."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from textwrap import dedent
from typing import Any

from lineprof import _core

PRELUDE = """
import os, sys
from lineprof import _core
core, folder = sys.argv[1:]
profiler = _core.Profiler(core=core, shard=os.path.join(folder, "main.shard"))
def profile(function):
    profiler.watch(function.__code__, True, function.__name__.encode())
    return function
def count(name, calls=1):
    "What the program itself counts, in a file that outlives it."
    with open(os.path.join(folder, "counted"), "a") as file: file.write(f"{name} {calls}\\n")
def forked(in_child, *arguments):
    "The child's status."
    child = os.fork()
    if child: return os.waitpid(child, 0)[1]
    try:
        in_child(*arguments)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)
"""


def run(core: str, folder: Path, script: str, status: int = 0) -> str:
    """What a program wrote; it must exit with this status."""
    done = subprocess.run(
        [sys.executable, "-Wignore", "-c", PRELUDE + dedent(script), core, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == status, done.stderr[-4000:]
    return done.stdout


def counted(folder: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in Path(folder, "counted").read_text().splitlines():
        name, number = line.split()
        found[name] += int(number)
    return found


def added(folder: Path) -> tuple[_core.ShardSum, list[dict[str, Any]]]:
    """All shards of a folder, and their headers."""
    sums = _core.ShardSum()
    return sums, [sums.add(path.read_bytes())[0] for path in sorted(folder.glob("*.shard"))]


def calls(sums: _core.ShardSum) -> dict[str, int]:
    return {about.decode(): calls for about, calls, *_ in sums.functions()}


def hits(sums: _core.ShardSum, name: str) -> dict[int, int]:
    """Of a function's lines, by number."""
    (lines,) = [f[4] for f in sums.functions() if f[0] == name.encode()]
    return {line[0]: line[1] for line in lines}
