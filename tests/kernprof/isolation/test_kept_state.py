"""Our own code works as before, whatever the program has replaced."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernprof.isolation import stdlib_names
from kernprof.isolation.kept_state import KeptState


@pytest.fixture(autouse=True)
def _modules_and_path() -> Iterator[None]:
    before, path = dict(sys.modules), sys.path[:]
    yield
    for name in set(sys.modules) - set(before):
        del sys.modules[name]
    sys.modules.update(before)
    sys.path[:] = path


def test_our_imports_do_not_see_the_programs_modules(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("mine = True")
    (tmp_path / "colorsys.py").write_text("mine = True")
    ours = KeptState()
    stdlib_names.release(str(tmp_path))
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
    with KeptState():
        assert sys.modules["json"] is json
