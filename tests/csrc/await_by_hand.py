"""Compares Await of real tasks with what they slept. It takes real time, so it is not a test.

    python -m tests.csrc.await_by_hand [asyncio | gevent]

1,000 tasks of one function sleep on two lines; each notes by time.perf_counter() how long. The
output shows for each line the seconds slept, the seconds of Await, and the difference.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from types import CodeType
from typing import Any

from lineprof import _core

TASKS, ROUNDS = 1000, 5

slept = Counter[int]()


async def task(pause: Any) -> None:
    for _ in range(ROUNDS):
        begun = time.perf_counter_ns()
        await pause(random.uniform(0.01, 0.05))
        middle = time.perf_counter_ns()
        await pause(random.uniform(0.05, 0.1))
        end = time.perf_counter_ns()
        slept[3] += middle - begun
        slept[5] += end - middle


def greenlet(pause: Any) -> None:
    for _ in range(ROUNDS):
        begun = time.perf_counter_ns()
        pause(random.uniform(0.01, 0.05))
        middle = time.perf_counter_ns()
        pause(random.uniform(0.05, 0.1))
        end = time.perf_counter_ns()
        slept[3] += middle - begun
        slept[5] += end - middle


async def tasks() -> None:
    await asyncio.gather(*(task(asyncio.sleep) for _ in range(TASKS)))


def greenlets() -> None:
    import gevent

    gevent.joinall([gevent.spawn(greenlet, gevent.sleep) for _ in range(TASKS)])


def check(core: str, name: str, code: CodeType, run: Any) -> None:
    slept.clear()
    profiler = _core.Profiler(core=core)
    profiler.watch(code)
    profiler.start()
    begun = time.perf_counter()
    run()
    took = time.perf_counter() - begun
    profiler.close()
    (row,) = [row for _ident, functions in profiler.snapshot() for row in functions]
    for line, hits, total, _self, suspended, *_ in row[4]:
        place = line - code.co_firstlineno
        if place in slept:
            assert hits == TASKS * ROUNDS
            away, known = suspended * profiler.tick, slept[place] / 1e9
            time_of_line = total * profiler.tick
            print(
                f"{core:8}{name:8} line {place}: {hits} hits, slept {known:8.3f} s,"
                f" Await {away:8.3f} s ({away / known - 1:+.3%}), Time {time_of_line:.2f} s"
                f" of {took:.1f} s"
            )


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["asyncio", "gevent"]
    for core in _core.CORES:
        if "asyncio" in chosen:
            check(core, "asyncio", task.__code__, lambda: asyncio.run(tasks()))
        if "gevent" in chosen:
            check(core, "gevent", greenlet.__code__, greenlets)
