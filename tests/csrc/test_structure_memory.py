"""How much memory measuring takes; the second visit of a place takes none."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import pytest

from lineprof import _core
from tests.csrc.functions import (
    LONG,
    catches,
    fails,
    fib,
    function,
    generator,
    has_monitoring,
    long_function,
)
from tests.support.harness import collector_off, counts_of, measure


class MallInfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks",
            "uordblks", "fordblks", "keepcost",
        )
    ]  # fmt: skip


@cache
def mallinfo() -> Callable[[], MallInfo]:
    try:
        found = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        pytest.skip("the C library cannot say how much memory is in use")
    found.restype = MallInfo
    if not found().uordblks:  # a sanitizer's malloc()
        pytest.skip("the C library does not say how much memory is in use")
    return found


def c_memory() -> int:
    """Bytes that malloc() has given out in this process."""
    info = mallinfo()()
    return int(info.uordblks + info.hblkhd)


def busy(n: int) -> int:
    total = 0
    for i in range(n):
        total += len([i])
        total += sum(generator(2))
        catches()
        total -= fib(2)
    return total


def test_nothing_is_allocated_at_the_second_visit(core: str, mode: str) -> None:
    functions = (busy, generator, catches, fails, fib)
    profiler = _core.Profiler(core=core)

    def driver() -> int:
        busy(3)
        grown = []
        for _ in range(3):  # the minimum, since the interpreter takes a block now and then
            before = c_memory()
            busy(1000)
            grown.append(c_memory() - before)
        return min(grown)

    with collector_off():
        later = measure(profiler, [f.__code__ for f in functions], mode, driver)
    assert later < 4096  # 20,000 lines and 9,000 calls: not a byte for each
    # Check that malloc() is what we look at: small blocks would not show if others were freed.
    before = c_memory()
    block = bytearray(50_000)
    assert c_memory() - before >= len(block)


@has_monitoring
def test_no_allocation_may_fail_at_the_second_visit(mode: str) -> None:
    """All of Python's allocations fail, and nothing happens.

    This is for sys.monitoring only: trace functions need a frame object.
    """
    testcapi = pytest.importorskip("_testcapi", reason="this Python has no test modules")
    fail, mend = testcapi.set_nomemory, testcapi.remove_mem_hooks
    # Line numbers and offsets below 257 are cached small integers.
    work = function(
        "def work(n):\n"
        "    while n:\n"
        "        n = inner(n)\n"
        "    return n\n"
        "def inner(n):\n"
        "    return n - 1\n"
    )
    inner = work.__globals__["inner"]
    profiler = _core.Profiler(core="monitor")

    def driver() -> object:
        work(3)
        work(3)
        fail(0, 0)
        result = work(3)
        mend()
        return result

    try:
        assert measure(profiler, [work.__code__, inner.__code__], mode, driver) == 0
    finally:
        mend()
    found = {code.co_name: c for code, c in counts_of(profiler)}
    assert found["work"].calls == 3
    assert found["work"].hits == {2: 12, 3: 9, 4: 3}
    assert found["inner"].hits == {6: 9}


def test_memory_per_line(core: str) -> None:
    """A long function takes one cell per line."""
    work = long_function()
    profiler = _core.Profiler(core=core)
    profiler.watch(work.__code__)
    profiler.start()
    try:
        with collector_off():
            c_memory()
            before = c_memory()
            work()
            grown = c_memory() - before
    finally:
        profiler.close()
    assert grown >= 8 * LONG  # otherwise we looked at the wrong number
    assert grown < 64 * LONG + 8192  # plus the stack and the table of the thread
