"""Numbers when measuring begins, pauses and ends in the middle of things."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.core_session import Numbers, Session


def test_frames_already_running_are_measured_from_their_next_line(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def inner():
            tick(1)
            begin(); tick(2)
            tick(4)
        def main():
            tick(8)
            inner(); tick(16)
            tick(32)
        """,
        watch_all=False,
    )

    def begin() -> None:
        session.watch("inner", "main")
        if mode == "started":
            session.profiler.start()

    main: Callable[[], object] = session.space["main"]
    session.space["begin"] = begin
    main()
    session.end()
    found = session.numbers()
    assert found["inner"].lines == {4: (1, 4, 4, 0)}
    assert found["main"].lines == {8: (1, 32, 32, 0)}
    assert found["inner"].calls == found["main"].calls == 0


def test_a_loop_already_running_is_measured(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def main():
            for i in range(10):
                if i == 4: begin()
                tick(1)
        """,
        watch_all=False,
    )

    def begin() -> None:
        session.watch("main")
        if mode == "started":
            session.profiler.start()

    main: Callable[[], object] = session.space["main"]
    session.space["begin"] = begin
    main()
    session.end()
    assert session.numbers()["main"].lines == {2: (6, 0, 0, 0), 3: (5, 0, 0, 0), 4: (6, 6, 6, 0)}


def test_a_generator_already_suspended_is_measured(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def gen():
            tick(1)
            yield
            tick(2)
            yield
            tick(4)
        def main(): return list(g)
        """,
        watch_all=False,
    )
    session.space["g"] = g = session.space["gen"]()
    next(g)
    session.watch("gen")
    session.run()
    gen = session.numbers()["gen"]
    assert gen.calls == 0
    assert gen.lines == {4: (1, 2, 2, 0), 5: (1, 0, 0, 0), 6: (1, 4, 4, 0)}


def test_unwatch(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def f(): tick(1)
        def g(): tick(2)
        def main():
            f()
            g()
            enough()
            f()
            g()
        """,
    )
    session.run(enough=lambda: session.unwatch("f"))
    found = session.numbers()
    assert found["f"] == Numbers(1, 1, {1: (1, 1, 1, 0)})
    assert found["g"] == Numbers(2, 4, {2: (2, 4, 4, 0)})
    assert found["main"].lines[7] == (1, 1, 1, 0)


def test_unwatch_in_mid_call(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def f():
            tick(1)
            tick(2); enough(); tick(4)
            tick(8)
        def main():
            f(); tick(16)
            f()
            watch_again()
            f(); tick(32)
        """,
    )
    session.run(enough=lambda: session.unwatch("f"), watch_again=lambda: session.watch("f"))
    found = session.numbers()
    # Twice up to enough(); what follows in f() is the time of main's line.
    assert found["f"].calls == 2
    assert found["f"].lines == {2: (2, 2, 2, 0), 3: (2, 4, 4, 0)}
    assert found["main"].lines[6] == (1, 31, 28, 0)
    assert found["main"].lines[9] == (1, 47, 44, 0)


def test_stop_and_start_again(core: str) -> None:
    session = Session(
        core,
        "started",
        """
        def f(): tick(1)
        def main():
            f()
            stop(); tick(100)
            f()
            start()
            tick(2)
            f()
        """,
    )
    session.run(stop=session.profiler.stop, start=session.profiler.start)
    found = session.numbers()
    assert found["f"] == Numbers(2, 2, {1: (2, 2, 2, 0)})
    lines = {3: (1, 1, 0, 0), 4: (1, 0, 0, 0), 7: (1, 2, 2, 0), 8: (1, 1, 0, 0)}
    assert found["main"].lines == lines


def test_code_watched_for_always_goes_on_after_stop(core: str) -> None:
    session = Session(
        core,
        "always",
        """
        def f(): tick(1)
        def g(): tick(2)
        def main():
            f(); g()
            start()
            f(); g()
            stop()
            f(); g()
        """,
        "f",
    )
    session.profiler.watch(session.codes["g"])
    session.run(stop=session.profiler.stop, start=session.profiler.start)
    found = session.numbers()
    assert found["f"] == Numbers(3, 3, {1: (3, 3, 3, 0)})
    assert found["g"] == Numbers(1, 2, {2: (1, 2, 2, 0)})


def test_clear(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def gen():
            tick(1)
            yield; tick(2)
        def f():
            tick(1)
            tick(2); clear(); tick(4)
            tick(8)
        def main():
            g = gen()
            next(g)
            tick(16)
            f(); tick(32)
            list(g)
        """,
    )
    session.run(clear=session.profiler.clear)
    found = session.numbers()
    # What was open when the numbers were forgotten counts from that moment, without its hit.
    assert found["f"] == Numbers(0, 12, {6: (0, 4, 4, 0), 7: (1, 8, 8, 0)})
    assert found["main"].lines == {12: (0, 44, 32, 0), 13: (1, 2, 0, 0)}
    assert found["gen"] == Numbers(0, 2, {3: (0, 2, 2, 44)})
    assert found["main"].edges[12, "f"][0] == 0
