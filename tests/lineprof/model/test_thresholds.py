"""Conditions a build can fail on: their grammar, and where they hold."""

from __future__ import annotations

import pytest

from lineprof.errors import UsageError
from lineprof.model.diff import difference
from lineprof.model.profile import Function, FunctionKey, Line, Profile
from lineprof.model.thresholds import Condition, growths, parse


def function(name: str, hits: int, total: int) -> Function:
    lines = (Line(2, hits, total, total),) if hits else ()
    return Function(FunctionKey("a.py", 1, name), 1, total, 0, lines)


FOUND = difference(
    Profile((), (function("f", 100, 1000), function("gone", 1, 1), function("zero", 0, 0))),
    Profile((), (function("f", 101, 1200), function("new", 50, 500), function("zero", 5, 5))),
)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("hits>0%", ("hits", 0.0, True, False)),
        (" total  time > 20.5 % ", ("time", 20.5, True, True)),
        ("calls>10", ("calls", 10.0, False, False)),
        ("self>1.5ms", ("self", 1.5e6, False, False)),
        ("await>.5s", ("await", 5e8, False, False)),
        ("perhit>30us", ("perhit", 3e4, False, False)),
        ("time>7ns", ("time", 7.0, False, False)),
    ],
)
def test_grammar(text: str, condition: tuple[str, float, bool, bool]) -> None:
    assert parse(text) == Condition(text.strip(), *condition)


@pytest.mark.parametrize(
    "text",
    [
        *("", "hits", "hits>", "hits>%", "hits<5%", "hits>-5%", "hits>5%%", "hits>5ms", "time>5"),
        *(
            "time>5min",
            "speed>5%",
            "totaltime>5%",
            "time>nan%",
            "hits>0x1",
            "hits>1e3",
            "hits>0% or",
        ),
        "hits>" + "9" * 400,
        "hits>\N{ARABIC-INDIC DIGIT FIVE}",
    ],
)
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("hits>0%", ["f", "zero"]),
        ("hits>1%", ["zero"]),
        ("hits>0.99%", ["f", "zero"]),
        ("hits>1", ["zero"]),
        ("hits>0", ["f", "zero"]),
        ("time>20%", ["zero"]),
        ("time>19.99%", ["f", "zero"]),
        ("time>199ns", ["f"]),
        ("time>200ns", []),
        ("perhit>18%", ["f", "zero"]),
        ("perhit>19%", ["zero"]),
        ("calls>0%", []),
        ("total calls>0%", []),
        ("total hits>54", [None]),
        ("total hits>55", []),
        ("total time>70%", [None]),
        ("total time>71%", []),
        ("total perhit>10%", [None]),
    ],
)
def test_where_they_hold(text: str, places: list[str | None]) -> None:
    found = growths(parse(text), FOUND)
    assert sorted(g.function.name if g.function else "" for g in found) == [p or "" for p in places]


def test_nothing_grew() -> None:
    same = difference(FOUND.before, FOUND.before)
    for metric in ("hits", "calls", "time", "self", "await", "perhit"):
        assert not list(growths(parse(f"{metric}>0%"), same))
        assert not list(growths(parse(f"total {metric}>0%"), same))
