"""Names of line_profiler's tracing."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("lineprof._core")

from lineprof import LineProfiler
from lineprof.compat.dropin import tracing


def test_constants() -> None:
    profiler = LineProfiler()
    assert tracing.USE_LEGACY_TRACE is (profiler.core == "trace")
    assert len(tracing.NOP_BYTES) == 2


def test_lines_are_withheld() -> None:
    events = []

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        events.append(event)
        return trace

    def work() -> int:
        x = 1
        return x

    before = sys.gettrace()
    quiet = tracing.disable_line_events(trace)
    sys.settrace(quiet)
    try:
        work()
    finally:
        sys.settrace(before)
    assert events == ["call", "return"]
    assert quiet.__name__ == "trace"
    assert tracing.disable_line_events(lambda *_: None)(sys._getframe(), "call", None) is None


def test_where_compiled_code_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "pkg" / "fast.pyx"
    path.parent.mkdir()
    path.write_text("def f(): pass\n")

    def compiled(name: str, module: str = "nosuch") -> object:
        return SimpleNamespace(__code__=SimpleNamespace(co_filename=name), __module__=module)

    find = tracing.find_cython_source_file
    assert find(compiled(str(path))) == find(compiled("pkg/fast.pyx")) == str(path)
    assert find(compiled("fast.pyx")) is find(compiled("other.pyx")) is None
    monkeypatch.setitem(sys.modules, "fast", SimpleNamespace(__file__=str(path.with_suffix(".so"))))  # type: ignore[misc]
    assert find(compiled("build/src/fast.pyx", "fast")) == str(path)
