"""`lineprof.processes`: a profiler's functions are measured in the processes of a block."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lineprof

from .programs import variables

pytest.importorskip("lineprof._core")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="numbers are kept in mapped files")

PROGRAM = """\
import json, multiprocessing, os, signal, sys
import lineprof
profiler = lineprof.LineProfiler()
@profiler
def work(n):
    for i in range(n):
        i += 1
def hits(profile):
    (function,) = [f for f in profile.functions if f.key.name == "work"]
    return [line.hits for line in function.lines]
def main():
    work(1)
    before = dict(os.environ)
    with lineprof.processes(profiler, label="main") as run:
        work(2)
        for method in ("fork", "spawn"):
            one = multiprocessing.get_context(method).Process(target=work, args=(10,))
            one.start()
            one.join()
        if not os.fork():
            work(100)
            os.kill(os.getpid(), signal.SIGKILL)
        os.wait()
        during = hits(run.collect())
        folder = run.folder
    same = dict(os.environ) == before
    print(json.dumps([during, hits(run.collect()), same, os.path.exists(folder)]))
if __name__ == "__main__":
    main()
"""


def test_a_block_of_a_program(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env=variables(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    hits = [1 + 2 + 10 + 10 + 100 + 5, 1 + 2 + 10 + 10 + 100]
    assert json.loads(done.stdout) == [hits, hits, True, False]


def test_numbers_from_before_are_kept(tmp_path: Path) -> None:
    profiler = lineprof.LineProfiler()

    @profiler
    def f() -> int:
        return 1

    def hits(profile: lineprof.Profile) -> list[int]:
        return [line.hits for function in profile.functions for line in function.lines]

    f()
    with lineprof.processes(profiler) as run:
        f()
        assert hits(run.collect()) == [2]
    f()
    assert hits(run.collect()) == [2]
    assert hits(profiler.snapshot()) == [3]
    profiler.close()


def test_the_variable_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEPROF_PROCESSES", "/nowhere")
    profiler = lineprof.LineProfiler()
    with lineprof.processes(profiler) as run:
        assert os.environ["LINEPROF_PROCESSES"] == run.folder
    assert os.environ["LINEPROF_PROCESSES"] == "/nowhere"
