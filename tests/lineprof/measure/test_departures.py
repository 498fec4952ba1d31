"""Programs that end by `os._exit` or become another program: their results are written first."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from lineprof.measure.departures import Departures
from tests.kernprof.command import WORK, WORK_HITS, hits, kernprof, python

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
    (tmp_path / "s.py").write_text("import os, sys\n" + WORK + ENDS[end])
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
    if "child" in end:
        counted = {2: 2, 3: 1012, 4: 1010, 5: 2}
    assert hits(tmp_path / "s.py.lprof")["f"] == counted


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes")
@pytest.mark.parametrize("end", ["os._exit(3)", "os.execv(sys.executable, [sys.executable, '-V'])"])
def test_the_end_waits_for_results_that_are_being_written(tmp_path: Path, end: str) -> None:
    """By another thread; here into a pipe that is read slowly."""
    source = (
        "import os, sys, threading\n"
        "def leave():\n"
        "    open('go').close()\n"  # opens once the results are under way
        f"    {end}\n"
        "threading.Thread(target=leave, daemon=True).start()\n"
        f"@profile\ndef f():\n{'    x = 1' + chr(10)}" + "    x = 1\n" * 20_000 + "f()\n"
    )
    (tmp_path / "s.py").write_text(source)
    os.mkfifo(tmp_path / "go")
    os.mkfifo(tmp_path / "out")
    process = subprocess.Popen(
        [sys.executable, "-m", "kernprof", "-l", "-q", "-o", "out", "s.py"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    with (tmp_path / "out").open("rb") as out:
        data = out.read(1)
        (tmp_path / "go").open("w").close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.3)
        data += out.read()
    process.wait(60)
    (tmp_path / "x.lprof").write_bytes(data)
    assert len(hits(tmp_path / "x.lprof")["f"]) == 20_001


def test_an_exec_that_the_system_refuses(tmp_path: Path) -> None:
    """Results are written before, and once more at the end."""
    (tmp_path / "empty").touch(mode=0o755)
    end = "try:\n    os.execv('./empty', ['x'])\nexcept OSError:\n    f(10)\n"
    (tmp_path / "s.py").write_text("import os\n" + WORK + end)
    done = kernprof("-l", "s.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert hits(tmp_path / "s.py.lprof")["f"] == {2: 2, 3: 22, 4: 20, 5: 2}
    assert sorted(os.listdir(tmp_path)) == ["empty", "s.py", "s.py.lprof"]


@pytest.mark.parametrize("options", [("-qq",), ("-qqq", "-i", "3600"), ("-i", "3600")])
def test_after_a_refusal_all_goes_on_as_before(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "empty").touch(mode=0o755)
    end = "print('before')\ntry:\n    os.execv('./empty', ['x'])\nexcept OSError:\n    pass\n"
    end += "print('after')\nprint('wrong', file=sys.stderr)\n"
    (tmp_path / "s.py").write_text("import os, sys\n" + WORK + end)
    done = kernprof("-l", *options, "s.py", cwd=tmp_path)
    silent = options[0].startswith("-qq")
    assert ("before" in done.stdout, "after" in done.stdout) == (not silent, not silent)
    assert done.stderr == ("" if options[0] == "-qqq" else "wrong\n")
    assert hits(tmp_path / "s.py.lprof")["f"] == WORK_HITS["f"]


def test_what_is_replaced_looks_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    original = os._exit
    departures = Departures(*(partial(said.append, what) for what in ("exit", "exec", "refused")))
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
