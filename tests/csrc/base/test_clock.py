"""The real clocks, wall and cpu."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from lineprof import _core


@pytest.mark.parametrize("clock_kind", ["wall", "cpu"])
def test_a_real_clock_moves_forward(core: str, mode: str, clock_kind: str) -> None:
    profiler = _core.Profiler(core=core, clock=clock_kind)
    assert 0 < profiler.tick < 1e-3

    def work() -> int:
        total = 0
        for i in range(2000):
            total += i
        return total

    profiler.watch(work.__code__, always=mode == "always")
    profiler.start()
    work()
    profiler.stop()
    profiler.close()
    ((_ident, functions),) = profiler.snapshot()
    ((_code, calls, total, _cost, lines, _edges),) = functions
    assert calls == 1
    assert sum(line[3] for line in lines) <= total
    assert 0 < total * profiler.tick < 60
    assert sum(line[1] for line in lines) == 1 + 2001 + 2000 + 1


def test_cpu_times_of_two_threads_do_not_make_a_wait(core: str, mode: str) -> None:
    """This thread has used more CPU time than the other, which began just now."""

    def generator() -> Iterator[int]:
        yield 1
        yield 2

    code = generator.__code__
    profiler = _core.Profiler(core=core, clock="cpu")
    profiler.watch(code, always=mode == "always")
    profiler.start()
    running = generator()
    thread = threading.Thread(target=next, args=(running,))
    thread.start()
    thread.join()
    next(running)
    profiler.close()
    lines = [line for _, functions in profiler.snapshot() for f in functions for line in f[4]]
    hits = [(line[0] - code.co_firstlineno, line[1], line[4]) for line in lines]
    assert sorted(row for row in hits if row[1]) == [(1, 1, 0), (2, 1, 0)]
    assert all(suspended == 0 for _, _, suspended in hits)
