"""Total, self, recursion, calls and edges: every number worked out by hand."""

from __future__ import annotations

import pytest

from lineprof import _core
from tests.support.core_session import Numbers, Session, measured


def test_lines_in_a_row(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def main():
            tick(1)
            for i in range(3):
                tick(10)
                tick(100)
            tick(1000); tick(2000)
        """,
    )
    assert found["main"] == Numbers(
        1, 3331, {2: (1, 1, 1, 0), 3: (4, 0, 0, 0), 4: (3, 30, 30, 0), 5: (3, 300, 300, 0),
                  6: (1, 3000, 3000, 0)}
    )  # fmt: skip


def test_one_line_loops_and_functions(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def f(): tick(2)
        def main():
            for i in range(3): f(); tick(1)
        """,
    )
    assert found["f"] == Numbers(3, 6, {1: (3, 6, 6, 0)})
    assert found["main"] == Numbers(1, 9, {3: (4, 9, 3, 0)}, {(3, "f"): (3, 6)})


def test_self_is_what_no_measured_callee_took(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def leaf():
            tick(100)
        def hidden():
            tick(10)
            leaf()
        def main():
            hidden(); tick(1)
            leaf()
        """,
        "leaf",
        "main",
    )
    assert found["leaf"] == Numbers(2, 200, {2: (2, 200, 200, 0)})
    # hidden() is not measured: its own time belongs to the line that called it, and so do its
    # calls of measured code.
    assert found["main"] == Numbers(
        1,
        211,
        {7: (1, 111, 11, 0), 8: (1, 100, 0, 0)},
        {(7, "leaf"): (1, 100), (8, "leaf"): (1, 100)},
    )
    assert found["hidden"] == Numbers()


def test_recursion_counts_once(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def f(n):
            tick(1)
            if n: f(n - 1); tick(2)
            tick(3)
        def main():
            f(2)
        """,
    )
    assert found["f"] == Numbers(
        3, 16, {2: (3, 3, 3, 0), 3: (3, 12, 4, 0), 4: (3, 9, 9, 0)}, {(3, "f"): (2, 10)}
    )
    assert found["main"] == Numbers(1, 16, {6: (1, 16, 0, 0)}, {(6, "f"): (1, 16)})


def test_tree_recursion(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def fib(n):
            tick(1)
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        def main():
            fib(4); tick(5)
            fib(1)
        """,
    )
    # fib(4) makes 9 calls of 1 each; fib(4)'s two calls are the outermost instances of its edge.
    assert found["fib"] == Numbers(
        10, 10, {2: (10, 10, 10, 0), 3: (10, 8, 0, 0)}, {(3, "fib"): (8, 8)}
    )
    assert found["main"] == Numbers(
        1, 15, {5: (1, 14, 5, 0), 6: (1, 1, 0, 0)}, {(5, "fib"): (1, 9), (6, "fib"): (1, 1)}
    )


def test_mutual_recursion(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def f(n):
            tick(1)
            if n: g(n - 1)
        def g(n):
            tick(10)
            if n: f(n - 1)
        def main(): f(3)
        """,
    )
    assert found["f"] == Numbers(2, 22, {2: (2, 2, 2, 0), 3: (2, 21, 0, 0)}, {(3, "g"): (2, 21)})
    assert found["g"] == Numbers(2, 21, {5: (2, 20, 20, 0), 6: (2, 11, 0, 0)}, {(6, "f"): (1, 11)})
    assert found["main"] == Numbers(1, 22, {7: (1, 22, 0, 0)}, {(7, "f"): (1, 22)})


def test_an_exception_closes_the_lines_it_leaves(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def c():
            tick(1); raise KeyError
        def b():
            tick(2)
            c()
            tick(10000)
        def a():
            try:
                b()
            except KeyError:
                tick(4)
        def main():
            a(); tick(8)
            a()
        """,
    )
    assert found["c"] == Numbers(2, 2, {2: (2, 2, 2, 0)})
    assert found["b"] == Numbers(2, 6, {4: (2, 4, 4, 0), 5: (2, 2, 0, 0)}, {(5, "c"): (2, 2)})
    assert (found["a"].calls, found["a"].total) == (2, 14)
    assert found["a"].lines[9] == (2, 6, 0, 0)
    assert found["a"].lines[11] == (2, 8, 8, 0)
    assert found["main"].lines == {13: (1, 15, 8, 0), 14: (1, 7, 0, 0)}


def test_an_exception_through_unmeasured_frames(core: str, mode: str) -> None:
    found = measured(
        core,
        mode,
        """
        def deep():
            tick(1); 1 // 0
        def hidden(): deep()
        def caught():
            try: hidden()
            except ZeroDivisionError: tick(2)
        def main():
            caught(); tick(4)
        """,
        "deep",
        "main",
    )
    assert found["deep"] == Numbers(1, 1, {2: (1, 1, 1, 0)})
    assert found["main"] == Numbers(1, 7, {8: (1, 7, 6, 0)}, {(8, "deep"): (1, 1)})


def test_a_call_made_while_an_exception_leaves(core: str, mode: str) -> None:
    """A frame that an exception left is no longer a caller."""
    found = measured(
        core,
        mode,
        """
        def bad():
            tick(1); raise ValueError
        def good():
            tick(2)
        def main():
            try: bad()
            except ValueError: good()
            good()
        """,
    )
    assert found["bad"].edges == {}
    assert found["main"].edges == {(6, "bad"): (1, 1), (7, "good"): (1, 2), (8, "good"): (1, 2)}


def test_a_function_begins_with_its_first_line(core: str, mode: str) -> None:
    """The time between entering and the first line belongs to the calling line."""
    if core == "trace":
        pytest.skip("there, events of other code read the clock, too")
    session = Session(
        core,
        mode,
        """
        def callee():
            tick(4)
        def main():
            tick(1); callee(); tick(2)
        """,
    )

    def each_event_takes_a_tick() -> int:
        session.clock.tick(1)
        return session.clock()

    session.profiler.close()
    session.profiler = _core.Profiler(core=core, timer=each_event_takes_a_tick)
    session.watch("callee", "main")
    session.run()
    found = session.numbers()
    assert found["callee"].total == found["callee"].lines[2][1] == 4 + 1
    # enter, line and leave of the callee, and the next event of main: a tick each
    assert found["main"].lines[4][1:3] == (1 + 4 + 2 + 4, 1 + 2 + 3)
