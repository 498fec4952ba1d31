"""Every thread that runs measured code is measured, whatever started it and when."""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Callable

import pytest

from lineprof import _core
from tests.support.harness import counts_of, measure, nothing_left


def work(n: int) -> int:
    total = 0
    for i in range(n):
        total += i
    return total


CODE = work.__code__
FIRST = CODE.co_firstlineno


def hits(profiler: _core.Profiler) -> list[int]:
    """The hits of the four lines of work()."""
    found = dict(counts_of(profiler))[CODE].hits
    return [found.get(FIRST + offset, 0) for offset in range(1, 5)]


class Stepper:
    """A thread that exists before measuring begins, and runs what it is given."""

    def __init__(self, start: Callable[[Callable[[], None]], object]) -> None:
        self.go, self.done = threading.Semaphore(0), threading.Semaphore(0)
        self.task: Callable[[], object] | None = None
        start(self.run)

    def run(self) -> None:
        while True:
            self.go.acquire()
            if self.task is None:
                self.done.release()
                return
            self.task()
            self.done.release()

    def do(self, task: Callable[[], object] | None) -> None:
        self.task = task
        self.go.release()
        assert self.done.acquire(timeout=60)


@pytest.fixture(params=["threading", "_thread"])
def stepper(request: pytest.FixtureRequest) -> Stepper:
    def started(target: Callable[[], None]) -> object:
        if request.param == "_thread":
            return _thread.start_new_thread(target, ())
        thread = threading.Thread(target=target, daemon=True)
        thread.start()
        return thread

    found = Stepper(started)
    request.addfinalizer(lambda: found.do(None))
    return found


def test_a_thread_started_before(core: str, mode: str, stepper: Stepper) -> None:
    profiler = _core.Profiler(core=core)
    with nothing_left([CODE]):
        measure(profiler, [CODE], mode, lambda: stepper.do(lambda: work(3)))
        stepper.do(lambda: work(3))
    assert hits(profiler) == [1, 4, 3, 1]


def test_a_thread_is_free_afterwards(core: str, mode: str, stepper: Stepper) -> None:
    found: list[object] = []
    profiler = _core.Profiler(core=core)
    measure(profiler, [CODE], mode, lambda: stepper.do(lambda: work(3)))
    stepper.do(lambda: found.append((sys.gettrace(), work(2))))
    stepper.do(lambda: found.append((sys.gettrace(), work(2))))
    assert found[1] == (None, 1)
    assert hits(profiler) == [1, 4, 3, 1]


def test_a_thread_in_the_middle_of_measured_code(core: str, mode: str, stepper: Stepper) -> None:
    """The thread is inside a call as measuring begins; its next call counts."""
    inside, go_on = threading.Event(), threading.Event()

    def waits() -> None:
        work(1)
        inside.set()
        go_on.wait(60)
        work(3)

    stepper.task = waits
    stepper.go.release()
    assert inside.wait(60)
    profiler = _core.Profiler(core=core)

    def rest() -> None:
        go_on.set()
        assert stepper.done.acquire(timeout=60)

    with nothing_left([CODE]):
        measure(profiler, [CODE], mode, rest)
    assert hits(profiler) == [1, 4, 3, 1]


def test_many_threads_at_once(core: str, mode: str) -> None:
    def crowd() -> None:
        barrier = threading.Barrier(8)

        def run() -> None:
            barrier.wait(60)
            for _ in range(50):
                work(10)

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        profiler = _core.Profiler(core=core)
        with nothing_left([CODE]):
            measure(profiler, [CODE], mode, crowd)
    finally:
        sys.setswitchinterval(interval)
    assert hits(profiler) == [400, 400 * 11, 400 * 10, 400]
    assert len(profiler.snapshot()) == 8


def test_switched_on_and_off_while_others_run(core: str) -> None:
    """The numbers vary, but nothing breaks and nothing is left behind."""
    end = threading.Event()
    results: set[int] = set()

    def run() -> None:
        while not end.is_set():
            results.add(work(20))

    threads = [threading.Thread(target=run) for _ in range(3)]
    profiler = _core.Profiler(core=core)
    profiler.watch(CODE)
    with nothing_left([CODE]):
        for thread in threads:
            thread.start()
        try:
            for _ in range(50):
                profiler.start()
                work(20)
                profiler.snapshot()
                profiler.stop()
        finally:
            end.set()
            for thread in threads:
                thread.join()
        profiler.close()
    assert results == {190}
    assert dict(counts_of(profiler))[CODE].calls >= 50


def test_snapshots_while_others_run(core: str, mode: str) -> None:
    end = threading.Event()
    rounds = [0]

    def run() -> None:
        while not end.is_set():
            work(20)
            rounds[0] += 1

    def watching() -> None:
        thread = threading.Thread(target=run)
        thread.start()
        try:
            before = 0
            while rounds[0] < 200:
                found = dict(counts_of(profiler))
                calls = found[CODE].calls if CODE in found else 0
                assert calls >= before
                before = calls
        finally:
            end.set()
            thread.join()

    profiler = _core.Profiler(core=core)
    measure(profiler, [CODE], mode, watching)
    assert hits(profiler)[0] == rounds[0]
    assert hits(profiler)[2] == 20 * rounds[0]


def test_stopped_by_another_thread(core: str, stepper: Stepper) -> None:
    profiler = _core.Profiler(core=core)
    profiler.watch(CODE)
    with nothing_left([CODE]):
        profiler.start()
        work(3)
        stepper.do(profiler.stop)
        work(3)
        work(3)
    assert hits(profiler) == [1, 4, 3, 1]


def test_started_by_another_thread(core: str, stepper: Stepper) -> None:
    profiler = _core.Profiler(core=core)
    profiler.watch(CODE)
    with nothing_left([CODE]):
        stepper.do(profiler.start)
        work(3)
        stepper.do(lambda: work(2))
        profiler.stop()
    assert hits(profiler) == [2, 7, 5, 2]


def test_threads_that_outlive_the_profiler(core: str, mode: str, stepper: Stepper) -> None:
    for _ in range(20):
        profiler = _core.Profiler(core=core)
        measure(profiler, [CODE], mode, lambda: stepper.do(lambda: work(3)))
        assert hits(profiler) == [1, 4, 3, 1]
        del profiler
        stepper.do(lambda: work(3))
