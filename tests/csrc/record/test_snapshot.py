"""Snapshots while code runs, and of several threads."""

from __future__ import annotations

import threading

from tests.support.core_session import Numbers, Session, measured


def test_open_lines_are_in_a_snapshot(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def inner():
            tick(1)
            tick(2); look(); tick(4)
        def main():
            tick(8)
            inner(); tick(16)
            look()
        """,
    )
    seen: list[dict[str, Numbers]] = []
    session.run(look=lambda: seen.append(session.numbers()))
    assert seen[0]["inner"] == Numbers(1, 3, {2: (1, 1, 1, 0), 3: (1, 2, 2, 0)})
    assert seen[0]["main"] == Numbers(
        1, 11, {5: (1, 8, 8, 0), 6: (1, 3, 0, 0)}, {(6, "inner"): (1, 3)}
    )
    assert seen[1]["main"].lines == {5: (1, 8, 8, 0), 6: (1, 23, 16, 0), 7: (1, 0, 0, 0)}
    # Taking a snapshot changes nothing.
    end = session.numbers()
    assert end["inner"] == Numbers(1, 7, {2: (1, 1, 1, 0), 3: (1, 6, 6, 0)})
    assert end["main"] == Numbers(
        1,
        31,
        {5: (1, 8, 8, 0), 6: (1, 23, 16, 0), 7: (1, 0, 0, 0)},
        {(6, "inner"): (1, 7)},
    )


def test_open_lines_under_recursion_are_in_a_snapshot(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def f(n):
            tick(1)
            f(n - 1) if n else look()
        def main(): f(3)
        """,
    )
    seen: list[dict[str, Numbers]] = []
    session.run(look=lambda: seen.append(session.numbers()))
    expected = Numbers(4, 4, {2: (4, 4, 4, 0), 3: (4, 3, 0, 0)}, {(3, "f"): (3, 3)})
    assert seen[0]["f"] == expected
    assert session.numbers()["f"] == expected


def test_open_lines_of_another_thread_are_in_a_snapshot(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        import threading
        def work():
            tick(1)
            arrived.set(); go_on.wait()
            tick(2)
        def main():
            t = threading.Thread(target=work)
            t.start()
            arrived.wait()
            tick(100)
            look()
            go_on.set()
            t.join()
        """,
        "work",
    )
    seen: list[dict[str, Numbers]] = []
    arrived, go_on = threading.Event(), threading.Event()
    session.space.update(arrived=arrived, go_on=go_on)
    session.run(look=lambda: seen.append(session.numbers()))
    assert seen[0]["work"] == Numbers(1, 101, {3: (1, 1, 1, 0), 4: (1, 100, 100, 0)})
    assert session.numbers()["work"] == Numbers(
        1, 103, {3: (1, 1, 1, 0), 4: (1, 100, 100, 0), 5: (1, 2, 2, 0)}
    )


def test_a_suspended_generator_in_a_snapshot_has_left(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def gen():
            tick(1)
            yield
            tick(2)
        def main():
            g = gen()
            next(g)
            tick(10)
            look()
            list(g)
        """,
        "gen",
    )
    seen: list[dict[str, Numbers]] = []
    session.run(look=lambda: seen.append(session.numbers()))
    assert seen[0]["gen"] == Numbers(1, 1, {2: (1, 1, 1, 0), 3: (1, 0, 0, 0)})
    assert session.numbers()["gen"] == Numbers(
        1, 3, {2: (1, 1, 1, 0), 3: (1, 0, 0, 10), 4: (1, 2, 2, 0)}
    )


def test_recursion_is_a_matter_of_one_thread(core: str, mode: str) -> None:
    """Two threads on one line at once: the times are added, not counted once."""
    session = Session(
        core,
        mode,
        """
        import threading
        def work(mine, other):
            mine.set(); other.wait(); tick_once()
        def main():
            a, b = threading.Event(), threading.Event()
            ts = [threading.Thread(target=work, args=x) for x in ((a, both), (b, both))]
            for t in ts: t.start()
            a.wait(); b.wait()
            tick(50)
            both.set()
            for t in ts: t.join()
        """,
        "work",
    )
    session.space["both"] = threading.Event()
    session.run(tick_once=lambda: None)
    work = session.numbers()["work"]
    # Both arrived at 0; both left after the tick.
    assert work == Numbers(2, 100, {3: (2, 100, 100, 0)})


def test_numbers_are_kept_thread_by_thread(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        import threading
        def work(n):
            idents[n] = threading.get_ident()
            tick(n)
        def main():
            work(1)
            t = threading.Thread(target=work, args=(10,))
            t.start()
            t.join()
            work(100)
        """,
        "work",
    )
    idents: dict[int, int] = {}
    session.space["idents"] = idents
    session.run()
    found = {
        ident: [(code.co_name, calls, total) for code, calls, total, *_ in functions if calls]
        for ident, functions in session.profiler.snapshot()
    }
    assert {ident: numbers for ident, numbers in found.items() if numbers} == {
        idents[1]: [("work", 2, 101)],
        idents[10]: [("work", 1, 10)],
    }


def test_many_threads_that_have_ended(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        import threading
        def work(n):
            tick(n)
            gen = (tick(1) for _ in range(2))
            return list(gen)
        def main():
            for i in range(200):
                t = threading.Thread(target=work, args=(3,))
                t.start()
                t.join()
        """,
        "work",
        "work.<locals>.<genexpr>",
    )
    assert found["work"].calls == 200
    assert found["work"].total == 1000
    assert found["work"].lines[3] == (200, 600, 600, 0)
    assert found["work"].edges == {(5, "work.<locals>.<genexpr>"): (200, 400)}
    assert found["work.<locals>.<genexpr>"].total == 400
