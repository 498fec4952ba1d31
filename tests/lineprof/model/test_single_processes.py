"""One process of many, and all of them side by side."""

from __future__ import annotations

import pytest

from lineprof import LineprofError
from lineprof.model.profile import (
    RUNNING,
    Crowd,
    Edge,
    Function,
    FunctionKey,
    Line,
    Process,
    Profile,
    Run,
)
from lineprof.model.single_processes import of_process, said, side_by_side

F = FunctionKey("a.py", 1, "f")
G = FunctionKey("a.py", 9, "g")


def of(hits: int) -> tuple[Function, ...]:
    return (
        Function(F, 1, hits, 0, (Line(2, hits, hits, hits),), (Edge(2, G, 1, hits),)),
        Function(G, 1, hits, 0, (Line(10, hits, hits, hits),)),
    )


PROFILE = Profile(
    (Run(pid=1),),
    tuple(
        Function(f.key, 6, 6, 0, f.lines, f.edges, source=f"text of {f.key.name}") for f in of(6)
    ),
    processes=(
        Process(1, "here", "main", time=1, functions=of(1)),
        Process(2, "here", "worker", time=2, functions=of(2)),
        Process(3, "there", "worker", time=3, functions=of(3)),
        Process(4, "there", time=0),
    ),
)


def hits(profile: Profile) -> dict[str, int]:
    return {f.key.name: sum(line.hits for line in f.lines) for f in profile.functions}


@pytest.mark.parametrize(
    ("wanted", "expected"), [("main", 1), ("1", 1), ("worker", 2 + 3), ("3", 3)]
)
def test_processes_of_a_label_or_number(wanted: str, expected: int) -> None:
    found = of_process(PROFILE, wanted)
    assert hits(found) == {"f": expected, "g": expected}
    assert [f.source for f in found.functions] == ["text of f", "text of g"]
    assert found.runs == PROFILE.runs


def test_side_by_side_processes_of_one_name_have_their_number() -> None:
    found = side_by_side(PROFILE, "process")
    assert hits(found) == {
        "f in main": 1,
        "f in worker (2)": 2,
        "f in worker (3)": 3,
        "g in main": 1,
        "g in worker (2)": 2,
        "g in worker (3)": 3,
    }
    edges = [(f.key.name, e.callee.name) for f in found.functions for e in f.edges]
    assert ("f in worker (3)", "g in worker (3)") in edges
    assert {f.source for f in found.functions} == {"text of f", "text of g"}
    assert list(found.functions) == sorted(found.functions, key=lambda f: f.key)


def test_side_by_side_hosts() -> None:
    found = side_by_side(PROFILE, "host")
    assert hits(found) == {"f in here": 3, "f in there": 3, "g in here": 3, "g in there": 3}


def test_what_is_not_there_is_one_line() -> None:
    with pytest.raises(LineprofError, match=r"no process '7' .* there are main, worker \(2\), "):
        of_process(PROFILE, "7")
    for profile, reason in (
        (Profile((), ()), "this profile is of one process"),
        (Profile((), (), crowd=Crowd(300)), "this profile is of 300 processes: .* up to 256"),
    ):
        with pytest.raises(LineprofError, match=reason):
            of_process(profile, "main")
        with pytest.raises(LineprofError, match=reason):
            side_by_side(profile, "host")


def test_what_is_said() -> None:
    assert said(Profile((), ())) == ""
    assert said(PROFILE) == "4 processes were measured; worker took longest."
    some = (Process(1, ending=RUNNING, lost=4, time=3), Process(2, ending=RUNNING))
    expected = "2 processes were measured; process 1 took longest; 2 of 2 were still running; "
    assert said(Profile((), (), processes=some)) == (
        f"{expected}4 bytes of their numbers could not be kept."
    )
    crowd = Crowd(300, 1, 0)
    assert said(Profile((), (), processes=some, crowd=crowd)) == (
        "300 processes were measured; process 1 took longest; 1 of 300 was still running."
    )
