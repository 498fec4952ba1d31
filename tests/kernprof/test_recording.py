"""Results: where they go, what is said, and that nothing which ends a program prevents them."""

from __future__ import annotations

import io
import os
import pstats
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import lineprof
from tests.kernprof.command import (
    NOTHING,
    NOTHING_DECORATED,
    PERHAPS_IN_A_CHILD,
    WORK,
    WORK_HITS,
    environment,
    hits,
    kernprof,
    masked,
    started,
)

WROTE = "Wrote profile results to 's.py.lprof'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "s.py").write_text(WORK)
    return tmp_path


def inspect_hint(out: str) -> bool:
    """Whether the output ends in the command that shows the results."""
    above, command = out.splitlines()[-2:]
    return above == "Inspect results with:" and command.endswith(" -m lineprof s.py.lprof")


# What is written and said


def test_messages(folder: Path) -> None:
    done = kernprof("-l", "s.py", cwd=folder)
    assert done.stdout.startswith(WROTE)
    assert inspect_hint(done.stdout)
    assert done.stdout.count("\n") == 3
    assert done.stderr == ""
    assert hits(folder / "s.py.lprof") == WORK_HITS


def test_the_hint_names_python_as_it_is_typed(folder: Path) -> None:
    binary = folder / "bin"
    binary.mkdir()
    (binary / "python").write_text("#!/bin/sh\n")
    (binary / "python").chmod(0o755)
    own = os.path.dirname(sys.executable)
    last = kernprof("-l", "s.py", cwd=folder, PATH=str(binary)).stdout.splitlines()[-1]
    assert last == f"{os.path.normpath(sys.executable)} -m lineprof s.py.lprof"
    last = kernprof("-l", "s.py", cwd=folder, PATH=own).stdout.splitlines()[-1]
    assert last in (f"{name} -m lineprof s.py.lprof" for name in ("python", "python3"))


def test_the_listing(folder: Path) -> None:
    done = kernprof("-lv", "s.py", cwd=folder)
    assert done.stderr == ""
    assert (
        masked(done.stdout)
        == f"""\
{WROTE}Timer unit: 1e-06 s

Total time: T
File: {folder / "s.py"}
Function: f at line 2

Line #      Hits         Time  Per Hit   % Time  Line Contents
==============================================================
     2                                           @profile
     3                                           def f(n):
     4         1            T        T        T      total = 0
     5        11            T        T        T      for i in range(n):
     6        10            T        T        T          total += i
     7         1            T        T        T      return total

"""
    )


def test_unit_and_skip_zero(folder: Path) -> None:
    with (folder / "s.py").open("a") as file:
        file.write("@profile\ndef never(): pass\n")
    assert "Function: never" in kernprof("-lv", "s.py", cwd=folder).stdout
    out = kernprof("-lvz", "-u", "1e-3", "s.py", cwd=folder).stdout
    assert "Timer unit: 0.001 s\n" in out
    assert "Function: f " in out
    assert "Function: never" not in out


def test_the_cpu_clock(folder: Path) -> None:
    kernprof("-l", "--clock", "cpu", "s.py", cwd=folder)
    (run,) = lineprof.load(folder / "s.py.lprof").runs
    assert run.clock.startswith("cpu")


def test_quiet(folder: Path) -> None:
    with (folder / "s.py").open("a") as file:
        file.write("import sys; print('out'); print('err', file=sys.stderr)\n")
        file.write("open('x', 'w').close()")
    done = kernprof("-lq", "s.py", cwd=folder)
    assert (done.stdout, done.stderr) == ("out\n", "err\n")
    done = kernprof("-lqq", "s.py", cwd=folder)
    assert (done.stdout, done.stderr) == ("", "err\n")
    done = kernprof("-lqqq", "s.py", cwd=folder)
    assert (done.stdout, done.stderr) == ("", "")
    done = kernprof("-lqvv", "s.py", cwd=folder)
    assert "Function: f " in done.stdout


@pytest.mark.parametrize(
    ("argv", "pattern"),
    [
        (["-l", "-m", "pkg.mod"], "pkg.mod.lprof"),
        (["pkg/mod.py"], "mod.py.prof"),
        (["-l", "-c", "1"], "kernprof-command-????????.lprof"),
        (["-c", "1"], "kernprof-command-????????.prof"),
        (["-l", "-"], "kernprof-stdin-????????.lprof"),
        (["-l", "folder/"], "folder.lprof"),
        (["-l", "-o", "other", "s.py"], "other"),
    ],
)
def test_names_of_results(argv: list[str], pattern: str, folder: Path) -> None:
    for name in ("pkg/__init__.py", "pkg/mod.py", "folder/__main__.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    before = set(folder.iterdir())
    done = kernprof(*argv, cwd=folder)
    (made,) = {path for path in set(folder.iterdir()) - before if path.name != "__pycache__"}
    assert made.match(pattern)
    assert f"Wrote profile results to {made.name!r}\n" in done.stdout


def test_a_program_that_changes_its_folder(folder: Path) -> None:
    (folder / "s.py").write_text(f"import os; os.chdir('/')\n{WORK}")
    done = kernprof("-lv", "s.py", cwd=folder)
    assert done.stdout.startswith(WROTE)
    assert "return total" in done.stdout
    assert hits(folder / "s.py.lprof") == {"f": {2: 1, 3: 11, 4: 10, 5: 1}}


def test_a_program_with_modules_named_as_ours(folder: Path) -> None:
    for name in ("json.py", "dataclasses.py", "shlex.py", "linecache.py", "signal.py"):
        (folder / name).write_text("mine = True")
    (folder / "s.py").write_text(
        "import json, dataclasses, shlex, linecache, signal\n"
        f"assert json.mine and signal.mine\n{WORK}"
    )
    done = kernprof("-lv", "s.py", cwd=folder)
    assert done.stderr == ""
    assert "return total" in done.stdout
    assert hits(folder / "s.py.lprof") == WORK_HITS


def test_a_program_that_plays_with_its_streams(folder: Path) -> None:
    endings = (
        "sys.stdout = io.StringIO()",
        "sys.stdout = io.TextIOWrapper(sys.stdout.detach(), 'utf-8')",
        "sys.stdout = open(1, 'w', closefd=False)",
    )
    for ending in endings:
        (folder / "s.py").write_text(f"import io, sys\n{ending}\n{WORK}")
        done = kernprof("-l", "s.py", cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert WROTE in done.stdout
    (folder / "s.py").write_text(f"import sys\nsys.stdout.close()\n{WORK}")
    assert kernprof("-l", "s.py", cwd=folder).returncode == 0


def test_a_listing_for_a_narrow_encoding(folder: Path) -> None:
    (folder / "s.py").write_text(WORK.replace("total = 0", "total = 0  # \N{SNOWMAN}"))
    done = kernprof("-lv", "s.py", cwd=folder, PYTHONIOENCODING="ascii")
    assert done.stderr == ""
    assert "# \\u2603" in done.stdout


def test_a_pipe_gets_ten_thousand_lines_unless_more_are_asked_for(folder: Path) -> None:
    body = "    x = 1\n" * 99
    (folder / "s.py").write_text("".join(f"def f{i}():\n{body}\n" for i in range(120)))
    done = kernprof("-lv", "--all", "s.py", cwd=folder)
    assert done.stdout.count("Function: ") == 100
    assert "of 12,000 lines in 120 functions, those of the 100 that took longest" in done.stderr
    done = kernprof("-lv", "--all", "--top", "all", "s.py", cwd=folder)
    assert done.stdout.count("Function: ") == 120


# Nothing to show


@pytest.mark.parametrize(
    ("argv", "program", "note"),
    [
        (["-l"], "", NOTHING),
        (["-b"], "", NOTHING_DECORATED),
        (["-l"], "from lineprof import profile\n", NOTHING),
        (
            ["-l"],
            "@profile\ndef f(): pass\n",
            "kernprof: nothing was measured: the decorated function was never called (f)\n",
        ),
        (
            ["-b"],
            "class A:\n    @profile\n    def f(self): pass\n    @profile\n    def g(self): pass\n",
            "kernprof: nothing was measured: the decorated functions were never called "
            "(A.f, A.g)\n",
        ),
        (
            ["-l"],
            "def profile(f): return f\n@profile\ndef f(): pass\nf()\n",
            "kernprof: nothing was measured: the program has a `profile` of its own, "
            "which hides kernprof's\n",
        ),
        (
            ["-l"],
            "import warnings\nwarnings.simplefilter('ignore')\nprofile(len)\n",
            "kernprof: nothing was measured: what was decorated has no Python code (len)\n",
        ),
        ([], "", ""),
    ],
)
def test_nothing_measured(argv: list[str], program: str, note: str, folder: Path) -> None:
    (folder / "s.py").write_text(program)
    done = kernprof("-v", *argv, "s.py", cwd=folder)
    assert done.stderr == note
    assert done.returncode == 0


@pytest.mark.parametrize(
    "program",
    [
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])\n",
        "import os\n@profile\ndef f(): pass\nif not os.fork():\n    f()\n    os._exit(0)\n"
        "os.wait()\n",
        "import multiprocessing\n@profile\ndef f(): pass\nif __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool: pool.apply(f)\n",
    ],
    ids=["subprocess", "fork", "spawn"],
)
@pytest.mark.skipif(sys.platform == "win32", reason="has no fork")
def test_nothing_measured_but_perhaps_in_a_child(program: str, folder: Path) -> None:
    (folder / "s.py").write_text(program)
    note = kernprof("-l", "--no-processes", "s.py", cwd=folder).stderr
    assert note.startswith("kernprof: nothing was measured: ")
    assert note.endswith(PERHAPS_IN_A_CHILD)


@pytest.mark.skipif(sys.platform == "win32", reason="has no shell that becomes Python")
def test_children_that_were_there_before_are_none_of_the_program(folder: Path) -> None:
    """A shell runs programs and becomes Python, as pyenv's do."""
    (folder / "s.py").write_text("")
    command = f"ls >/dev/null; exec {sys.executable} -m kernprof -l s.py"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == NOTHING


def test_forgotten_l(folder: Path) -> None:
    done = kernprof("s.py", cwd=folder)
    assert done.returncode == 1
    *_, error, hint = done.stderr.splitlines()
    assert error.startswith("NameError: name 'profile' is not defined")
    assert hint == "kernprof: `profile` is there only with -l (lines) or -b (functions)"


# Without -l


def test_cprofile_of_the_whole_program(folder: Path) -> None:
    (folder / "s.py").write_text("def f():\n    pass\nf(); f()\n")
    done = kernprof("s.py", cwd=folder)
    lines = done.stdout.splitlines()
    assert lines[:2] == ["Wrote profile results to 's.py.prof'", "Inspect results with:"]
    assert lines[2].endswith(" -m pstats s.py.prof")
    stats = pstats.Stats(str(folder / "s.py.prof"))
    calls = {function[2]: numbers[0] for function, numbers in stats.stats.items()}  # type: ignore[attr-defined]
    assert calls["f"] == 2
    assert calls["<module>"] == 1


def test_cprofile_of_decorated_functions(folder: Path) -> None:
    (folder / "s.py").write_text(
        "def g(): pass\n@profile\ndef f():\n    g()\nf(); g()\nprint(f.__name__)\n"
    )
    done = kernprof("-bv", "s.py", cwd=folder)
    assert done.stdout.startswith("f\nWrote profile results to 's.py.prof'\n")
    assert "2 function calls" in done.stdout
    stats = pstats.Stats(str(folder / "s.py.prof"))
    assert {function[2] for function in stats.stats} == {"f", "g"}  # type: ignore[attr-defined]


# What ends a program


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("", 0),
        ("import sys; sys.exit(7)", 7),
        ("import sys; sys.exit('bye')", 1),
        ("raise ValueError", 1),
        ("raise KeyboardInterrupt", -signal.SIGINT),
        ("import atexit; atexit.register(f, 0); raise ValueError", 1),
    ],
)
def test_endings(ending: str, status: int, folder: Path) -> None:
    (folder / "s.py").write_text(f"{WORK}{ending}\n")
    done = kernprof("-l", "s.py", cwd=folder)
    assert done.returncode == status
    assert WROTE in done.stdout
    assert "kernprof" not in done.stderr
    assert hits(folder / "s.py.lprof")["f"][2] == (2 if "atexit" in ending else 1)


def test_threads_are_waited_for(folder: Path) -> None:
    (folder / "s.py").write_text(
        "import atexit, threading\n"
        "def late():\n    threading.main_thread().join()\n    g(); print('late')\n"
        "@profile\ndef g():\n    pass\n"
        "threading.Thread(target=late).start()\natexit.register(lambda: (g(), print('exit')))\n"
    )
    done = kernprof("-l", "s.py", cwd=folder)
    assert done.stdout.startswith(f"late\nexit\n{WROTE}")
    assert hits(folder / "s.py.lprof") == {"g": {2: 2}}


def test_no_module_no_results(folder: Path) -> None:
    (folder / "s.py.lprof").write_text("older results")
    (folder / "s.py").write_text("def f(:\n")
    assert kernprof("-l", "s.py", cwd=folder).returncode == 1
    assert (folder / "s.py.lprof").read_text() == "older results"


# A signal that came just before a pause would not end it: so many short ones.
WAIT = """
import time
@profile
def wait():
    print("waiting", flush=True)
    for _ in range(1000):
        time.sleep(0.02)
    print("over", flush=True)
try:
    wait()
finally:
    print("finally", flush=True)
"""


@pytest.mark.parametrize("flags", [["-l"], ["-b"], []])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_deadly_signals(number: signal.Signals, flags: list[str], folder: Path) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("ignored here, as by nohup(1), and so by our children")
    (folder / "s.py").write_text(WAIT if flags else WAIT.replace("@profile", ""))
    with started(*flags, "-o", "results", "s.py", cwd=folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(number)
        out = process.stdout.read()
    assert process.returncode == -number
    assert out.startswith("Wrote profile results to 'results'\n")
    assert "finally" not in out
    if flags == ["-l"]:
        assert hits(folder / "results")["wait"][2] == 1
        said = f"The run was cut short by {number.name}."
        profile = lineprof.load(folder / "results")
        lineprof.show(profile, shown := io.StringIO())
        assert profile.cut_short == said
        assert said in shown.getvalue()
    else:
        assert pstats.Stats(str(folder / "results")).total_calls  # type: ignore[attr-defined]


def test_a_signal_while_results_are_written(folder: Path) -> None:
    (folder / "s.py").write_text(
        "import os, signal\n@profile\ndef f(): pass\nf()\n"
        "def interrupted(event, args):\n"
        "    if event == 'os.rename':\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "__import__('sys').addaudithook(interrupted)\n"
    )
    done = kernprof("-l", "s.py", cwd=folder)
    assert done.returncode == -signal.SIGTERM
    assert done.stdout.startswith(WROTE)
    assert done.stderr == ""
    assert hits(folder / "s.py.lprof") == {"f": {1: 1}}


def test_interrupt(folder: Path) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        pytest.skip("ignored from outside, as in the background of a script")
    (folder / "s.py").write_text(WAIT)
    with started("-l", "s.py", cwd=folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        out = process.stdout.read()
    assert process.returncode == -signal.SIGINT
    assert out.startswith("finally\nTraceback (most recent call last):\n")
    assert WROTE in out


def test_a_handler_of_the_programs_own(folder: Path) -> None:
    (folder / "s.py").write_text(
        f"import signal\nsignal.signal(signal.SIGTERM, lambda *_: exit(3))\n{WAIT}"
    )
    with started("-l", "s.py", cwd=folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.terminate()
        out = process.stdout.read()
    assert process.returncode == 3
    assert out.startswith(f"finally\n{WROTE}")


def test_a_forked_child_leaves_results_alone(folder: Path) -> None:
    (folder / "s.py").write_text(
        f"{WORK}\n"
        "import os, signal, sys\n"
        "if (child := os.fork()) == 0:\n"
        "    f(0); sys.exit(4)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    done = kernprof("-l", "s.py", cwd=folder)
    assert done.stdout.startswith(f"4\n{WROTE}")
    assert done.stdout.count(WROTE) == 1
    assert hits(folder / "s.py.lprof") == {"f": {2: 2, 3: 12, 4: 10, 5: 2}}
    kernprof("-l", "--no-processes", "s.py", cwd=folder)
    assert hits(folder / "s.py.lprof") == WORK_HITS


def test_a_forked_child_dies_of_signals_at_once(folder: Path) -> None:
    """Also of one that comes before its first instruction."""
    (folder / "s.py").write_text(
        "import os, signal\n"
        "for _ in range(50):\n"
        "    if (child := os.fork()) == 0:\n"
        "        signal.pause()\n"
        "        os._exit(5)\n"
        "    os.kill(child, signal.SIGTERM)\n"
        "    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM\n"
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, []))\n"
    )
    done = kernprof("-l", "s.py", cwd=folder)
    assert done.stdout.startswith(f"set()\n{WROTE}")
    assert done.stderr == NOTHING


# While it runs


WATCH = """
import gzip, json, os, time
def until(written):
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        try:
            with open("s.py.lprof", "rb") as file:
                if written(json.load(file)):
                    return print("seen")
        except FileNotFoundError:
            pass
        time.sleep(0.001)
@profile
def f():
    until(lambda profile: any(f["lines"] for f in profile["functions"]))
f()
os.remove("s.py.lprof")
f()
"""


def test_results_every_so_often(folder: Path) -> None:
    """Every file seen is whole, also while one line is open all the time."""
    (folder / "s.py").write_text(WATCH)
    done = kernprof("-l", "-i", "0.01", "s.py", cwd=folder)
    assert done.stdout.startswith(f"seen\nseen\n{WROTE}")
    assert done.stderr == ""
    assert hits(folder / "s.py.lprof") == {"f": {2: 2}}


def test_results_every_so_often_of_cprofile(folder: Path) -> None:
    (folder / "s.py").write_text(
        "import os, time\ngive_up = time.monotonic() + 60\n"
        "while not os.path.exists('s.py.prof') and time.monotonic() < give_up:\n"
        "    time.sleep(0.001)\n"
        "print(os.path.exists('s.py.prof'))\n"
    )
    done = kernprof("-i", "0.01", "s.py", cwd=folder)
    assert done.stdout.startswith("True\n")
    assert pstats.Stats(str(folder / "s.py.prof")).total_calls  # type: ignore[attr-defined]


def test_the_interval_does_not_keep_a_program_alive(folder: Path) -> None:
    (folder / "s.py").write_text(
        f"{WORK}\nimport threading; print(threading.active_count(), threading.enumerate())"
    )
    done = kernprof("-l", "-i", "100000", "s.py", cwd=folder)
    assert done.stdout.startswith("1 [<_MainThread")
    assert hits(folder / "s.py.lprof") == WORK_HITS


def test_an_interval_that_cannot_write_says_so_once(folder: Path) -> None:
    (folder / "s.py").write_text("import time\ntime.sleep(0.3)\n")
    done = kernprof("-l", "-i", "0.01", "-o", "no/where", "s.py", cwd=folder)
    assert done.stderr.count("cannot write 'no/where' yet: No such file or directory\n") == 1


# Where they cannot be written


@pytest.mark.parametrize("flags", [["-l"], ["-b"]])
def test_the_temporary_folder_instead(flags: list[str], folder: Path) -> None:
    (folder / "s.py").write_text(f"{WORK}\nraise SystemExit(5)")
    spare = folder / "spare"
    spare.mkdir()
    done = kernprof(*flags, "-o", "no/where", "s.py", cwd=folder, TMPDIR=str(spare))
    (made,) = spare.glob("*/where")
    assert done.returncode == 5
    assert done.stderr == (
        "kernprof: cannot write 'no/where': No such file or directory; "
        f"results are in {str(made)!r}\n"
    )
    assert "Wrote" not in done.stdout
    assert done.stdout.splitlines()[-1].endswith(str(made))
    if flags == ["-l"]:
        assert hits(made) == WORK_HITS
    else:
        assert pstats.Stats(str(made)).total_calls == 1  # type: ignore[attr-defined]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk(folder: Path) -> None:
    done = kernprof("-l", "-o", "/dev/full", "s.py", cwd=folder, TMPDIR=str(folder))
    assert done.returncode == 0
    assert done.stderr.startswith(
        "kernprof: cannot write '/dev/full': No space left on device; results are in "
    )
    assert not os.path.isfile("/dev/full")


def test_nowhere_at_all(folder: Path) -> None:
    """A limit on the size of files is a disk that is full everywhere."""
    (folder / "s.py").write_text(
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        f"{WORK}\nraise SystemExit(5)"
    )
    (folder / "s.py.lprof").write_text("older results")
    done = kernprof("-lv", "s.py", cwd=folder, TMPDIR=str(folder))
    assert done.returncode == 5
    assert done.stderr.startswith(
        "kernprof: cannot write 's.py.lprof': File too large; nor to the temporary folder: "
    )
    assert done.stderr.count("\n") == 1
    assert "Function: f at line 3" in done.stdout
    assert (folder / "s.py.lprof").read_text() == "older results"
    assert not list(folder.glob(".lprof*"))


def test_a_reader_that_has_gone(folder: Path) -> None:
    """Our text must not turn the program's exit status into that of a broken pipe."""
    (folder / "s.py").write_text(f"{WORK}\nraise SystemExit(5)")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "kernprof", "-lv", "s.py"],
        cwd=folder,
        env=environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (5, b"")


def test_the_program_is_not_overwritten(tmp_path: Path) -> None:
    program = tmp_path / "s.py"
    program.write_text("print(1)")
    done = kernprof("-l", "-o", str(program), "s.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"kernprof: error: option -o/--outfile: {str(program)!r} is the program itself\n"
    )
    assert program.read_text() == "print(1)"


def test_the_results_of_the_run_before_are_kept(folder: Path) -> None:
    kernprof("-l", "s.py", cwd=folder)
    (folder / "s.py").write_text(WORK.replace("f(10)", "f(20)"))
    assert kernprof("-l", "-i", "0.001", "s.py", cwd=folder).stderr == ""
    assert hits(folder / "s.py.lprof.old") == WORK_HITS
    assert hits(folder / "s.py.lprof")["f"][4] == 20


AGAIN = """
import os, subprocess, sys
@profile
def view(n):
    return n
if os.environ.get("RUN_MAIN") == "true":
    for i in range(100): view(i)
else:
    {before}
    env = {{**os.environ, "RUN_MAIN": "true"}}
    sys.exit(subprocess.call([sys.executable, *sys.orig_argv[1:]], env=env))
"""


def test_a_program_that_starts_itself_again(folder: Path) -> None:
    """As the reloaders of Flask, Django and others do; test_kinds.py has it with its processes."""
    (folder / "s.py").write_text(AGAIN.format(before=""))
    done = kernprof("-l", "--no-processes", "s.py", cwd=folder)
    assert hits(folder / "s.py.lprof") == {"view": {2: 100}}
    assert done.stderr.startswith(
        "kernprof: 's.py.lprof' was written by another process meanwhile and stays\n"
    )
    (folder / "s.py").write_text(AGAIN.format(before="view(0)"))
    done = kernprof("-l", "--no-processes", "s.py", cwd=folder)
    assert hits(folder / "s.py.lprof") == {"view": {2: 100}}
    (own,) = folder.glob("s.py.*.lprof")
    assert hits(own) == {"view": {2: 1}}
    assert done.stderr == (
        "kernprof: 's.py.lprof' was written by another process meanwhile; "
        f"results of this one are in {own.name!r}\n"
    )
    assert done.stdout.endswith(f" -m lineprof {own.name}\n")


# Nobody reads, or not now


NOISY = """
import sys
@profile
def f():
    while True:
        sys.stdout.write("x" * 1000 + "\\n")
f()
"""


@pytest.mark.parametrize("flags", ["-l", "-lv", "-li", "-b"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_to_though_nobody_reads(
    number: signal.Signals, flags: str, folder: Path
) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("ignored here")
    (folder / "s.py").write_text(NOISY)
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "kernprof", flags, "-o", "results", "s.py"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            process.stdout.read(1)
            time.sleep(0.5)  # until the pipe is full
            process.send_signal(number)
            assert process.wait(30) == -number
        finally:
            process.kill()
    assert (folder / "results").exists()


LONG = "@profile\ndef g():\n    t = 0\n" + "    t += 1\n" * 3000 + "    return t\ng()\n"


@pytest.mark.parametrize("blocking", [True, False])
def test_a_long_listing_reaches_a_slow_reader_whole(blocking: bool, folder: Path) -> None:
    (folder / "s.py").write_text(LONG)
    reader, writer = os.pipe()
    os.set_blocking(writer, blocking)
    process = subprocess.Popen(
        [sys.executable, "-m", "kernprof", "-lv", "s.py"],
        cwd=folder,
        env=environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    read = b""
    while data := os.read(reader, 10000):
        read += data
        time.sleep(0.001)
    os.close(reader)
    assert process.communicate()[1] == b""
    assert len(read.splitlines()) == 3000 + 14
    assert process.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_listing_for_a_full_disk(folder: Path) -> None:
    (folder / "s.py").write_text(WORK)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kernprof", "-lv", "s.py"],
            cwd=folder,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    message = "kernprof: cannot write to standard output: No space left on device\n"
    assert (done.stderr, done.returncode) == (message, 0)
    assert hits(folder / "s.py.lprof") == WORK_HITS


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "SIGTERM"),
        ("raise SystemExit(3)", ""),
        ("raise ValueError", "ValueError"),
    ],
)
def test_a_run_that_was_cut_short_says_so(ending: str, why: str, folder: Path) -> None:
    (folder / "s.py").write_text(f"{WORK}\n{ending}\n")
    kernprof("-l", "s.py", cwd=folder)
    (run,) = lineprof.load(folder / "s.py.lprof").runs
    assert run.cut_short == why
