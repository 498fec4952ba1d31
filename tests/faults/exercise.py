"""Runs the core through everything it can do, for a tool that watches the process.

It needs no pytest. First come the programs of the catalogue, then errors, many threads, more
functions than tables have room for, snapshots during a run, and profilers side by side.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import CodeType

from lineprof import _core
from tests.support.catalogue import programs
from tests.support.clock import FakeClock
from tests.support.harness import measure, oracle_outcome, profiled_outcome

THREADS = 200
"""Enough that the numbers of ended threads are added up."""


def main() -> None:
    cores = [core for core in ("trace", "monitor") if core in _core.CORES]
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = 0
    for core in cores:
        for mode in ("always", "started"):
            for program in programs()[::step]:
                assert profiled_outcome(program, core, mode) == oracle_outcome(program), program
                count += 1
            for part in (errors, threads, functions, snapshots, side_by_side):
                part(core, mode)
    gc.collect()
    print(f"{count} programs, {', '.join(cores)}: numbers as they have to be")


def work(n: int) -> int:
    if n:
        return work(n - 1)
    return sum(generator(3))


def generator(n: int) -> Iterator[int]:
    for i in range(n):
        try:
            yield i
        except GeneratorExit:
            return


def errors(core: str, mode: str) -> None:
    for arguments in ({"core": "none"}, {"core": core, "clock": "sun"}, {"core": core, "timer": 5}):
        try:
            _core.Profiler(**arguments)
        except (TypeError, ValueError):
            continue
        raise AssertionError(arguments)

    def broken() -> int:
        raise ZeroDivisionError

    profiler = _core.Profiler(core=core, timer=broken)
    with suppress(ZeroDivisionError):
        measure(profiler, [work.__code__], mode, lambda: work(3))
    profiler.close()
    knot()
    gc.collect()


def knot() -> None:
    """A profiler that its own timer keeps alive, so that only the collector frees it."""
    held: list[_core.Profiler] = []
    held.append(_core.Profiler(timer=lambda: len(held)))
    held[0].watch(work.__code__)
    held[0].start()
    work(3)
    held[0].close()


def threads(core: str, mode: str) -> None:
    profiler = _core.Profiler(core=core)
    kept = generator(3)

    def driver() -> None:
        next(kept)
        for _ in range(THREADS // 4):
            group = [threading.Thread(target=work, args=(5,)) for _ in range(4)]
            for thread in group:
                thread.start()
            for thread in group:
                thread.join()
        other = threading.Thread(target=list, args=(kept,))
        other.start()
        other.join()

    measure(profiler, [work.__code__, generator.__code__], mode, driver)
    calls = sum(f[1] for _, fs in profiler.snapshot() for f in fs if f[0] is work.__code__)
    assert calls == 6 * THREADS, calls


def functions(core: str, mode: str) -> None:
    """Two hundred functions, some so long that 3.12 looks up their lines in another way."""
    codes: list[CodeType] = []
    spaces: list[dict[str, object]] = []
    for n in range(200):
        space: dict[str, object] = {}
        body = "    x += 1\n" * (400 if n % 50 == 0 else 2)
        exec(f"def f(x=0):\n{body}    for i in range(3): x += i\n    return x\n", space)
        codes.append(space["f"].__code__)  # type: ignore[attr-defined]
        spaces.append(space)

    def driver() -> None:
        for space in spaces:
            space["f"]()  # type: ignore[operator]

    profiler = _core.Profiler(core=core)
    measure(profiler, codes, mode, driver)
    ((_, found),) = profiler.snapshot()
    assert [f[1] for f in found] == [1] * 200


def snapshots(core: str, mode: str) -> None:
    clock = FakeClock()
    profiler = _core.Profiler(core=core, timer=clock)

    def driver() -> None:
        open_generator = generator(5)
        for number in open_generator:
            clock.tick(5)
            profiler.snapshot()
            if number == 2:
                profiler.clear()
            work(40)
            profiler.unwatch(work.__code__)
            profiler.watch(work.__code__, always=mode == "always")

    measure(profiler, [work.__code__, generator.__code__, driver.__code__], mode, driver)
    profiler.clear()
    assert not any(f[1] for _, fs in profiler.snapshot() for f in fs)


def side_by_side(core: str, mode: str) -> None:
    """More profilers than the thread's cache has slots, each of which sees all calls."""
    profilers = [_core.Profiler(core=core) for _ in range(3)]

    def nested(rest: list[_core.Profiler]) -> None:
        if rest:
            measure(rest[0], [work.__code__], mode, lambda: nested(rest[1:]))
        else:
            work(4)

    nested(profilers)
    for profiler in profilers:
        ((_, ((_, calls, *_),)),) = profiler.snapshot()
        assert calls == 5, calls


if __name__ == "__main__":
    main()
