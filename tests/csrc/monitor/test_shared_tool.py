"""More profilers at once than sys.monitoring has tool ids share them."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lineprof import _core
from tests.support.clock import FakeClock
from tests.support.harness import counts_of, nothing_left
from tests.support.oracle import count

pytestmark = pytest.mark.skipif(
    "monitor" not in _core.CORES, reason="3.11 places as many trace functions as one likes"
)

SOURCE = """
def loop(n):
    total = 0
    for i in range(n): total += i
    return total
def generator(n):
    try:
        for i in range(n):
            yield i
    finally:
        n = 0
def fails(n):
    return n // 0
def catches(n):
    try:
        fails(n)
    except ZeroDivisionError:
        n += 1
    return n
def suspends(n):
    it = generator(n)
    next(it)
    it.close()
    return sum(generator(n))
def main(n):
    return loop(n), catches(n), suspends(n), [i for i in range(n)]
"""


def program() -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(compile(SOURCE, "<shared>", "exec"), space)
    del space["__builtins__"]
    return space


def codes_of(space: dict[str, Any]) -> list[Any]:
    return [function.__code__ for function in space.values()]


def test_all_have_exact_hits(mode: str) -> None:
    """Each measures some functions alone, and some that others measure too."""
    space = program()
    codes = codes_of(space)
    _, expected = count(codes, lambda: space["main"](4))
    chosen = [random.Random(seed).sample(codes, 3) for seed in range(15)]
    profilers = [_core.Profiler(core="monitor") for _ in chosen]
    with nothing_left(codes):
        for profiler, some in zip(profilers, chosen, strict=True):
            for code in some:
                profiler.watch(code, always=mode == "always")
            profiler.start()
        assert len({profiler.tool_id for profiler in profilers}) == 6
        space["main"](4)
        for profiler in profilers:
            profiler.close()
    for profiler, some in zip(profilers, chosen, strict=True):
        assert dict(counts_of(profiler)) == {code: expected[code] for code in some}
    assert all(sys.monitoring.get_tool(number) is None for number in range(6))


@pytest.mark.parametrize("order", [1, -1])
def test_one_that_goes_takes_nothing_from_the_others(order: int) -> None:
    space = program()
    codes = codes_of(space)
    _, expected = count(codes, lambda: space["main"](3))
    profilers = [_core.Profiler(core="monitor") for _ in range(14)]
    with nothing_left(codes):
        for profiler in profilers:
            for code in codes:
                profiler.watch(code, always=True)
        for number, profiler in enumerate(profilers[::order]):
            space["main"](3)
            profiler.close()
            for _code, found in counts_of(profiler):
                assert found.calls % (number + 1) == 0
    for number, profiler in enumerate(profilers[::order]):
        for code, found in counts_of(profiler):
            hits = {line: (number + 1) * n for line, n in expected[code].hits.items()}
            assert found.hits == hits


def test_one_that_is_closed_by_the_timer_of_another() -> None:
    space = program()
    loop = space["loop"]
    many = [_core.Profiler(core="monitor") for _ in range(6)]
    armed: list[Any] = []

    def timer() -> int:
        if armed:
            armed.pop()
            closed.close()
        return 0

    closed = _core.Profiler(core="monitor", timer=FakeClock())
    timed = _core.Profiler(core="monitor", timer=timer)
    with nothing_left([loop.__code__]):
        for profiler in (*many, closed, timed):
            profiler.watch(loop.__code__, always=True)
        loop(2)
        armed.append(1)
        assert loop(5) == 10
        for profiler in (*many, timed):
            profiler.close()
    assert counts_of(closed)[0][1].calls in (1, 2)
    assert counts_of(many[0])[0][1].calls == 2


@pytest.fixture
def taken() -> Iterator[Callable[[], None]]:
    """All tool ids are in use by others."""
    for number in range(6):
        sys.monitoring.use_tool_id(number, "another")
    yield lambda: None
    for number in range(6):
        sys.monitoring.free_tool_id(number)


def test_none_of_ours_to_share_is_an_error(taken: Callable[[], None]) -> None:
    profiler = _core.Profiler(core="monitor")
    with pytest.raises(RuntimeError, match="in use by other tools"):
        profiler.watch(program()["loop"].__code__, always=True)
    assert not profiler.active


def test_cycles_do_not_use_up_the_changes_of_global_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython allows 16 million of these changes in a process."""
    changes = []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(original, name)

        def set_events(self, tool: int, events: int) -> None:
            changes.append(events)
            original.set_events(tool, events)

    original = sys.monitoring
    monkeypatch.setattr(sys, "monitoring", Counting())
    loop = program()["loop"]
    profiler = _core.Profiler(core="monitor")
    profiler.watch(loop.__code__)
    for _ in range(100):
        profiler.start()
        loop(1)
        profiler.stop()
        loop(1)
    assert len(changes) < 20
    assert counts_of(profiler)[0][1].calls == 100
    monkeypatch.undo()
    assert sys.monitoring.get_tool(profiler.tool_id or 0) == "lineprof"
    assert not sys.monitoring.get_local_events(profiler.tool_id or 0, loop.__code__)
    with nothing_left([loop.__code__]):
        for _ in range(3):
            other = _core.Profiler(core="monitor")
            other.watch(loop.__code__, always=True)
            loop(1)
            other.close()
            assert counts_of(other)[0][1].calls == 1
    profiler.close()
    assert profiler.tool_id is None
    assert all(sys.monitoring.get_tool(number) is None for number in range(6))


def test_one_that_is_collected_leaves_no_tool() -> None:
    loop = program()["loop"]
    with nothing_left([loop.__code__]):
        profiler = _core.Profiler(core="monitor")
        profiler.watch(loop.__code__)
        for _ in range(20):
            profiler.start()
            profiler.stop()
        assert profiler.tool_id is not None
        del profiler


def test_one_that_is_stopped_by_its_timer_while_it_keeps_its_tool() -> None:
    loop = program()["loop"]
    armed: list[int] = []

    def timer() -> int:
        if armed:
            armed.pop()
            profiler.stop()
        return 0

    profiler = _core.Profiler(core="monitor", timer=timer)
    profiler.watch(loop.__code__)
    for _ in range(20):
        profiler.start()
        profiler.stop()
    profiler.start()
    armed.append(1)
    assert loop(5) == 10
    profiler.start()
    loop(5)
    profiler.close()
    assert counts_of(profiler)[0][1].calls in (1, 2)
