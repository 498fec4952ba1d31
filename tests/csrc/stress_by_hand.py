"""Threads that start, stop, read and drop profilers while others run what is measured.

    python -m tests.csrc.stress_by_hand [trace|monitor] [--seconds 30] [--seed 1]

Finalizers run, trace and profile functions come and go, threads end, and threads switch every
microsecond. Numbers are not exact then, but results of the program are, and nothing may raise or
crash. PYTHONMALLOC=debug fills freed memory, so that its use is noticed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import sys
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

from lineprof import LineProfiler


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def numbers(n: int) -> Iterator[int]:
    for i in range(n):
        try:
            yield i
        except ValueError:
            yield -1


async def wait(n: int) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


class Cycle:
    """A cycle that the collector finalizes."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        fib(3)


def call() -> None:
    assert fib(9) == 34


def throw() -> None:
    it = numbers(5)
    assert next(it) == 0
    assert it.throw(ValueError) == -1  # type: ignore[attr-defined]


def use_thread() -> None:
    thread = threading.Thread(target=fib, args=(4,))
    thread.start()
    thread.join()


def use_loop() -> None:
    asyncio.run(wait(3))


def trace() -> None:
    def tracer(*_event: Any) -> Any:
        return tracer

    sys.settrace(tracer)
    assert list(numbers(3)) == [0, 1, 2]
    sys.settrace(None)
    fib(4)


def profile() -> None:
    sys.setprofile(lambda *_event: None)
    fib(5)
    sys.setprofile(None)


WORK = (call, throw, use_thread, use_loop, Cycle, trace, profile)


class Control:
    """What a thread does with the shared profiler and with short-lived ones."""

    def __init__(self, core: str) -> None:
        self.core = core
        self.shared = LineProfiler(fib, numbers, wait, Cycle.__del__, core=core)

    def briefly(self) -> None:
        with self.shared:
            fib(5)

    def for_itself(self) -> None:
        own = LineProfiler(numbers, core=self.core)
        own(fib)
        fib(4)
        own.close()

    def actions(self) -> tuple[Callable[[], object], ...]:
        shared = self.shared
        counted = (shared.enable_by_count, shared.disable_by_count)
        seen = (shared.snapshot, shared.reset, shared.close, gc.collect)
        return (*counted, *counted, self.briefly, self.for_itself, *seen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("core", nargs="?")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    sys.setswitchinterval(1e-6)
    control = Control(args.core)
    end = monotonic() + args.seconds
    faults: list[BaseException] = []
    done = [0] * 5

    def run(place: int) -> None:
        choose = random.Random(5 * args.seed + place)
        actions = WORK if place < 3 else control.actions()
        try:
            while monotonic() < end and not faults:
                choose.choice(actions)()
                done[place] += 1
        except BaseException as error:
            faults.append(error)
            raise

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(done))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    control.shared.close()
    print(f"{sum(done[:3])} pieces of work, {sum(done[3:])} changes, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
