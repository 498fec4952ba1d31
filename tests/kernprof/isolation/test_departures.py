"""Programs that end by `os._exit` or become another program: their results are written first."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

import pytest

from kernprof.isolation.departures import Departures
from tests.kernprof.command import hits, kernprof, python

WORK = """
import os, sys
@profile
def f(n):
    total = 0
    for i in range(n):
        total += i
    return total
f(10)
"""
WORK_HITS = {"f": {2: 1, 3: 11, 4: 10, 5: 1}}
PLAIN = "import builtins\nbuiltins.profile = lambda f: f\n"

ENDS = {
    "exit": "print('done', flush=True)\nos._exit(3)",
    "exit by its other name": "import posix\nposix._exit(status=4)",
    "exit on a thread": "import threading\n"
    "thread = threading.Thread(target=os._exit, args=(5,))\nthread.start()\nthread.join()",
    "exit within a call": "@profile\ndef g():\n    os._exit(6)\ng()",
    "execv": "os.execv(sys.executable, [sys.executable, '-c', 'print(7); raise SystemExit(7)'])",
    "execlp": "os.execlp(sys.executable, 'python', '-c', 'raise SystemExit(8)')",
    "execve": "os.execve(sys.executable, ['python', '-c', 'raise SystemExit(9)'], os.environ)",
    "after an exec that fails": "try:\n    os.execvp('no-such-program', ['x'])\n"
    "except FileNotFoundError:\n    f(10)\n    os._exit(10)",
    "after an exec of nothing": "try:\n    os.execv(None, ['x'])\n"
    "except TypeError:\n    f(10)\n    os._exit(11)",
    "in a forked child too": "pid = os.fork()\nif not pid:\n    f(1000)\n    os._exit(2)\n"
    "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)\nos._exit(12)",
}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's ways to end")
@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_lost(tmp_path: Path, end: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(PLAIN)
    (tmp_path / "s.py").write_text(WORK + ENDS[end])
    expected = python("s.py", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    (tmp_path / "sitecustomize.py").unlink()
    done = kernprof("-l", "s.py", cwd=tmp_path)
    assert done.returncode == expected.returncode
    assert done.stderr == expected.stderr == ""
    assert expected.stdout in done.stdout
    assert done.stdout.count("Wrote profile results to 's.py.lprof'\n") == 1
    counted = WORK_HITS["f"]
    if end.startswith("after"):
        counted = {line: 2 * number for line, number in counted.items()}
    assert hits(tmp_path / "s.py.lprof")["f"] == counted


def test_an_exec_that_the_system_refuses(tmp_path: Path) -> None:
    """Results are written before, and once more at the end."""
    (tmp_path / "empty").touch(mode=0o755)
    end = "try:\n    os.execv('./empty', ['x'])\nexcept OSError:\n    f(10)\n"
    (tmp_path / "s.py").write_text(WORK + end)
    done = kernprof("-l", "s.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert hits(tmp_path / "s.py.lprof")["f"] == {2: 2, 3: 22, 4: 20, 5: 2}
    assert sorted(os.listdir(tmp_path)) == ["empty", "s.py", "s.py.lprof"]


def test_what_is_replaced_looks_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    original = os._exit
    departures = Departures(lambda: said.append("exit"), lambda: said.append("exec"))
    departures.place()
    try:
        assert os._exit is not original
        assert (os._exit.__name__, os._exit.__doc__) == ("_exit", original.__doc__)
        assert pickle.loads(pickle.dumps(os._exit)) is os._exit
        with pytest.raises(TypeError):
            os.execv()  # type: ignore[call-arg]
        with pytest.raises(FileNotFoundError):
            os.execvp("no-such-program", ["x"])
        monkeypatch.setattr(os, "execve", "the program's own")
    finally:
        departures.remove()
    assert os._exit is original
    assert vars(os)["execve"] == "the program's own"
    assert said == []
