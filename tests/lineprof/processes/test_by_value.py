"""Functions that reach a process pickled by value, by picklers that may not be installed here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lineprof.measure.shard_about import about
from lineprof.processes import by_value

from .programs import run

KINDS = {
    "cloudpickle": "import cloudpickle\ncopy = cloudpickle.loads(cloudpickle.dumps(work))\n",
    "dill": "import dill\ncopy = dill.loads(dill.dumps(work))\n",
}


def function() -> Any:
    def f(n: int) -> int:
        return sum(n + m for m in range(1))

    return f


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is known yet, and this is the folder of the run."""
    for name in ("_registered", "_own", "_elsewhere"):
        monkeypatch.setattr(by_value, name, {})
    monkeypatch.setattr(by_value, "_state", {"publishing": False, "read": 0})
    monkeypatch.setenv("LINEPROF_PROCESSES", str(tmp_path))
    return tmp_path


def pickler() -> ModuleType:
    module = ModuleType("pickler")
    exec("def _make_function(code, names): return type(make)(code, names)", vars(module))
    vars(module)["make"] = module._make_function
    return module


def test_what_a_shard_says_of_code(tmp_path: Path) -> None:
    code = function().__code__
    file, line, name, changed, size = json.loads(about(code))
    found = Path(__file__).stat()
    assert (file, line, name) == (
        str(Path(__file__).resolve()),
        code.co_firstlineno,
        code.co_qualname,
    )
    assert (changed, size) == (found.st_mtime_ns, found.st_size)
    nowhere = code.replace(co_filename="<é\udc80>")
    assert json.loads(about(nowhere)) == ["<é\udc80>", code.co_firstlineno, code.co_qualname, 0, 0]


def test_copies_become_the_code_that_is_measured(fresh: Path) -> None:
    code = function().__code__
    by_value.about(code)
    assert not (fresh / by_value.FILE).exists()
    module = pickler()
    by_value.change(module, lambda code: None)
    copy = module._make_function(code.replace(co_filename="placeholder"), {})
    assert copy.__code__ is code
    other = compile("def g():\n    return 1", "other", "exec").co_consts[0]
    assert module._make_function(other, {}).__code__ is other


def test_another_process_gives_them_their_file_and_measures_them(fresh: Path) -> None:
    code = function().__code__
    by_value.change(pickler(), lambda code: None)
    by_value.about(code)
    # What follows is in another process, in which nothing is measured yet.
    by_value._own.clear()
    by_value._registered.clear()
    watched: list[object] = []
    module = pickler()
    by_value.change(module, watched.append)
    placeholder = code.replace(co_filename="placeholder")
    copies = [module._make_function(placeholder.replace(), {}).__code__ for _ in range(2)]
    assert copies[0] is copies[1]
    assert copies[0].co_filename == str(Path(__file__).resolve())
    assert watched == [copies[0]]


def test_a_folder_that_is_gone_is_nothing_to_the_program(fresh: Path) -> None:
    code = function().__code__
    fresh.rmdir()
    module = pickler()
    by_value.change(module, lambda code: None)
    by_value.about(code)
    assert module._make_function(code.replace(), {})(1) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="numbers are kept in mapped files")
@pytest.mark.parametrize("package", KINDS)
def test_copies_in_the_same_process(package: str, tmp_path: Path) -> None:
    pytest.importorskip(package)
    done = run(tmp_path, f"{KINDS[package]}copy(3)\nwork(4)\nprint(copy.__code__ is work.__code__)")
    assert (done.output, done.errors) == ("True\n", "")
    done.assert_exact(at_least=7)


@pytest.mark.skipif(sys.platform == "win32", reason="numbers are kept in mapped files")
@pytest.mark.parametrize(
    ("package", "text"),
    [
        (
            "loky",
            "from loky import get_reusable_executor\n"
            "executor = get_reusable_executor(max_workers=2)\n"
            "list(executor.map(work, [3] * 8))\n"
            "executor.shutdown(wait=True)\n",
        ),
        (
            "joblib",
            "from joblib import Parallel, delayed\n"
            "Parallel(n_jobs=2)(delayed(work)(3) for _ in range(8))\n",
        ),
        (
            "multiprocess",
            "import multiprocess\n"
            "if __name__ == '__main__':\n"
            "    for method in ('fork', 'spawn'):\n"
            "        with multiprocess.get_context(method).Pool(2) as pool:\n"
            "            pool.map(lambda n: work(n), [3] * 8)\n",
        ),
    ],
)
def test_workers_of_other_packages(package: str, text: str, tmp_path: Path) -> None:
    pytest.importorskip(package)
    run(tmp_path, text).assert_exact(at_least=24)
