"""A greenlet that is switched out is suspended: its time away is Await, not the Time of a line."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.core_session import Numbers, Session

greenlet = pytest.importorskip("greenlet", reason="greenlet is not installed")


@pytest.fixture(autouse=True)
def no_tracer_is_left() -> Iterator[None]:
    assert greenlet.gettrace() is None
    yield
    assert greenlet.gettrace() is None


def measured(core: str, mode: str, source: str, *names: str) -> dict[str, Numbers]:
    session = Session(core, mode, source, *names)
    session.space["greenlet"] = greenlet
    session.run()
    return session.numbers()


def test_time_away_belongs_to_nobody(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def work(main, n):
            tick(n)
            main.switch(); tick(10 * n)
            tick(2)
            main.switch()
        def main():
            me = greenlet.getcurrent()
            one = greenlet.greenlet(work)
            one.switch(me, 1); tick(100)
            tick(200)
            one.switch()
            one.switch()
            tick(400)
        """,
    )
    assert found["work"] == Numbers(
        1, 13, {2: (1, 1, 1, 0), 3: (1, 10, 10, 300), 4: (1, 2, 2, 0), 5: (1, 0, 0, 0)}
    )
    # The line that switched does not have the time of the other greenlet.
    assert found["main"] == Numbers(
        1,
        700,
        {
            7: (1, 0, 0, 0),
            8: (1, 0, 0, 0),
            9: (1, 100, 100, 1),
            10: (1, 200, 200, 0),
            11: (1, 0, 0, 12),
            12: (1, 0, 0, 0),
            13: (1, 400, 400, 0),
        },
    )


def test_every_open_line_of_the_stack_is_suspended(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def inner(n):
            if n:
                tick(1); inner(n - 1); tick(1)
                return
            tick(2); pause(); tick(4)
        def outer():
            tick(8); inner(3); tick(16)
        def pause():
            main_greenlet.switch()
        def main():
            global main_greenlet
            main_greenlet = greenlet.getcurrent()
            one = greenlet.greenlet(outer)
            one.switch()
            tick(1000)
            one.switch()
        """,
        "inner",
        "outer",
        "main",
    )
    inner, outer = found["inner"], found["outer"]
    assert (inner.calls, inner.total) == (4, 3 * 2 + 6)
    # Open three times, away once.
    assert inner.lines[3] == (3, 12, 6, 1000)
    assert inner.lines[5] == (1, 6, 6, 1000)
    assert inner.edges == {(3, "inner"): (3, 2 * 2 + 6)}
    assert outer == Numbers(1, 36, {7: (1, 36, 24, 1000)}, {(7, "inner"): (1, 12)})
    assert found["main"].lines[14] == (1, 0, 0, 1 * 3 + 2 + 8)
    assert found["main"].lines[15] == (1, 1000, 1000, 0)
    assert found["main"].lines[16] == (1, 0, 0, 4 + 3 + 16)
    assert found["main"].edges == {}


def test_two_greenlets_in_one_function(core: str, mode: str) -> None:
    """Neither counts as recursion of the other, and they do not call each other."""
    found = measured(
        core,
        mode,
        """
        def work(n):
            for i in range(3):
                tick(n); other[n].switch(); tick(10 * n)
            return n
        def main():
            for n in 1, 2: other[3 - n] = greenlet.greenlet(lambda n=n: work(n))
            tick(5)
            other[2].switch()
            other[1].throw()
        other = {}
        """,
        "work",
        "main",
    )
    # `other[1]` runs work(2) and `other[2]` work(1): 1 2 10+1 20+2 10+1 20+2 10, and 1 is done.
    # The other ends here too: debug builds assert that none is away as global events change.
    work = found["work"]
    assert work.calls == 2
    assert work.lines[2] == (3 + 1 + 3, 0, 0, 0)
    assert work.edges == {}
    assert work.total == sum((1, 2, 10 + 1, 20 + 2, 10 + 1, 20 + 2, 10))
    assert work.lines[3] == (6, work.total, work.total, (2 + 22 + 22) + (11 + 11 + 10))
    assert work.lines[4] == (1, 0, 0, 0)


def test_generators_within_greenlets(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def numbers():
            for i in range(2):
                tick(1); main_greenlet.switch(); tick(2)
                yield i
        def work():
            for n in numbers():
                tick(4); main_greenlet.switch(); tick(8)
        def main():
            global main_greenlet
            main_greenlet = greenlet.getcurrent()
            one = greenlet.greenlet(work)
            while not one.dead:
                one.switch()
                tick(100)
        """,
        "numbers",
        "work",
    )
    assert found["numbers"] == Numbers(
        1, 6, {2: (3, 0, 0, 0), 3: (2, 6, 6, 200), 4: (2, 0, 0, 2 * (12 + 100))}
    )
    assert found["work"] == Numbers(
        1, 6 + 24, {6: (3, 6, 0, 200), 7: (2, 24, 24, 200)}, {(6, "numbers"): (1, 6)}
    )


def test_exceptions_thrown_into_greenlets(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def work():
            try:
                tick(1); main_greenlet.switch()
            except KeyError:
                tick(2); main_greenlet.switch()
            finally:
                tick(4)
            tick(8)
        def main():
            global main_greenlet
            main_greenlet = greenlet.getcurrent()
            one, two = greenlet.greenlet(work), greenlet.greenlet(work)
            one.switch(); tick(10)
            one.throw(KeyError); tick(100)
            two.switch(); tick(1000)
            one.switch()
            try: two.throw(ValueError)
            except ValueError: tick(5)
            abandoned = greenlet.greenlet(work)
            abandoned.switch(); tick(20)
            del abandoned  # GreenletExit is thrown into it
            never_ran = greenlet.greenlet(work)
            never_ran.throw(greenlet.GreenletExit)
        """,
        "work",
    )
    work = found["work"]
    assert work.calls == 3
    assert work.lines[3] == (3, 3, 3, 10 + (1000 + 4 + 8) + 20)
    assert work.lines[5] == (1, 2, 2, 100 + 1 + 1000)
    assert work.lines[7][:2] == (3, 12)
    assert work.lines[8] == (1, 8, 8, 0)
    assert work.total == 3 + 2 + 12 + 8


def test_on_several_threads(core: str, mode: str) -> None:
    def on_threads(run: Any) -> None:
        for _ in range(3):
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()

    session = Session(
        core,
        mode,
        """
        def work(main):
            tick(1); main.switch(); tick(2)
        def run():
            one = greenlet.greenlet(work)
            one.switch(greenlet.getcurrent()); tick(10)
            one.switch()
        def main(): on_threads(run)
        """,
        "work",
        "run",
    )
    session.space["greenlet"] = greenlet
    session.run(on_threads=on_threads)
    found = session.numbers()
    assert found["work"] == Numbers(3, 9, {2: (3, 9, 9, 30)})
    assert found["run"] == Numbers(3, 30, {4: (3, 0, 0, 0), 5: (3, 30, 30, 3), 6: (3, 0, 0, 6)})


def test_measuring_begins_and_ends_among_greenlets(core: str) -> None:
    if core == "trace" and sys.version_info >= (3, 14) and hasattr(sys, "gettotalrefcount"):
        pytest.skip("a debug build asserts that no greenlet is away when a trace function comes")
    session = Session(
        core,
        "started",
        """
        def work(n):
            tick(1)
            back(); tick(2)
            tick(4)
            back()
            tick(8)
        def back(): main_greenlet.switch()
        def main():
            global main_greenlet
            main_greenlet = greenlet.getcurrent()
            early, one = greenlet.greenlet(work), greenlet.greenlet(work)
            early.switch(0); tick(100)
            start()
            early.switch(); tick(1000)
            one.switch(0); tick(10000)
            stop()
            one.switch()
            start()
            one.switch()
        """,
        "work",
    )
    session.space["greenlet"] = greenlet
    main: Any = session.space["main"]
    session.space.update(start=session.profiler.start, stop=session.profiler.stop)
    main()
    session.end()
    # early: lines 4 and 5, the second left for good; one: line 2, and 6 at the end.
    assert session.numbers()["work"] == Numbers(
        1,
        1 + 4 + 8,
        {2: (1, 1, 1, 0), 3: (1, 0, 0, 0), 4: (1, 4, 4, 0), 5: (1, 0, 0, 0), 6: (1, 8, 8, 0)},
    )


def test_unwatched_while_away(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def outer():
            tick(1); inner(); tick(2)
        def inner():
            tick(4); main_greenlet.switch(); tick(8)
        def main():
            global main_greenlet
            main_greenlet = greenlet.getcurrent()
            one = greenlet.greenlet(outer)
            one.switch()
            enough()
            tick(100)
            one.switch()
        """,
        "outer",
        "inner",
    )
    session.space["greenlet"] = greenlet
    session.run(enough=lambda: session.unwatch("inner"))
    found = session.numbers()
    assert found["inner"] == Numbers(1, 4, {4: (1, 4, 4, 0)})
    assert found["outer"] == Numbers(
        1, 1 + 4 + 8 + 2, {2: (1, 15, 11, 100)}, {(2, "inner"): (1, 4)}
    )


def test_numbers_forgotten_while_away(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def work():
            tick(1); main_greenlet.switch(); tick(2)
        def main():
            global main_greenlet
            main_greenlet = greenlet.getcurrent()
            one = greenlet.greenlet(work)
            one.switch(); tick(10)
            forget(); tick(100)
            one.switch()
        """,
        "work",
    )
    session.space["greenlet"] = greenlet
    session.run(forget=session.profiler.clear)
    assert session.numbers()["work"] == Numbers(0, 2, {2: (0, 2, 2, 100)})
