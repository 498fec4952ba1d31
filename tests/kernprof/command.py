"""Runs kernprof as users do: as a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import lineprof

PACKAGES = str(Path(lineprof.__file__).parent.parent)

WORK = """
@profile
def f(n):
    total = 0
    for i in range(n):
        total += i
    return total
f(10)
"""
WORK_HITS = {"f": {2: 1, 3: 11, 4: 10, 5: 1}}

NOTHING = (
    "kernprof: nothing was measured: no function was decorated with @profile; "
    "--all profiles all of your own functions, -p MODULE those of a module\n"
)
NOTHING_DECORATED = f"{NOTHING.partition(';')[0]}\n"
PERHAPS_IN_A_CHILD = "; what runs in its child processes is not measured\n"


def environment(**more: str) -> dict[str, str]:
    """That of the tests, with the same lineprof in reach."""
    path = os.pathsep.join(filter(None, (PACKAGES, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **more}


def python(*args: str, cwd: Path, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        input=stdin,
        env=environment(**env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def kernprof(
    *args: str, cwd: Path, stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    return python("-m", "kernprof", *args, cwd=cwd, stdin=stdin, **env)


def started(*args: str, cwd: Path, **env: str) -> subprocess.Popen[str]:
    """A kernprof that runs beside the test, its errors where its output goes."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "kernprof", *args],
        cwd=cwd,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


_ROW = re.compile(r"^( *\d+ +\d+)( +[\d.e+-]+){3}(  |$)", re.MULTILINE)


def masked(listing: str) -> str:
    """A listing with its times, which no two runs share, as T."""
    listing = re.sub(r"^Total time: .*", "Total time: T", listing, flags=re.MULTILINE)
    return _ROW.sub(lambda row: f"{row[1]}{'T':>13}{'T':>9}{'T':>9}{row[3]}", listing)


def hits(path: Path) -> dict[str, dict[int, int]]:
    """Hits in a .lprof file, by function and by line counted from the function's first."""
    return {
        function.key.name: {
            line.number - function.key.first_line: line.hits for line in function.lines
        }
        for function in lineprof.load(path).functions
    }
