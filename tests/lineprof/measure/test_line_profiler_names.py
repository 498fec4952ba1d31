"""What LineProfiler has for those who know line_profiler's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

pytest.importorskip("lineprof._core")

from lineprof import LineProfiler


def work(n: int) -> int:
    total = 0
    for i in range(n):
        total += i
    return total


class Works:
    def work(self) -> int:
        return 1


@pytest.fixture
def profiler(core: str) -> Iterator[LineProfiler]:
    made = LineProfiler(core=core, timer=iter(range(10**6)).__next__)
    yield made
    made.close()


def test_numbers_by_code(profiler: LineProfiler) -> None:
    profiler.add_function(work)
    code = work.__code__
    assert profiler.code_map == {code: {}}
    profiler.runcall(work, 2)
    first = code.co_firstlineno
    lines = profiler.code_map[code]
    assert {number - first: line["nhits"] for number, line in lines.items()} == {
        **{1: 1, 2: 3, 3: 2, 4: 1}
    }
    (((_, _, name), rows),) = profiler.get_stats().timings.items()
    assert name == "work"
    assert [(line["lineno"], line["nhits"], line["total_time"]) for line in lines.values()] == rows
    assert all(line["code"] is code for line in lines.values())


def test_counts_can_be_set(profiler: LineProfiler) -> None:
    profiler.add_function(work)
    profiler.enable_count = 2
    work(1)
    profiler.enable_count = -1
    assert profiler.enable_count == 0
    work(1)
    assert [f.calls for f in profiler.snapshot().functions] == [1]


def test_the_tool_id(profiler: LineProfiler, core: str) -> None:
    assert profiler.tool_id is None
    profiler.add_function(work)
    with profiler:
        assert profiler.tool_id is not None or core == "trace"


def test_imported_things_are_measured_from_then_on(profiler: LineProfiler) -> None:
    module = ModuleType("made_here")
    exec("def f(): return 1\n", vars(module))
    add = profiler.add_imported_function_or_module
    assert (add(3), add(len), profiler.enable_count) == (0, 0, 0)
    assert (add(work), add(Works), add(module), profiler.enable_count) == (1, 1, 1, 3)
    assert (add(work), add(Works, scoping_policy="exact", wrap=True)) == (0, 0)
    work(1), Works().work(), module.f()
    assert [f.calls for f in profiler.snapshot().functions if f.hits] == [1, 1, 1]


def test_trace_functions_of_others_need_no_consent(profiler: LineProfiler) -> None:
    assert (profiler.wrap_trace, profiler.set_frame_local_trace) == (False, False)
    profiler.wrap_trace = profiler.set_frame_local_trace = True
    before = sys.gettrace()
    profiler.runcall(work, 1)
    assert sys.gettrace() is before
