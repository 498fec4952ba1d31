"""The numbers of each process, and runs whose owner could not collect them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import lineprof
from lineprof.commands.main import main
from lineprof.model.profile import ENDED, PROCESSES_LIMIT, RUNNING, Profile
from lineprof.model.single_processes import said

from .programs import WORK, prepare, run, variables

pytest.importorskip("lineprof._core")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="numbers are kept in mapped files")

PARTS = """\
from multiprocessing import get_context
def main():
    for n in 10, 20:
        one = get_context({method!r}).Process(target=work, args=(n,), name=f"child {{n}}")
        one.start()
        one.join()
    work(3)
    {end}
if __name__ == "__main__":
    main()
"""


def parts_of(profile: Profile) -> dict[str, int]:
    """Hits of the line in the loop of `work`, by the name of the process."""
    return {
        process.name: function.lines[2].hits
        for process in profile.processes
        for function in process.functions
        if function.key.name == "work" and len(function.lines) > 2
    }


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_each_process_has_its_numbers(method: str, tmp_path: Path) -> None:
    profile = run(tmp_path, PARTS.format(method=method, end="pass")).profile
    assert parts_of(profile) == {"main": 3, "child 10": 10, "child 20": 20}
    main, *children = profile.processes
    assert (main.ending, main.pid, main.label) == ("", profile.runs[0].pid, "main")
    assert [child.ending for child in children] == [ENDED] * 2
    for process in profile.processes:
        assert process.command.split()[0] in ("program.py", str(tmp_path / "program.py"))
        assert process.python == sys.version.split()[0]
        assert process.started > 0
        assert process.duration > 0
        assert process.time == max(function.total for function in process.functions)
        assert all(function.source is None for function in process.functions)


def test_a_process_that_still_runs_is_said_to(tmp_path: Path) -> None:
    text = """\
import os, signal
work(1)
reader, writer = os.pipe()
if not os.fork():
    os.closerange(1, 3)
    work(5)
    os.write(writer, b"done")
    signal.pause()
os.read(reader, 4)
"""
    profile = run(tmp_path, text).profile
    (child,) = (process for process in profile.processes if process.label != "main")
    try:
        assert child.ending == RUNNING
        assert said(profile).endswith("; 1 of 2 was still running.")
    finally:
        os.kill(child.pid, signal.SIGKILL)


@pytest.mark.slow
def test_beyond_a_limit_no_lines_of_single_processes_are_kept(tmp_path: Path) -> None:
    count = PROCESSES_LIMIT + 10
    text = f"""\
import os
for n in range({count}):
    if not os.fork():
        work(2)
        os._exit(0)
    os.wait()
"""
    done = run(tmp_path, text)
    done.assert_exact(at_least=2 * count)
    assert len(done.profile.processes) == PROCESSES_LIMIT
    assert all(process.functions == () for process in done.profile.processes)
    crowd = done.profile.crowd
    assert crowd is not None
    assert (crowd.count, crowd.running) == (count + 1, 0)
    (spread,) = (s for s in crowd.spreads if s.key.name == "work")
    assert spread.count == count
    assert spread.total == sum(f.total for f in done.profile.functions if f.key.name == "work")


def left_by(folder: Path, text: str) -> Path:
    """Run a program under kernprof that kills both; the folder that they leave."""
    prepare(folder, WORK + text)
    left = folder / "left"
    left.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "kernprof", "-l", "--processes", "-q", "-o", "o", "program.py"],
        cwd=folder,
        env={**variables(folder), "TMPDIR": str(left)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert not (folder / "o").exists()
    (found,) = left.iterdir()
    return found


KILL = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def test_what_a_killed_run_left_can_be_collected(tmp_path: Path, capsys: object) -> None:
    left = left_by(tmp_path, PARTS.format(method="fork", end=KILL))
    out = tmp_path / "out.lprof"
    assert main(["collect", str(left), "-o", str(out)]) == 0
    profile = lineprof.load(out)
    assert parts_of(profile) == {"main": 3, "child 10": 10, "child 20": 20}
    (function,) = (f for f in profile.functions if f.key.name == "work")
    assert function.lines[2].hits == 33
    assert function.source is not None
    assert "cut short" in profile.cut_short
    (one,) = profile.runs
    assert one.pid == profile.processes[0].pid
    assert left.exists()


def test_open_calls_have_the_time_until_their_last_event(tmp_path: Path) -> None:
    end = f"profile(lambda: [work(1), exec({KILL!r})])()"
    left = left_by(tmp_path, PARTS.format(method="fork", end=end))
    out = tmp_path / "out.lprof"
    assert main(["collect", str(left), "-o", str(out)]) == 0
    outer, inner = sorted(
        lineprof.load(out).functions, key=lambda function: function.key.name, reverse=False
    )
    assert outer.calls == 1
    assert outer.total > 0
    assert inner.lines[2].hits == 34


def test_a_damaged_shard_costs_itself_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = left_by(tmp_path, PARTS.format(method="fork", end=KILL))
    out = tmp_path / "out.lprof"
    damaged = max(left.glob("*.shard"))
    data = bytearray(damaged.read_bytes())
    data[:8] = b"nonsense"
    damaged.write_bytes(data)
    assert main(["collect", str(left), "-o", str(out)]) == 0
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("lineprof: the numbers of a process are missing: ")
    profile = lineprof.load(out)
    assert len(profile.processes) == 2
    assert len(profile.faults) == 1


@pytest.mark.parametrize("kind", ["missing", "a file", "open to others", "of something else"])
def test_what_is_no_folder_of_a_run_is_refused(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    if kind == "a file":
        folder.touch()
    elif kind != "missing":
        folder.mkdir(mode=0o700)
    if kind == "open to others":
        folder.chmod(0o755)
        (folder / "run.json").write_text(json.dumps({"owner": 1}))
    assert main(["collect", str(folder), "-o", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"lineprof: {folder}: not the folder of a run: ")
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()
