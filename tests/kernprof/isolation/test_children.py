"""Processes that multiprocessing starts anew: they import the program, which says `@profile`."""

from __future__ import annotations

import builtins
import multiprocessing.spawn
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernprof.command import kernprof

pytest.importorskip("lineprof._core")

PROGRAM = """\
import multiprocessing, sys
@profile
def double(x):
    return 2 * x, __name__
def inner(queue):
    queue.put(double(2))
def outer(queue):
    context = multiprocessing.get_context({method!r})
    process = context.Process(target=inner, args=(queue,))
    process.start()
    process.join()
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    queue = context.Queue()
    process = context.Process(target=outer, args=(queue,))
    process.start()
    process.join(60)
    process.terminate()
    print(queue.get_nowait() if process.exitcode == 0 else process.exitcode, double(1))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no forkserver")
@pytest.mark.parametrize("flags", ["-l", "-b"])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_process_and_one_that_it_starts(method: str, flags: str, tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(PROGRAM.format(method=method))
    done = kernprof(flags, "-q", "s.py", cwd=tmp_path)
    name = "__main__" if method == "fork" else "__mp_main__"
    assert (done.stdout, done.stderr) == (f"(4, '{name}') (2, '__main__')\n", "")
    assert done.returncode == 0
    assert len(list(tmp_path.glob("*prof"))) == 1


def test_it_ends_with_the_program(tmp_path: Path) -> None:
    import kernprof as package

    original = multiprocessing.spawn.get_preparation_data
    (tmp_path / "s.py").write_text(
        "from multiprocessing.spawn import get_preparation_data\n"
        "import builtins; builtins.given = get_preparation_data('name')\n"
    )
    try:
        assert package.main(["-lq", "-o", str(tmp_path / "out"), str(tmp_path / "s.py")]) == 0
        given = builtins.given  # type: ignore[attr-defined]
    finally:
        del builtins.given  # type: ignore[attr-defined]
    assert multiprocessing.spawn.get_preparation_data is original
    assert given["lineprof.processes.spawned"] is not None


def test_a_process_without_kernprof_does_without(tmp_path: Path) -> None:
    from lineprof.processes.spawned import _Beginning

    pickled = pickle.dumps(_Beginning())
    code = f"import pickle; pickle.loads({pickled!r}); print('profile' in vars(__builtins__))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_program_notices_nothing(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(
        "import sys\nprint('multiprocessing' in sys.modules)\n"
        "import multiprocessing.spawn as s\nprint(s.__spec__.loader, vars(s.__spec__.loader))\n"
    )
    done = kernprof("-lq", "s.py", cwd=tmp_path)
    assert done.stdout.startswith("False\n<_frozen_importlib_external.SourceFileLoader")
    assert "exec_module" not in done.stdout


@pytest.mark.parametrize(
    "package", ["multiprocess", "loky.backend", "joblib.externals.loky.backend"]
)
def test_others_that_start_processes(package: str, tmp_path: Path) -> None:
    folder = tmp_path
    for name in package.split("."):
        folder /= name
        folder.mkdir()
        (folder / "__init__.py").touch()
    (folder / "spawn.py").write_text("def get_preparation_data(name, main=True): return {}")
    (tmp_path / "s.py").write_text(
        f"from {package}.spawn import get_preparation_data as a\n"
        "from multiprocessing.spawn import get_preparation_data as b\n"
        "key = 'lineprof.processes.spawned'\n"
        "print(key in a('name', main=False), key in b('name'))\n"
    )
    assert kernprof("-lq", "s.py", cwd=tmp_path).stdout == "True True\n"
