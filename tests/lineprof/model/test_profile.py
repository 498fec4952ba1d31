"""The arithmetic of profiles."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from functools import reduce
from operator import add
from statistics import pstdev
from typing import Any

import pytest

from lineprof.model.profile import (
    ENDED,
    PROCESSES_LIMIT,
    RUNNING,
    SLOWEST,
    Crowd,
    Edge,
    Function,
    FunctionKey,
    Line,
    Process,
    Profile,
    Run,
    Share,
    Spread,
    Thread,
    bounded,
)

F = FunctionKey("a.py", 1, "f")
G = FunctionKey("a.py", 9, "g")


def function(key: FunctionKey = F, **changes: Any) -> Function:
    lines = (Line(2, 3, 100, 60, 5, 10, 7), Line(4, 1, 50, 50, 0, 1, 1))
    edges = (Edge(2, G, 3, 40, 4),)
    return replace(Function(key, 2, 150, 11, lines, edges, "def f(): ...\n"), **changes)


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        function().calls = 3  # type: ignore[misc]


def test_sums_over_the_lines() -> None:
    assert function().hits == 4
    assert function().self_time == 110
    assert function().suspended == 5
    assert function(lines=()).hits == 0


def test_per_hit() -> None:
    assert Line(1, 4, 10, 10).per_hit == 2.5
    assert Line(1, 0, 0, 0).per_hit == 0.0


def test_functions_add_line_by_line_and_edge_by_edge() -> None:
    other = Function(
        F,
        1,
        30,
        2,
        (Line(1, 1, 5, 5, 1, 1, 1), Line(2, 1, 25, 20, 2, 3, 4)),
        (Edge(2, F, 1, 9, 1), Edge(2, G, 1, 2, 1)),
        "newer text",
    )
    added = function() + other
    assert (added.calls, added.total, added.total_cost) == (3, 180, 13)
    assert added.lines == (
        Line(1, 1, 5, 5, 1, 1, 1),
        Line(2, 4, 125, 80, 7, 13, 11),
        Line(4, 1, 50, 50, 0, 1, 1),
    )
    assert added.edges == (Edge(2, F, 1, 9, 1), Edge(2, G, 4, 42, 5))
    assert added.source == "def f(): ...\n"


def test_source_comes_from_whichever_has_it() -> None:
    assert (function(source=None) + function(source="x")).source == "x"


def test_different_functions_do_not_add() -> None:
    with pytest.raises(ValueError, match="not the same function"):
        function(F) + function(G)


def test_profiles_add_and_stay_sorted() -> None:
    one = Profile((Run(pid=1),), (function(G),), (Thread(1, ()),))
    two = Profile((Run(pid=2),), (function(F), function(G)))
    added = one + two
    assert [run.pid for run in added.runs] == [1, 2]
    assert [f.key for f in added.functions] == [F, G]
    assert added.functions[1].calls == 4
    assert added.threads == (Thread(1, ()),)


def test_a_sum_is_what_adding_one_by_one_gives() -> None:
    """Texts unknown at first, other texts under one key, threads, one function in one profile."""
    texts = (None, "def f(): 1\n", "def f(): 2\n", None, "def f(): 1\n", "def f(): 3\n")
    profiles = []
    for pid, text in enumerate(texts):
        f = function(source=text, calls=10**pid)
        g = function(G, edges=(Edge(4, F, 1, pid, 1),))
        own = function(FunctionKey("b.py", pid, "h"))
        threads = (Thread(pid, (replace(f, source=None),)),)
        profiles.append(Profile((Run(pid=pid),), (f, g, own), threads))
    found = Profile.sum(profiles)
    assert found == reduce(add, profiles)
    assert [(f.key.name, f.calls) for f in found.functions if f.key.file == F.file] == [
        ("f", 11_011),
        ("f (version 2)", 100),
        ("f (version 3)", 100_000),
        ("g", 12),
    ]
    assert Profile.sum(profiles[:1]) is profiles[0]
    assert Profile.sum(()) == Profile((), ())


def test_the_effort_of_a_sum_grows_with_what_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = 0
    hash_of = FunctionKey.__hash__

    def counted(key: FunctionKey) -> int:
        nonlocal looked_up
        looked_up += 1
        return hash_of(key)

    def effort(count: int) -> int:
        nonlocal looked_up
        keys = [FunctionKey("b.py", number, "h") for number in range(count)]
        profiles = [Profile((), (function(key, edges=()),)) for key in keys]
        looked_up = 0
        Profile.sum(profiles)
        return looked_up

    monkeypatch.setattr(FunctionKey, "__hash__", counted)
    assert 0 < effort(200) == 2 * effort(100)


def test_correction_takes_the_cost_out_everywhere() -> None:
    profile = Profile((), (function(),), (Thread(7, (function(),)),)).corrected()
    assert profile.threads[0].functions == profile.functions
    corrected = profile.functions[0]
    assert (corrected.total, corrected.total_cost) == (139, 0)
    assert corrected.lines == (Line(2, 3, 90, 53, 5, 0, 0), Line(4, 1, 49, 49, 0, 0, 0))
    assert corrected.edges == (Edge(2, G, 3, 36, 0),)
    assert profile.corrected() == profile


def corrected(*functions: Function) -> tuple[Function, ...]:
    return Profile((), functions).corrected().functions


@pytest.mark.parametrize(
    ("time", "left"),
    [(0, 0), (1, 0), (75, 0), (90, 2), (100, 6), (124, 24), (125, 25), (200, 100), (900, 800)],
)
def test_correction_takes_less_from_what_takes_little(time: int, left: int) -> None:
    """Of a line of 100 ns of events: never below 0, the same slope at 125."""
    line = Line(1, 1, time, time, 0, 100, 100)
    (found,) = corrected(Function(F, 1, time, 100, (line,)))
    assert found.lines == (Line(1, 1, left, left),)
    assert found.total == left


def test_correction_takes_from_callers_what_it_takes_from_callees() -> None:
    inner = Line(9, 1, 100, 100, 0, 100, 100)  # 94 are taken
    outer = Line(1, 1, 400, 300, 0, 150, 50)
    edges = (Edge(1, G, 1, 100, 100),)
    caller, callee = corrected(
        Function(F, 1, 400, 150, (outer,), edges), Function(G, 1, 100, 100, (inner,))
    )
    assert callee.total == callee.lines[0].total == 6
    assert caller.lines == (Line(1, 1, 400 - 50 - 94, 300 - 50),)
    assert caller.total == 400 - 50 - 94
    assert caller.edges == (Edge(1, G, 1, 6),)


def test_correction_of_functions_that_call_each_other() -> None:
    """f's outermost calls have all of both lines' cost: 100, of which 94 are taken, and 100."""
    f = Function(F, 5, 600, 200, (Line(1, 5, 600, 100, 0, 200, 100),), (Edge(1, G, 5, 500, 100),))
    g = Function(G, 5, 500, 100, (Line(9, 5, 500, 500, 0, 100, 100),), (Edge(9, F, 4, 480, 160),))
    found_f, found_g = corrected(f, g)
    assert 600 - 200 < found_f.total < 600 - 190
    assert 500 - 100 <= found_g.total < 500 - 75


def test_correction_never_goes_below_zero() -> None:
    (found,) = corrected(Function(F, 1, 5, 9, (Line(1, 1, 5, 4, 0, 9, 0),), (Edge(1, G, 1, 5, 9),)))
    assert (found.total, found.lines[0].total, found.edges[0].total) == (4, 4, 0)
    assert corrected(Function(F, 1, 5, 9))[0].total == 0


def test_correction_leaves_no_part_larger_than_the_whole() -> None:
    (found,) = corrected(Function(F, 1, 60, 55, (Line(1, 1, 50, 40, 0, 30, 5),)))
    assert found.lines[0].total == found.lines[0].self_time == 35
    assert found.total == 35
    lines = tuple(Line(number, 1, 30, 30, 0, 5, 5) for number in (1, 2))
    (found,) = corrected(Function(F, 1, 60, 55, lines))
    assert found.total == found.self_time == 50


def test_runs_that_were_cut_short_are_told() -> None:
    whole, cut, killed = Run(), Run(cut_short="KeyboardInterrupt"), Run(cut_short="SIGTERM")
    told = [Profile(runs, ()).cut_short for runs in [(), (whole,), (cut,), (whole, cut)]]
    assert told == [
        *("", ""),
        "The run was cut short by KeyboardInterrupt.",
        "1 of 2 runs was cut short by KeyboardInterrupt.",
    ]
    profile = Profile((cut, killed, cut), ())
    assert profile.cut_short == "3 of 3 runs were cut short by KeyboardInterrupt, SIGTERM."


def texted(source: str | None, calls: int, callee: FunctionKey | None = None) -> Function:
    edges = (Edge(2, callee, calls, 0),) if callee else ()
    return Function(
        FunctionKey("a.py", 1, "f"), calls, 0, 0, (Line(2, calls, 0, 0),), edges, source
    )


def test_functions_whose_texts_differ_are_kept_apart() -> None:
    f = FunctionKey("a.py", 1, "f")
    one, two, three = (
        Profile((), (texted(text, calls, f),), (Thread(1, (texted(None, calls, f),)),))
        for text, calls in (("A", 1), ("B", 10), ("C", 100))
    )
    found = one + two + one + three + two
    edited, again = f.in_version(1), f.in_version(2)
    assert (edited.name, again.name) == ("f (version 2)", "f (version 3)")
    assert [(f.key, f.source, f.calls, f.lines[0].hits) for f in found.functions] == [
        (f, "A", 2, 2),
        (edited, "B", 20, 20),
        (again, "C", 100, 100),
    ]
    assert [f.edges[0].callee for f in found.functions] == [f, edited, again]
    assert [thread.functions[0].key for thread in found.threads] == [f, edited, f, again, edited]


def test_without_a_text_there_is_nothing_to_tell_versions_by() -> None:
    found = Profile((), (texted(None, 1),)) + Profile((), (texted("B", 2),))
    assert [(f.source, f.calls) for f in found.functions] == [("B", 3)]
    assert (found + Profile((), (texted(None, 4),))).functions[0].calls == 7


def of_processes(totals: list[int], first: int = 0) -> Profile:
    """A profile of as many processes, with pids from `first`."""
    processes = tuple(
        Process(pid, started=float(pid), time=total, functions=(Function(F, 1, total),))
        for pid, total in enumerate(totals, first)
    )
    return Profile(
        (Run(),), (Function(F, len(totals), sum(totals)),), (), *bounded(processes), ("lost",)
    )


def test_processes_are_kept_when_profiles_are_added_up() -> None:
    both = of_processes([3, 4], 10) + of_processes([5], 1)
    assert [(p.pid, p.functions[0].total) for p in both.processes] == [(1, 5), (10, 3), (11, 4)]
    assert both.crowd is None
    assert both.faults == ("lost",)


def test_other_versions_of_functions_are_renamed_in_processes_too() -> None:
    one = replace(of_processes([1]), functions=(Function(F, 1, 1, source="old"),))
    other = replace(of_processes([2], 5), functions=(Function(F, 1, 2, source="new"),))
    both = one + other
    second = F.in_version(1)
    assert [p.functions[0].key for p in both.processes] == [F, second]
    crowded = replace(other, crowd=Crowd(1, spreads=(SPREAD,)))
    found = (one + crowded).crowd
    assert found is not None
    assert [spread.key for spread in found.spreads] == [F, second]


SPREAD = Spread(F, 1, 2, 0.0, Share(2, 5), (Share(2, 5),))


def test_many_processes_become_a_crowd_of_bounded_size() -> None:
    totals = [7 * n % 1000 for n in range(999)]
    crowded = of_processes(totals)
    longest = sorted(totals)[-PROCESSES_LIMIT:]
    assert sorted(p.time for p in crowded.processes) == longest
    assert not any(p.functions for p in crowded.processes)
    assert crowded.crowd is not None
    assert crowded.crowd.count == 999
    (spread,) = crowded.crowd.spreads
    assert (spread.count, spread.total) == (999, sum(totals))
    assert spread.deviation == pytest.approx(pstdev(totals))
    assert spread.least.total == min(totals)
    assert [s.total for s in spread.slowest] == sorted(totals, reverse=True)[:SLOWEST]


@pytest.mark.parametrize("sizes", [(300, 300), (300, 10), (10, 300), (200, 200), (100, 100, 100)])
def test_crowds_add_up_to_what_all_together_are(sizes: tuple[int, ...]) -> None:
    totals = [n * n % 1009 for n in range(sum(sizes))]
    parts, at = [], 0
    for size in sizes:
        parts.append(of_processes(totals[at : at + size], at))
        at += size
    found, whole = Profile.sum(parts), of_processes(totals)
    assert found.processes == whole.processes
    assert found.crowd is not None
    assert whole.crowd is not None
    assert found.crowd.count == whole.crowd.count
    (one,), (other,) = found.crowd.spreads, whole.crowd.spreads
    assert one.deviation == pytest.approx(other.deviation)
    assert replace(one, deviation=0) == replace(other, deviation=0)


def test_a_crowd_knows_how_its_processes_ended() -> None:
    endings = [RUNNING] * 2 + [ENDED] * 303
    processes = [Process(n, ending=ending, lost=1) for n, ending in enumerate(endings)]
    crowd = bounded(processes)[1]
    assert crowd == Crowd(305, 2, 305)


def test_processes_and_crowds_are_corrected() -> None:
    lines = (Line(2, 3, 100, 100, 0, 10, 10),)
    one = Function(F, 1, 110, 10, lines)
    found = replace(of_processes([110]), functions=(one,)).corrected()
    assert found.processes[0].time == 110
    process = Process(1, time=110, functions=(one,))
    found = Profile((), (one,), (), (process,)).corrected()
    assert found.processes[0].functions == found.functions
    assert found.processes[0].time == found.functions[0].total == 100
    spread = Spread(F, 2, 110, 11.0, Share(44, 1), (Share(66, 2), Share(44, 1)))
    crowd = Profile((), (one,), crowd=Crowd(2, spreads=(spread,))).corrected().crowd
    assert crowd is not None
    assert crowd.spreads == (Spread(F, 2, 100, 10.0, Share(40, 1), (Share(60, 2), Share(40, 1))),)
