"""Peculiarities of CPython with threads and greenlets; the others are in test_traps.py."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lineprof import _core
from tests.csrc.functions import before, function
from tests.support.harness import counts_of, measure, nothing_left
from tests.support.oracle import count

# -- Enabling events while other threads run --------------------------------------------


def test_watching_while_other_threads_run(core: str, mode: str) -> None:
    """A debug build of 3.14 fails an assertion (cpython#137030); elsewhere nothing may break."""
    works = [function("def work(x):\n    x += 1\n    return x\n") for _ in range(40)]
    codes = [work.__code__ for work in works]
    end = threading.Event()
    wrong: list[object] = []

    def run() -> None:
        while not end.is_set():
            wrong.extend(work for work in works if work(1) != 2)

    profiler = _core.Profiler(core=core)
    threads = [threading.Thread(target=run) for _ in range(3)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with nothing_left(codes):
            for thread in threads:
                thread.start()
            if mode == "started":
                profiler.start()
            for code in codes:
                profiler.watch(code, always=mode == "always")
            results = [work(1) for work in works]
            for code in codes[::2]:
                profiler.unwatch(code)
            profiler.close()
            end.set()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)
        end.set()
    assert results == [2] * 40
    assert wrong == []
    calls = [c.calls for _, c in counts_of(profiler)]
    assert len(calls) == 40
    assert min(calls) >= 1


# -- PyEval_SetTrace() in or for a thread without Python frames ---------------------------


THREADS_WITHOUT_FRAMES = """
import _thread, sys, time
from lineprof import _core
core, mode = sys.argv[1:]
def work(n):
    for i in range(n):
        n += i
    return ran.append(n)
ran = []
def wait(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.0005)
for _ in range(5):
    held, done = _thread.allocate_lock(), _thread.allocate_lock()
    held.acquire()
    others = _thread._count()
    # C functions alone: these threads never have a Python frame.
    _thread.start_new_thread(held.acquire, ())
    wait(lambda: _thread._count() == others + 1)
    profiler = _core.Profiler(core=core)
    if mode == "always":
        profiler.watch(work.__code__, always=True)
    else:
        profiler.watch(work.__code__)
        _thread.start_new_thread(profiler.start, ())
        wait(lambda: profiler.active)
    work(3)
    before = len(ran)
    _thread.start_new_thread(work, (4,))
    wait(lambda: len(ran) > before and _thread._count() == others + 1)
    _thread.start_new_thread(profiler.stop if mode == "started" else profiler.close, ())
    wait(lambda: not profiler.active)
    work(5)
    held.release()
    wait(lambda: _thread._count() == others)
    work(6)
    calls = sum(f[1] for _, fs in profiler.snapshot() for f in fs)
    hits = sum(line[1] for _, fs in profiler.snapshot() for f in fs for line in f[4])
    profiler.close()
    print(calls, hits, sys.gettrace())
"""


def test_threads_that_have_no_frame(core: str, mode: str) -> None:
    """3.13 and later crash in PyEval_SetTrace() there; measuring begins in one and beside one."""
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", THREADS_WITHOUT_FRAMES, core, mode],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr[-4000:]
    assert result.stdout == f"2 {(4 + 3 + 1) + (5 + 4 + 1)} None\n" * 5


# -- two threads whose trace function is taken away in the same function -------------------


@pytest.mark.parametrize("first", [0, 1])
def test_two_threads_lose_their_trace_function_at_once(core: str, mode: str, first: int) -> None:
    """The thread that goes on first must not end measuring for the other."""
    lost = [threading.Event(), threading.Event()]
    go_on = [threading.Event(), threading.Event()]

    def lose(number: int) -> None:
        sys.settrace(None)
        lost[number].set()
        go_on[number].wait()

    def work(number: int) -> int:
        lose(number)
        number += 1
        number += 1
        return number

    def run() -> None:
        threads = [threading.Thread(target=work, args=(n,)) for n in (0, 1)]
        for n, thread in enumerate(threads):
            thread.start()
            lost[n].wait()
        for n in (first, 1 - first):
            go_on[n].set()
            threads[n].join()

    profiler = _core.Profiler(core=core)
    with nothing_left([work.__code__]):
        measure(profiler, [work.__code__], mode, run)
    ((_code, counts),) = counts_of(profiler)
    first_line = work.__code__.co_firstlineno
    assert counts.hits == {first_line + n: 2 for n in range(1, 5)}


# -- the first that a thread does with measured code is to throw into it -------------------


@pytest.mark.parametrize("how", ["throw", "close", "drop"])
@pytest.mark.parametrize("where", ["on a thread", "begun later"])
def test_the_first_event_is_a_throw(core: str, mode: str, how: str, where: str) -> None:
    def generator() -> Iterator[int]:
        try:
            yield 1
        except (ValueError, GeneratorExit):
            a = 1
            b = 2
        if how == "throw":
            yield a + b

    code = generator.__code__
    first_line = code.co_firstlineno
    profiler = _core.Profiler(core=core)
    held = [generator()]

    def end() -> None:
        if how == "throw":
            held[0].throw(ValueError)  # type: ignore[attr-defined]
        elif how == "close":
            held[0].close()  # type: ignore[attr-defined]
        else:
            del held[0]

    with nothing_left([code]):
        if where == "on a thread":
            measure(profiler, [code], mode, lambda: (next(held[0]), run_in_thread(end)))
        else:
            next(held[0])
            measure(profiler, [code], mode, end)
    ((_code, found),) = counts_of(profiler)
    lines = [3, 4, 5, 6] + [7] * (how == "throw")
    if where == "on a thread":
        lines = [1, 2, *lines]
    assert found.hits == {first_line + line: 1 for line in lines}


def run_in_thread(function: Callable[[], object]) -> object:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()
    return None


# -- greenlet saves and restores the switch the evaluator of 3.11 sets -------------------


@before(3, 12, why="only Python 3.11 has a switch that greenlet saves (cframe->use_tracing)")
@pytest.mark.parametrize("watched", ["a", "b", "ab"])
def test_greenlets_and_the_tracing_switch(watched: str, mode: str) -> None:
    greenlet = pytest.importorskip("greenlet", reason="greenlet is not installed")

    def a(n: int) -> int:
        total = 0
        for i in range(n):
            total += i
            greenlets["b"].switch(i)
        return total

    def b(n: int) -> int:
        while True:
            n += 1
            n = greenlets["main"].switch(n) if n > 99 else greenlets["a"].switch(n)

    greenlets: dict[str, Any] = {}

    def run() -> object:
        greenlets.update(main=greenlet.getcurrent(), a=greenlet.greenlet(a), b=greenlet.greenlet(b))
        return greenlets["a"].switch(5)

    codes = [{"a": a, "b": b}[name].__code__ for name in watched]
    result, expected = count(codes, run)
    profiler = _core.Profiler(core="trace")
    with nothing_left(codes):
        assert measure(profiler, codes, mode, run) == result == 10
    assert dict(counts_of(profiler)) == expected
