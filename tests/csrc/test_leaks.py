"""A thousand rounds leak no reference and no memory."""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Callable
from itertools import repeat

import pytest

from lineprof import _core

ROUNDS = 1000

pytestmark = pytest.mark.skipif(
    getattr(sys, "_is_gil_enabled", lambda: True)() is False,
    reason="reference counts of a free-threaded Python are not exact",
)


def scenario(core: str, mode: str, timer: Callable[[], int], code: types.CodeType) -> None:
    profiler = _core.Profiler(core=core, timer=timer)
    profiler.watch(code, always=mode == "always")
    profiler.watch(caller.__code__, always=mode == "always")
    profiler.start()
    caller()
    profiler.snapshot()
    profiler.stop()
    profiler.clear()
    profiler.close()


def generator() -> object:
    try:
        yield 1
        yield 2
    finally:
        sys.settrace(sys.gettrace())


def caller() -> None:
    list(generator())  # type: ignore[call-overload]
    abandoned = generator()
    next(abandoned)  # type: ignore[call-overload]
    try:
        raise KeyError
    except KeyError:
        pass


def timer() -> int:
    return 5


def test_references(core: str, mode: str) -> None:
    code = generator.__code__
    hook = type(sys.gettrace()) if sys.gettrace() else None
    watched = [_core.Profiler, timer, code, caller.__code__, _core, hook]

    def counts() -> list[int]:
        gc.collect()
        return [sys.getrefcount(item) for item in watched]

    scenario(core, mode, timer, code)
    before = counts()
    for _ in range(ROUNDS):
        scenario(core, mode, timer, code)
    after = counts()
    # None and the like are immortal or much used; everything else is exactly as it was.
    assert after[:5] == before[:5]


@pytest.mark.skipif(
    not hasattr(sys, "gettotalrefcount"), reason="only a debug build counts all references"
)
def test_all_references(core: str, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of references afterwards does not depend on the number of rounds."""
    # greenlet is built for release Pythons, so its references are not counted.
    monkeypatch.delitem(sys.modules, "greenlet", raising=False)
    # CPython's method cache holds names, different ones each time.
    clear_caches = getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache

    def references() -> int:
        gc.collect()
        clear_caches()
        return sys.gettotalrefcount()

    def rounds(number: int) -> int:
        before = references()
        # Not range(number): large numbers are objects, too.
        for _ in repeat(None, number):
            scenario(core, mode, timer, generator.__code__)
        return references() - before

    rounds(50)
    assert rounds(10) == rounds(100) == rounds(ROUNDS)


def test_memory(core: str, mode: str) -> None:
    def rounds(number: int) -> int:
        for _ in range(number):
            scenario(core, mode, timer, generator.__code__)
        gc.collect()
        return sys.getallocatedblocks()

    rounds(50)
    before = rounds(50)
    after = rounds(ROUNDS)
    assert after - before < ROUNDS / 10


def test_objects_the_collector_knows(core: str, mode: str) -> None:
    def rounds(number: int) -> int:
        for _ in range(number):
            scenario(core, mode, timer, generator.__code__)
        gc.collect()
        return len(gc.get_objects())

    rounds(10)
    before = rounds(10)
    assert rounds(200) - before < 20


def test_a_snapshot_gives_all_its_references_away(core: str) -> None:
    profiler = _core.Profiler(core=core, timer=timer)
    profiler.watch(generator.__code__)
    profiler.watch(caller.__code__)
    profiler.start()
    caller()
    profiler.snapshot()
    counts = []
    for _ in range(ROUNDS):
        profiler.snapshot()
        counts.append(sys.getrefcount(generator.__code__))
    assert counts == [counts[0]] * ROUNDS
    profiler.close()
