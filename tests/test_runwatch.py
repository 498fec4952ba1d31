"""Code that begins is told of, once, wherever it comes from; the program does not notice."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from lineprof.runwatch import RunWatch

Make = Callable[[], tuple[RunWatch, list[str]]]

MONITORS = sys.version_info >= (3, 12)
monitoring: Any = getattr(sys, "monitoring", None)
with_monitoring = pytest.mark.skipif(not MONITORS, reason="sys.monitoring is new in Python 3.12")


@pytest.fixture
def make() -> Iterator[Make]:
    made = []

    def make() -> tuple[RunWatch, list[str]]:
        seen: list[str] = []
        watch = RunWatch(lambda code: seen.append(Path(code.co_filename).name))
        made.append(watch)
        return watch, seen

    yield make
    for watch in made:
        watch.remove()
        assert watch.failure is None


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "script.py"
    path.write_text("def f():\n    return 1\nx = f()\n")
    return str(path)


def test_a_file_that_runpy_runs(make: Make, script: str) -> None:
    watch, seen = make()
    runpy.run_path(script)
    watch.place()
    watch.place()
    assert runpy.run_path(script)["x"] == 1
    assert seen == ["script.py"]
    watch.remove()
    watch.remove()
    runpy.run_path(script)
    assert seen == ["script.py"]
    watch.place()
    runpy.run_path(script)
    assert seen == ["script.py"] * 2


def code_of(name: str) -> CodeType:
    return compile("def f(): return 1\nf()", name, "exec")


@with_monitoring
def test_code_that_exec_runs(make: Make) -> None:
    watch, seen = make()
    watch.place()
    exec(code_of("made.py"))
    exec("def f(): return 1\nf()")
    assert eval("(lambda: 1)()") == 1
    code = code_of("again.py")
    exec(code)
    exec(code)
    assert seen == ["made.py", "again.py"]


@with_monitoring
def test_a_module_that_is_imported(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run_watched.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    watch, seen = make()
    watch.place()
    __import__("run_watched")
    del sys.modules["run_watched"]
    assert seen == ["run_watched.py"]


def test_two_at_once(make: Make, script: str) -> None:
    (one, seen), (other, more) = make(), make()
    one.place()
    other.place()
    runpy.run_path(script)
    one.remove()
    runpy.run_path(script)
    assert (seen, more) == (["script.py"], ["script.py"] * 2)


def test_an_error_of_ours_does_not_reach_the_program(script: str) -> None:
    def fail(code: CodeType) -> None:
        raise KeyError(code.co_name)

    watch = RunWatch(fail)
    watch.place()
    assert runpy.run_path(script)["x"] == 1
    watch.remove()
    assert repr(watch.failure) == "KeyError('<module>')"


def test_nothing_is_left(make: Make, script: str) -> None:
    before = runpy._get_code_from_file  # type: ignore[attr-defined]
    tools = _tools()
    watch, _ = make()
    watch.place()
    assert _tools() != tools or not MONITORS
    watch.remove()
    assert _tools() == tools
    assert runpy._get_code_from_file is before  # type: ignore[attr-defined]


def _tools() -> list[str | None]:
    return [monitoring.get_tool(n) for n in range(6)] if MONITORS else []


@with_monitoring
def test_without_a_free_tool_id_imports_are_all_there_is(script: str) -> None:
    taken = [n for n in range(6) if monitoring.get_tool(n) is None]
    for n in taken:
        monitoring.use_tool_id(n, "other")
    seen: list[object] = []
    watch = RunWatch(seen.append)
    try:
        watch.place()
        runpy.run_path(script)
        watch.remove()
    finally:
        for n in taken:
            monitoring.free_tool_id(n)
    assert (seen, str(watch.failure)) == ([], "no tool id of sys.monitoring is free")
