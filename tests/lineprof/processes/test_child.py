"""Real programs of many processes: the hits in the results are what the programs counted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .programs import WORK, run

pytest.importorskip("lineprof._core")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="numbers are kept in mapped files")

# One start method, one kind of workers and one way to end, from the command line.
EVERY_KIND = """\
import multiprocessing, os, signal, subprocess, sys
from concurrent.futures import ProcessPoolExecutor
def end(how):
    if how == "exit":
        os._exit(3)
    if how == "raise":
        raise SystemExit(4)
    if how == "abort":
        os.abort()
    if how.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, how))
def task(how):
    work(7)
    end(how)
def tasks(kind, context):
    if kind == "process":
        several = [context.Process(target=task, args=(sys.argv[3],)) for _ in range(3)]
        for one in several:
            one.start()
        for one in several:
            one.join()
    elif kind == "terminated":
        with context.Pool(2) as pool:
            pool.map(work, [3] * 10, chunksize=1)
    elif kind == "closed":
        pool = context.Pool(2)
        pool.map(work, [3] * 10, chunksize=1)
        pool.close()
        pool.join()
    elif kind == "short-lived":
        with context.Pool(2, maxtasksperchild=1) as pool:
            pool.map(work, [3] * 6, chunksize=1)
    elif kind == "executor":
        with ProcessPoolExecutor(2, mp_context=context) as executor:
            list(executor.map(work, [3] * 10))
    elif kind == "nested":
        one = context.Process(target=tasks, args=("process", context))
        one.start()
        one.join()
    elif kind == "forked":
        for _ in range(3):
            if not os.fork():
                task(sys.argv[3])
                os._exit(0)
            os.wait()
def main():
    work(5)
    tasks(sys.argv[2], multiprocessing.get_context(sys.argv[1]))
    work(5)
if __name__ == "__main__":
    main()
"""
METHODS = ("fork", "spawn", "forkserver")
POOLS = ("terminated", "closed", "short-lived", "executor")
ENDS = ("return", "exit", "raise", "abort", "SIGTERM", "SIGKILL")

QUICK = [
    ("fork", "process", "SIGKILL"),
    ("fork", "terminated", "return"),
    ("fork", "executor", "return"),
    ("fork", "forked", "exit"),
    ("spawn", "process", "return"),
    ("spawn", "terminated", "return"),
    ("forkserver", "nested", "SIGTERM"),
]


@pytest.mark.parametrize(("method", "kind", "end"), QUICK)
def test_what_processes_do_is_counted_exactly(
    method: str, kind: str, end: str, tmp_path: Path
) -> None:
    done = run(tmp_path, EVERY_KIND, method, kind, end)
    assert (done.status, done.output) == (0, "")
    done.assert_exact(at_least=16)


@pytest.mark.slow
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", ["process", "nested", "forked"])
@pytest.mark.parametrize("method", METHODS)
def test_whatever_ends_a_process(method: str, kind: str, end: str, tmp_path: Path) -> None:
    run(tmp_path, EVERY_KIND, method, kind, end).assert_exact(at_least=31)


@pytest.mark.slow
@pytest.mark.parametrize("kind", POOLS)
@pytest.mark.parametrize("method", METHODS)
def test_pools(method: str, kind: str, tmp_path: Path) -> None:
    run(tmp_path, EVERY_KIND, method, kind, "return").assert_exact(at_least=28)


CHILD = (
    "from counting import count\n@profile\ndef child(n):\n    count(n)\n    return n\nchild(1)\n"
)


@pytest.mark.parametrize("words", [["child.py"], ["-m", "child"], ["-I", "child.py"]])
def test_scripts_that_the_program_runs(words: list[str], tmp_path: Path) -> None:
    text = CHILD.replace("from", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom", 1)
    (tmp_path / "child.py").write_text(text)
    done = run(
        tmp_path,
        "import subprocess, sys\nwork(2)\n"
        f"print([subprocess.run([sys.executable, *{words}]).returncode for _ in range(3)])\n",
    )
    if words[0] == "-I" and done.output != "[0, 0, 0]\n":
        pytest.skip("lineprof is not installed in this Python")
    assert done.output == "[0, 0, 0]\n"
    assert done.hits("child") == [3, 3]


CHOSEN = """\
import multiprocessing, subprocess, sys
import helper
def own(n):
    return helper.double(n)
if __name__ == "__main__":
    own(1)
    for method in ("fork", "spawn", "forkserver"):
        one = multiprocessing.get_context(method).Process(target=own, args=(2,))
        one.start()
        one.join()
    subprocess.run([sys.executable, "-c", "import helper; helper.double(3)"])
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("-p", "helper"), {"double": [5]}),
        (("--all",), {"own": [4], "double": [5]}),
        (("-p", "program.py:own"), {"own": [4]}),
        (("-p", "helper", "--module-level"), {"double": [5]}),
    ],
)
def test_chosen_functions(
    options: tuple[str, ...], expected: dict[str, list[int]], tmp_path: Path
) -> None:
    (tmp_path / "helper.py").write_text("def double(n):\n    return 2 * n\n")
    done = run(tmp_path, CHOSEN, options=options, work="")
    assert (done.status, done.output, done.errors) == (0, "", "")
    for name, hits in expected.items():
        assert done.hits(name) == hits, name


def test_explicit_mode_in_children(tmp_path: Path) -> None:
    work = "from lineprof import profile\n"
    for method in ("fork", "spawn"):
        done = run(tmp_path, EVERY_KIND, method, "process", "return", work=work + WORK)
        done.assert_exact()
        (tmp_path / "count").unlink()


def test_a_profile_that_cannot_be_made_costs_the_program_nothing(tmp_path: Path) -> None:
    """The folder is gone, or holds nonsense: the child runs as ever."""
    for ruin in ("shutil.rmtree(folder)", "open(folder + '/run.json', 'w').write('x')"):
        done = run(
            tmp_path,
            "import os, shutil, subprocess, sys\nwork(1)\n"
            f"folder = os.environ['LINEPROF_PROCESSES']\n{ruin}\n"
            "code = '@profile\\ndef f(n):\\n    return n\\nprint(f(3))'\n"
            "print(subprocess.run([sys.executable, '-c', code]).returncode)\n",
        )
        assert (done.output, done.status) == ("3\n0\n", 0), done.errors


def test_nothing_stays_behind(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "import os\nwork(1)\nprint(os.path.exists(os.environ['LINEPROF_PROCESSES']))\n",
        TMPDIR=str(tmp_path),
    )
    assert done.output == "True\n"
    assert list(tmp_path.glob("lineprof-*")) == []
