"""The child of a fork goes on measuring, and neither process spoils the other's numbers."""

from __future__ import annotations

import os

import pytest

from tests.support.clocked import run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

PRELUDE = """
import os, warnings
warnings.simplefilter("ignore")  # 3.12 and later warn of forks among threads
def forked(in_child):
    "Output of what a child does, and then it is gone."
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(write, repr(in_child()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as file: text = file.read()
    assert os.waitpid(child, 0)[1] == 0
    return text
"""


def forking(core: str, mode: str, script: str) -> list[str]:
    from textwrap import dedent

    return run(core, mode, dedent(PRELUDE) + dedent(script))


def test_in_the_middle_of_measured_calls(core: str, mode: str) -> None:
    child, parent = forking(
        core,
        mode,
        """
        def work(n):
            tick(n)
            if n > 1: work(n - 1); tick(10)
            else: fork()
        def fork(): texts.append(forked(in_child))
        def in_child():
            tick(100)
            work_there(5)
            return numbers()["work"]
        def work_there(n):
            global fork
            fork = lambda: None
            work(n)
        texts = []
        found = measured(lambda: work(3), work)
        print(*texts)
        print(found["work"])
        """,
    )
    # At the fork: 3 + 2 + 1, twice in line 2 and once in line 3.
    assert eval(parent) == (3, 26, {1: (3, 6, 6, 0), 2: (3, 23, 20, 0), 3: (1, 0, 0, 0)})
    calls, total, lines = eval(child)
    assert calls == 3 + 5
    # Child: 6 until the fork, 100 and 15 + 40 in the line that forked, everything still open.
    assert total == 6 + 100 + 15 + 40
    assert lines[1] == (8, 6 + 15, 6 + 15, 0)
    assert lines[2][:1] == (3 + 5,)
    assert lines[2][1] == total - 3
    assert lines[3] == (2, 100 + 55, 100, 0)


def test_children_of_children_with_threads(core: str, mode: str) -> None:
    output = forking(
        core,
        mode,
        """
        import threading
        def work(n):
            for _ in range(n): tick(1)
            return n
        def others():
            for _ in range(4):  # one by one: they have one clock
                one = threading.Thread(target=work, args=(10,))
                one.start()
                one.join()
        stays = threading.Event()
        began = threading.Event()
        def waits():
            work(5)
            began.set()
            stays.wait(60)
            work(7)
        def main():
            thread = threading.Thread(target=waits)
            thread.start()
            began.wait(60)
            others()
            texts.append(forked(child))
            others()
            stays.set()
            thread.join()
        def child():
            others()
            text = forked(grandchild)
            work(1)
            return numbers()["work"][:2], text
        def grandchild():
            others()
            others()
            return numbers()["work"][:2]
        texts = []
        found = measured(main, work)
        print(*texts)
        print(found["work"][:2])
        """,
    )
    (child, grandchild), parent = eval(output[0]), eval(output[1])
    assert parent == (1 + 4 + 4 + 1, 5 + 40 + 40 + 7)
    assert child == (1 + 4 + 4 + 1, 5 + 40 + 40 + 1)
    assert eval(grandchild) == (1 + 4 + 4 + 8, 5 + 40 + 40 + 80)


def test_started_and_stopped_in_the_child(core: str, mode: str) -> None:
    child, parent = forking(
        core,
        mode,
        """
        def work(): tick(1)
        def main():
            work()
            texts.append(forked(child))
            work()
        def child():
            work()
            profiler.close()
            work()
            second = _core.Profiler(core=core, timer=clock)
            second.watch(work.__code__, always=True)
            work()
            second.close()
            calls = sum(f[1] for _, fs in second.snapshot() for f in fs)
            return numbers()["work"][:2], calls, sys.gettrace()
        texts = []
        found = measured(main, work)
        print(*texts)
        print(found["work"][:2])
        """,
    )
    assert eval(child) == ((2, 2), 1, None)
    assert eval(parent) == (2, 2)


def test_cpu_time_of_a_child(core: str, mode: str) -> None:
    """The clock of the child begins at 0 again, and open calls go on."""
    child, parent = forking(
        core,
        mode,
        """
        import time
        profiler = _core.Profiler(core=core, clock="cpu")
        def busy(seconds):
            end = time.thread_time() + seconds
            while time.thread_time() < end: pass
        def work():
            busy(0.05)
            texts.append(forked(child)); busy(0.02)
            busy(0.02)
        def child():
            busy(0.04)
            return numbers()["work"]
        texts = []
        found = measured(work, work)
        print(*texts)
        print(found["work"])
        """,
    )
    for text, least in (child, 0.09e9), (parent, 0.09e9):
        _calls, total, lines = eval(text)
        assert lines[1][2] >= 0.05e9
        assert sum(numbers[2] for numbers in lines.values()) >= least
        assert total >= least
        assert total >= lines[2][1] >= lines[2][2]
