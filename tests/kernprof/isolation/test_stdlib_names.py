"""Files of the program with the names of modules that kernprof uses."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernprof.isolation import stdlib_names
from tests.kernprof.command import NOTHING, python


@pytest.fixture(autouse=True)
def _modules_and_path() -> Iterator[None]:
    before, path = dict(sys.modules), sys.path[:]
    yield
    for name in set(sys.modules) - set(before):
        del sys.modules[name]
    sys.modules.update(before)
    sys.path[:] = path


def test_a_shadowed_module_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "json.py").touch()
    stdlib_names.release(str(tmp_path))
    assert not any(name.partition(".")[0] == "json" for name in sys.modules)


def test_a_shadowing_package_too(tmp_path: Path) -> None:
    (tmp_path / "json").mkdir()
    stdlib_names.release(str(tmp_path))
    assert "json" not in sys.modules


def test_all_else_stays(tmp_path: Path) -> None:
    for name in ("os.py", "sys.py", "encodings.py", "pytest.py", "readme.txt"):
        (tmp_path / name).touch()
    before = dict(sys.modules)
    stdlib_names.release(str(tmp_path))
    stdlib_names.release(str(tmp_path / "nowhere"))
    stdlib_names.release(os.path.dirname(os.__file__))
    assert sys.modules == before


def test_what_python_starts_with_stays_where_it_is_not_frozen(tmp_path: Path) -> None:
    (tmp_path / "os.py").write_text("mine = True")
    (tmp_path / "main.py").write_text("import os; print(hasattr(os, 'mine'))")
    for words in (), ("-m", "kernprof", "-lqo", str(tmp_path / "results")):
        done = python("-X", "frozen_modules=off", *words, str(tmp_path / "main.py"), cwd=tmp_path)
        assert (done.stdout, done.stderr) == ("False\n", "" if not words else NOTHING)
