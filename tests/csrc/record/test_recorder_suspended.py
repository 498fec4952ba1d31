"""Time of generators and coroutines, and the time while they were suspended."""

from __future__ import annotations

from tests.support.core_session import Numbers, measured


def test_interleaved_generators(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def gen(n):
            for i in range(2):
                tick(n)
                yield i; tick(100 * n)
        def main():
            a, b = gen(1), gen(2)
            next(a); tick(5)
            next(b)
            list(a)
            list(b)
        """,
    )
    # The first generator is away from 1 to 8, the second from 8 to 209; list() wastes no time.
    assert found["gen"] == Numbers(
        2, 606, {2: (6, 0, 0, 0), 3: (4, 6, 6, 0), 4: (4, 600, 600, 208)}
    )
    assert found["main"] == Numbers(
        1,
        611,
        {6: (1, 0, 0, 0), 7: (1, 6, 5, 0), 8: (1, 2, 0, 0), 9: (1, 201, 0, 0), 10: (1, 402, 0, 0)},
        {(7, "gen"): (1, 1), (8, "gen"): (1, 2), (9, "gen"): (0, 201), (10, "gen"): (0, 402)},
    )


def test_time_away_counts_for_every_frame_of_a_delegation(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def inner():
            tick(1)
            yield
            tick(2)
        def outer():
            yield from inner()
            tick(4)
        def main():
            g = outer()
            next(g)
            tick(1000)
            list(g)
        """,
    )
    assert found["inner"] == Numbers(1, 3, {2: (1, 1, 1, 0), 3: (1, 0, 0, 1000), 4: (1, 2, 2, 0)})
    assert found["outer"] == Numbers(
        1, 7, {6: (1, 3, 0, 1000), 7: (1, 4, 4, 0)}, {(6, "inner"): (1, 3)}
    )


def test_await(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        import types
        @types.coroutine
        def pause():
            yield
        async def work(n):
            tick(n)
            await pause(); tick(10 * n)
            return n
        def main():
            a, b = work(1), work(2)
            a.send(None)
            b.send(None)
            tick(1000)
            for c in a, b:
                try: c.send(None)
                except StopIteration: tick(7)
        """,
        "work",
    )
    # a: away from 1 to 1003; b: from 3 to 1020.
    assert found["work"] == Numbers(
        2, 33, {6: (2, 3, 3, 0), 7: (2, 30, 30, 1002 + 1017), 8: (2, 0, 0, 0)}
    )


def test_throw_and_close_end_the_time_away(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def gen():
            try:
                yield 1
            except KeyError:
                tick(5)
                yield 2
            finally:
                tick(3)
        def main():
            g = gen()
            next(g); tick(10)
            g.throw(KeyError); tick(100)
            g.close()
        """,
        "gen",
    )
    gen = found["gen"]
    assert (gen.calls, gen.total) == (1, 8)
    assert gen.lines[3] == (1, 0, 0, 10)
    assert gen.lines[5] == (1, 5, 5, 0)
    assert gen.lines[6] == (1, 0, 0, 100)
    assert gen.lines[8] == (1, 3, 3, 0)


def test_an_abandoned_generator_is_not_taken_for_its_successor(core: str, mode: str) -> None:
    """The next generator may get the frame of one that was dropped while suspended."""
    found = measured(
        core,
        mode,
        """
        def gen():
            yield 1
        def main():
            for i in range(20):
                g = gen()
                next(g)
                del g
                tick(50)
                g = gen()
                try: g.throw(KeyError)
                except KeyError: pass
                del g
        """,
        "gen",
    )
    assert found["gen"] == Numbers(20, 0, {2: (20, 0, 0, 0)})


def test_a_generator_that_moves_to_another_thread(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        import threading
        def gen():
            tick(1)
            yield; tick(2)
            yield; tick(4)
        def main():
            g = gen()
            for _ in range(3):
                t = threading.Thread(target=next, args=(g, None))
                t.start()
                t.join()
                tick(10)
        """,
        "gen",
    )
    assert found["gen"] == Numbers(1, 7, {3: (1, 1, 1, 0), 4: (1, 2, 2, 10), 5: (1, 4, 4, 10)})


def test_a_frame_that_comes_back_unannounced(core: str, mode: str) -> None:
    """The awaited object swallows the thrown exception; on 3.11 only the next line is an event."""
    found = measured(
        core,
        mode,
        """
        import types
        @types.coroutine
        def pause(): yield
        async def inner():
            try: await pause()
            except KeyError: tick(3)
        async def outer():
            await inner()
            tick(1)
        def main():
            c = outer(); c.send(None); tick(5)
            try: c.throw(KeyError(1)); tick(7)
            except StopIteration: tick(2)
        """,
        "inner",
        "outer",
        "main",
    )
    assert found["outer"].lines[8][1:] == (0, 0, 8)
    assert found["outer"].lines[9] == (1, 1, 1, 0)
    assert found["main"].edges == {
        (11, "outer"): (1, 0),
        (12, "outer"): (0, 1),
        (12, "inner"): (0, 3),
    }
