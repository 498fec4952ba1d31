"""Very many calls on several threads, and very many threads."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from lineprof import _core
from tests.support.clocked import run
from tests.support.harness import counts_of, measure, nothing_left

THREADS, CALLS = 8, 100_000
MOST_LISTED = 200
"""At most so many threads in a snapshot: the last that ended, those that run, and some room."""


@pytest.fixture(autouse=True)
def switching_often() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def one_line(x: int) -> int:
    return x + 1


def at_once(run: Callable[[], None]) -> None:
    """Run on all threads; none begins before the last has started."""
    barrier = threading.Barrier(THREADS)

    def waits() -> None:
        barrier.wait(60)
        run()

    threads = [threading.Thread(target=waits) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_not_a_hit_is_lost(core: str) -> None:
    wrong: list[int] = []

    def calls() -> None:
        for i in range(CALLS):
            if one_line(i) != i + 1:
                wrong.append(i)

    profiler = _core.Profiler(core=core)
    code = one_line.__code__
    with nothing_left([code]):
        measure(profiler, [code], "always", lambda: at_once(calls))
    assert not wrong
    found = dict(counts_of(profiler))[code]
    assert found.calls == THREADS * CALLS
    assert found.hits == {code.co_firstlineno + 1: THREADS * CALLS}
    by_thread = [functions[0][1] for _ident, functions in profiler.snapshot()]
    assert by_thread == [CALLS] * THREADS


def test_calls_between_measured_functions(core: str, mode: str) -> None:
    """Each thread has activations and edges of its own."""

    def outer(n: int) -> int:
        return sum(one_line(i) for i in range(n)) + inner(n)

    def inner(n: int) -> int:
        return outer(n - 1) if n else 0

    def calls() -> None:
        for _ in range(20):
            outer(12)

    codes = [outer.__code__, inner.__code__, one_line.__code__]
    profiler = _core.Profiler(core=core)
    with nothing_left(codes):
        measure(profiler, codes, mode, lambda: at_once(calls))
    rounds = THREADS * 20
    expected = {"outer": rounds * 13, "inner": rounds * 13, "one_line": rounds * sum(range(13))}
    assert {code.co_name: found.calls for code, found in counts_of(profiler)} == expected
    edges: dict[tuple[str, str], int] = {}
    for _ident, functions in profiler.snapshot():
        for caller, _calls, total, _cost, lines, found_edges in functions:
            assert all(line[3] <= line[2] <= total for line in lines)
            for _line, callee, called, *_times in found_edges:
                key = caller.co_name, callee.co_name
                edges[key] = edges.get(key, 0) + called
    assert edges == {
        ("outer", "inner"): rounds * 13,
        ("outer", "one_line"): rounds * sum(range(13)),
        ("inner", "outer"): rounds * 12,
    }


def test_threads_by_the_thousand_take_no_memory(core: str, mode: str) -> None:
    """The records of ended threads are added up, so the process does not grow."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the size of a process is read from /proc")
    if "asan" in os.environ.get("LD_PRELOAD", ""):
        pytest.skip("AddressSanitizer keeps what was freed")
    calls, listed, named, grown = run(
        core,
        mode,
        """
        import os, threading
        sys.setswitchinterval(1e-6)
        # 400 lines: the record of a thread takes some 25 kB, those of 2,000 threads 50 MB.
        exec("def work(n):\\n    if n: return n\\n" + "    n += 1\\n" * 400)
        def size():
            with open("/proc/self/statm") as file: return int(file.read().split()[1])
        def threads(number):
            for _ in range(number // 10):
                some = [threading.Thread(target=work, args=(1,)) for _ in range(10)]
                for one in some: one.start()
                for one in some: one.join()
        sizes = []
        def main():
            threads(500)
            sizes.append(size())
            threads(2000)
            sizes.append(size())
        profiler = _core.Profiler(core=core)
        found = measured(main, work)
        assert found["work"][2][1][0] == 2500
        print(found["work"][0])
        print(len(profiler.snapshot()))
        print(sum(ident != 0 for ident, _functions in profiler.snapshot()))
        print((sizes[1] - sizes[0]) * os.sysconf("SC_PAGE_SIZE"))
        """,
    )
    assert int(calls) == 2500
    assert int(listed) < MOST_LISTED
    assert int(named) == int(listed) - 1  # the sum of ended threads has no ident
    assert int(grown) < 10_000_000
