"""Files of the program with the names of modules that kernprof uses."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernprof import shadow

from .command import NOTHING, python


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
    shadow.release(str(tmp_path))
    assert not any(name.partition(".")[0] == "json" for name in sys.modules)


def test_a_shadowing_package_too(tmp_path: Path) -> None:
    (tmp_path / "json").mkdir()
    shadow.release(str(tmp_path))
    assert "json" not in sys.modules


def test_all_else_stays(tmp_path: Path) -> None:
    for name in ("os.py", "sys.py", "encodings.py", "pytest.py", "readme.txt"):
        (tmp_path / name).touch()
    before = dict(sys.modules)
    shadow.release(str(tmp_path))
    shadow.release(str(tmp_path / "nowhere"))
    shadow.release(os.path.dirname(os.__file__))
    assert sys.modules == before


def test_what_python_starts_with_stays_where_it_is_not_frozen(tmp_path: Path) -> None:
    (tmp_path / "os.py").write_text("mine = True")
    (tmp_path / "main.py").write_text("import os; print(hasattr(os, 'mine'))")
    for words in (), ("-m", "kernprof", "-lqo", str(tmp_path / "results")):
        done = python("-X", "frozen_modules=off", *words, str(tmp_path / "main.py"), cwd=tmp_path)
        assert (done.stdout, done.stderr) == ("False\n", "" if not words else NOTHING)


def test_our_imports_do_not_see_the_programs_modules(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("mine = True")
    (tmp_path / "colorsys.py").write_text("mine = True")
    ours = shadow.OwnImports()
    shadow.release(str(tmp_path))
    sys.path.insert(0, str(tmp_path))
    import json as theirs

    assert theirs.mine  # type: ignore[attr-defined]
    with ours:
        import colorsys
        import json as again

        assert hasattr(again, "dumps")
        assert hasattr(colorsys, "rgb_to_hsv")
        assert sys.path[0] != str(tmp_path)
    assert sys.modules["json"] is theirs
    assert sys.path[0] == str(tmp_path)


def test_nothing_is_hidden_without_need() -> None:
    with shadow.OwnImports():
        assert sys.modules["json"] is json
