"""The profiler's own cost, added up beside the times."""

from __future__ import annotations

import pytest

from lineprof import _core
from tests.support.core_session import Session
from tests.support.isolated import run as run_isolated


def leave_events(core: str, mode: str) -> int:
    """1, or 0 where the end of a call has no event: on 3.11, unless something like greenlet
    makes us trace all code."""
    session = Session(core, mode, "def f():\n    a = 1\ndef main(): f()\n", "f")
    session.profiler.set_cost(0, 0, 1)
    session.run()
    ((_ident, ((_code, _calls, _total, cost, _lines, _edges),)),) = session.profiler.snapshot()
    return cost


def test_cost_is_added_up_beside_the_times(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def g():
            tick(1)
            tick(2)
        def f():
            g()
            tick(4)
        def main():
            f()
        """,
        "f",
        "g",
    )
    session.profiler.set_cost(7, 3, 2)
    session.run()
    ((_ident, functions),) = session.profiler.snapshot()
    found = {
        code.co_name: (cost, {x[0]: x[5:] for x in lines}, [edge[4] for edge in edges])
        for code, _calls, _total, cost, lines, edges in functions
    }
    leave = 2 * leave_events(core, mode)
    # g: a line and a leave, for a function begins with its first line.
    assert found["g"] == (3 + leave, {2: (3, 3), 3: (leave, leave)}, [])
    # Line 5 is open for all of g's events and up to the next line event; innermost for g's
    # enter, its first line and that line event only.
    assert found["f"] == (
        (7 + 3 + 3 + leave) + 3 + leave,
        {5: (7 + 3 + 3 + leave + 3, 7 + 3 + 3), 6: (leave, leave)},
        [3 + leave],
    )


def test_a_leave_costs_the_line_that_is_left_and_the_one_that_goes_on(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def g():
            for _ in ():
                pass
        def f():
            g()
        def main():
            f()
        """,
        "f",
        "g",
    )
    session.profiler.set_cost(0, 0, 3, (), 0, 0, 50)
    session.run()
    ((_ident, functions),) = session.profiler.snapshot()
    found = {code.co_name: [x[5:] for x in lines] for code, _, _, _, lines, _ in functions}
    assert found["g"] == [(3, 3)]
    # What follows the call is no part of it; f itself may end without an event.
    assert found["f"][0][1] == 50 + (found["f"][0][0] - 50 - 3)


def test_a_resume_has_a_cost_of_its_own(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def g():
            yield 1
            yield 2
        def main():
            for _ in g(): pass
        """,
        "g",
        "main",
    )
    session.profiler.set_cost(0, 0, 0, (), 0, 7)
    session.run()
    ((_ident, functions),) = session.profiler.snapshot()
    costs = {code.co_name: cost for code, _, _, cost, _, _ in functions}
    assert costs == {"g": 0, "main": 2 * 7}


def test_the_start_of_a_generator_costs_the_making_of_it(core: str, mode: str) -> None:
    text = "def g():\n    yield 1\ndef main():\n    for _ in g(): pass\n"
    session = Session(core, mode, text, "g", "main")
    session.profiler.set_cost(0, 0, 0, (), 0, 0, 0, 7)
    session.run()
    ((_ident, functions),) = session.profiler.snapshot()
    costs = {code.co_name: cost for code, _, _, cost, _, _ in functions}
    assert costs == {"g": 0, "main": 7}


@pytest.mark.parametrize("core", ["trace"])
def test_an_exception_event_costs_the_line_it_comes_in(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        def f():
            try:
                raise KeyError
            except KeyError:
                pass
        def main():
            f()
        """,
        "f",
    )
    session.profiler.set_cost(0, 0, 0, (), 0, 0, 0, 0, 7)
    session.run()
    ((_ident, ((_code, _calls, _total, cost, lines, _edges),)),) = session.profiler.snapshot()
    assert cost == 7
    assert {line[0] - lines[0][0]: line[6] for line in lines if line[6]} == {1: 7}


@pytest.mark.skipif(_core.LINE_KIND != "instructions", reason="all ends are events here")
def test_an_end_without_event_costs_the_line_that_called(core: str, mode: str) -> None:
    """And the hit of the last line (kind 255) has the cost that falls into the call."""
    run_isolated(
        core,
        mode,
        """
        def g():
            a = 1
            b = 2
        def f():
            g()
            a = 1
        def main():
            f()
        profiler = _core.Profiler(core=core)
        profiler.set_cost(0, 0, 0, (0,) * 255 + (5,), 100)
        for function in (f, g):
            profiler.watch(function.__code__, always=mode == "always")
        profiler.start()
        main()
        profiler.close()
        found = {
            code.co_name: (cost, [x[5:] for x in lines], [edge[4] for edge in edges])
            for _, functions in profiler.snapshot()
            for code, _, _, cost, lines, edges in functions
        }
        assert found["g"] == (5, [(0, 0), (5, 5)], []), found
        assert found["f"] == (5 + 100 + 5, [(5 + 100, 100), (5, 5)], [5]), found
        """,
    )


@pytest.mark.parametrize("body", ["f(n - 1) if n else 0", "\n    if n: f(n - 1)"])
def test_cost_under_recursion_counts_once(body: str, core: str, mode: str) -> None:
    session = Session(core, mode, f"def f(n): {body}\ndef main():\n    f(2)\n", "f")
    session.profiler.set_cost(100, 10, 1)
    session.run()
    ((_ident, functions),) = session.profiler.snapshot()
    ((_code, calls, _total, cost, lines, edges),) = functions
    assert calls == 3
    # The outermost activation and line begin with the first line event, which may be the only
    # event of a call.
    enter = 0 if core == "monitor" and body[0] == "\n" else 100
    leave = leave_events(core, mode)
    assert cost == 2 * enter + 2 * 10 + 3 * leave
    assert [x[5:] for x in lines if x[1]] == [(cost, cost)]
    assert [edge[4] for edge in edges] == [enter + 10 + 2 * leave]
