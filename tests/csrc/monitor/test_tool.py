"""The tool id of sys.monitoring: the first free one is taken, and given back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lineprof import _core
from tests.csrc.functions import has_monitoring, plain
from tests.support.harness import counts_of, hooks, measure, nothing_left

pytestmark = has_monitoring


@contextmanager
def taken(*tools: int) -> Iterator[None]:
    free = [tool for tool in tools if sys.monitoring.get_tool(tool) is None]
    for tool in free:
        sys.monitoring.use_tool_id(tool, "test")
    try:
        yield
    finally:
        for tool in free:
            sys.monitoring.free_tool_id(tool)


PREFERRED = (5, 4, 3, 2, 1, 0)


@pytest.mark.parametrize("number", range(len(PREFERRED)))
def test_the_first_free_tool_id_is_taken(number: int, mode: str) -> None:
    if any(sys.monitoring.get_tool(tool) for tool in PREFERRED):
        pytest.skip("another tool is at work")
    profiler = _core.Profiler(core="monitor")
    assert profiler.tool_id is None
    with taken(*PREFERRED[:number]), nothing_left([plain.__code__]):

        def driver() -> tuple[int | None, str | None]:
            plain(2)
            return profiler.tool_id, sys.monitoring.get_tool(PREFERRED[number])

        chosen = measure(profiler, [plain.__code__], mode, driver)
    assert chosen == (PREFERRED[number], "lineprof")
    assert profiler.tool_id is None
    assert dict(counts_of(profiler))[plain.__code__].calls == 1


def test_without_a_free_tool_id_no_hook_is_placed(mode: str) -> None:
    profiler = _core.Profiler(core="monitor")
    with taken(*PREFERRED):
        before = hooks([plain.__code__])
        with pytest.raises(RuntimeError, match=r"tool id.* in use"):
            measure(profiler, [plain.__code__], mode, lambda: None)
        assert hooks([plain.__code__]) == before
        assert not profiler.active
        assert profiler.tool_id is None
    # The profiler still works afterwards.
    measure(profiler, [plain.__code__], mode, lambda: plain(2))
    assert dict(counts_of(profiler))[plain.__code__].calls == 1
