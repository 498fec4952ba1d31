"""Scripts that measure one program beside other tools, each in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from lineprof import _core

from .oracle import count

PROGRAM = """
def gen(n):
    for i in range(n):
        if i == 100:
            yield -1
        yield i
def fails(n):
    try:
        if n:
            raise KeyError(n)
        return 0
    except KeyError:
        return 1
    finally:
        n += 1
    return 2
def work(n):
    total = 0
    for i in gen(n): total += i
    while total > 3:
        total -= 3
        if total == 1000:
            return total
    total += sum(x for x in range(3))
    total += fails(0) + fails(1)
    class Local:
        def never(self):
            return 1
        def once(self): return 1
    return total + Local().once()
"""

# Prints the hits of the program as {function: {line: hits}}, and whatever else a script reports.
PRELUDE = """
import json, sys
from lineprof import _core
import program
core, mode = sys.argv[1:]
functions = (program.gen, program.fails, program.work)
profiler = _core.Profiler(core=core)
def start():
    if mode == "plain": return
    for function in functions:
        profiler.watch(function.__code__, always=mode == "always")
    if mode == "started": profiler.start()
def hits():
    profiler.close()
    found = {}
    for _, fs in profiler.snapshot():
        for f in fs:
            lines = found.setdefault(f[0].co_name, {})
            for line in f[4]:
                if line[1]: lines[line[0]] = lines.get(line[0], 0) + line[1]
    return found
def tell(**more):
    print("RESULT", json.dumps(dict(more, hits=hits())))
"""


def run(
    folder: Path, script: str, *arguments: str, stdin: str = "", **environment: str
) -> tuple[dict[str, object], str]:
    """What the script reported, and everything it printed."""
    (folder / "program.py").write_text(PROGRAM)
    (folder / "script.py").write_text(PRELUDE + dedent(script))
    lineprof = str(Path(_core.__file__).parent.parent)
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "script.py", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": lineprof, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, (result.stdout + result.stderr)[-4000:]
    told = [line for line in result.stdout.splitlines() if "RESULT " in line]
    assert told, result.stdout
    return json.loads(told[-1].partition("RESULT ")[2]), result.stdout


def expected_hits(*ns: int) -> dict[str, dict[str, int]]:
    """The hits of calling work(n) for each `n`."""
    space: dict[str, object] = {}
    exec(compile(PROGRAM, "program.py", "exec", dont_inherit=True), space)
    functions = [space["gen"], space["fails"], space["work"]]
    _, counts = count(functions, lambda: [space["work"](n) for n in ns])  # type: ignore[arg-type,operator]
    return {
        code.co_name: {str(line): number for line, number in counted.hits.items()}
        for code, counted in counts.items()
    }
