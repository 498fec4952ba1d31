"""Code that begins is told of, once, wherever it comes from; the program does not notice."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

pytest.importorskip("lineprof._core")
from lineprof.measure.event_source import watch_modules
from lineprof.measure.profiler import LineProfiler
from lineprof.select.run_hook import RunHook

Make = Callable[[], tuple[RunHook, list[str]]]

MONITORS = sys.version_info >= (3, 12)
monitoring: Any = getattr(sys, "monitoring", None)
with_monitoring = pytest.mark.skipif(not MONITORS, reason="sys.monitoring is new in Python 3.12")
with_evaluator = pytest.mark.skipif(MONITORS, reason="the evaluator is for Python 3.11")


@pytest.fixture
def make() -> Iterator[Make]:
    made = []

    def make() -> tuple[RunHook, list[str]]:
        seen: list[str] = []
        watch = RunHook(lambda code: seen.append(Path(code.co_filename).name), watch_modules)
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

    watch = RunHook(fail, watch_modules)
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
    watch = RunHook(seen.append)
    try:
        watch.place()
        runpy.run_path(script)
        watch.remove()
    finally:
        for n in taken:
            monitoring.free_tool_id(n)
    assert (seen, str(watch.failure)) == ([], "no tool id of sys.monitoring is free")


@with_evaluator
def test_a_class_body_is_no_module(make: Make) -> None:
    watch, seen = make()
    watch.place()
    exec(compile("class C: x = 1\nclass D(C): pass", "made.py", "exec"), {})
    assert eval("1 + x", {}, {"x": 1}) == 2
    assert seen == ["made.py"]


@with_evaluator
def test_trace_functions_do_not_see_it(make: Make) -> None:
    traced: list[str] = []

    def trace(frame: FrameType, event: str, argument: object) -> None:
        traced.append(frame.f_code.co_name)

    watch, seen = make()
    code = code_of("made.py")
    watch.place()
    sys.settrace(trace)
    try:
        exec(code)
    finally:
        sys.settrace(None)
    assert (traced, seen) == (["<module>", "f"], ["made.py"])


@with_evaluator
def test_what_it_raises_is_not_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(code: CodeType) -> None:
        raise KeyError(code.co_name)

    told: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: told.append(repr(found.exc_value)))
    assert watch_modules is not None
    assert watch_modules(fail)
    names: dict[str, Any] = {}
    try:
        exec(code_of("made.py"), names)
    finally:
        assert watch_modules(None)
    assert names["f"]() == 1
    assert told == ["KeyError('<module>')"]


@with_evaluator
def test_an_interrupt_is_the_programs() -> None:
    def interrupt(code: CodeType) -> None:
        raise KeyboardInterrupt

    assert watch_modules is not None
    assert watch_modules(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            exec(code_of("made.py"), {})
    finally:
        assert watch_modules(None)


@with_evaluator
def test_deep_recursion(make: Make) -> None:
    """The evaluator takes C stack for every call."""

    def deep(n: int) -> int:
        return 0 if n == 0 else 1 + deep(n - 1)

    watch, seen = make()
    watch.place()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300_000)
    try:
        assert deep(200_000) == 200_000
    finally:
        sys.setrecursionlimit(limit)
    exec(code_of("made.py"))
    assert seen == ["made.py"]


@with_evaluator
def test_measuring_comes_and_goes_meanwhile(make: Make) -> None:
    watch, seen = make()
    watch.place()
    profiler = LineProfiler()
    space: dict[str, Any] = {}
    exec(code_of("made.py"), space)
    with profiler:
        profiler.add_function(space["f"])
        exec(code_of("again.py"))
        space["f"]()
    profiler.close()
    exec(code_of("more.py"))
    watch.remove()
    exec(code_of("unseen.py"))
    made = {"made.py", "again.py", "more.py", "unseen.py"}  # and ours, as they are needed
    assert [name for name in seen if name in made] == ["made.py", "again.py", "more.py"]
    assert [line.hits for line in profiler.snapshot().functions[0].lines] == [1]
