"""Rows of values: what each line shows, before it is formatted."""

from __future__ import annotations

from pathlib import Path

from lineprof.model.profile import Edge, Function, FunctionKey, Line, Profile
from lineprof.report.options import TextOptions
from lineprof.report.rows import Row, chosen, is_unused, rows, text_of

F = FunctionKey("no.py", 3, "f")
G = FunctionKey("no.py", 1, "g")
ONE = Line(4, 2, 30, 20)
TWO = Line(6, 1, 10, 10)


def test_rows_of_text_and_numbers() -> None:
    function = Function(
        F, 1, 40, 0, (ONE, TWO), (Edge(4, G, 3, 1), Edge(4, F, 2, 1), Edge(6, G, 1, 1))
    )
    assert rows(function, "def f():\n  x\n\n  \x0cy\u2028z\n") == [
        Row(3, "def f():"),
        Row(4, "  x", ONE, 75.0, 5),
        Row(5, ""),
        Row(6, "  \x0cy\u2028z", TWO, 25.0, 1),
    ]


def test_rows_without_text_reach_from_the_first_line_to_the_last_measured() -> None:
    assert rows(Function(F, 1, 0, 0, (TWO,)), None) == [
        Row(3, ""),
        Row(4, ""),
        Row(5, ""),
        Row(6, "", TWO, None),
    ]
    assert rows(Function(F, 0, 0), None) == [Row(3, "")]
    assert rows(Function(F, 0, 0), "") == [Row(3, "")]


def test_text_as_stored_goes_before_what_the_file_says_now(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("def f():\n    return 1\nx = 2\n")
    key = FunctionKey(str(path), 1, "f")
    assert text_of(Function(key, 0, 0, source="def f(): old\n")) == "def f(): old\n"
    assert text_of(Function(key, 0, 0)) == "def f():\n    return 1\n"
    assert text_of(Function(F, 0, 0)) is None


def test_functions_come_by_file_line_and_name_or_by_time() -> None:
    keys = [
        FunctionKey(*key) for key in [("b", 1, "x"), ("a", 9, "z"), ("a", 10, "a"), ("a", 9, "y")]
    ]
    totals = [5, 1, 9, 1]
    functions = tuple(Function(key, 1, total) for key, total in zip(keys, totals, strict=True))
    profile = Profile((), functions)

    def names(**options: object) -> list[str]:
        return [f.key.name for f in chosen(profile, TextOptions(**options))[1]]  # type: ignore[arg-type]

    assert names() == ["y", "z", "a", "x"]
    assert names(sort=True) == ["y", "z", "x", "a"]
    assert names(top=3) == ["y", "a", "x"]


def test_unused() -> None:
    assert is_unused(Function(F, 0, 0))
    assert is_unused(Function(F, 0, 0, 0, (Line(3, 0, 0, 0),)))
    assert not is_unused(Function(F, 1, 0))
    assert not is_unused(Function(F, 0, 0, 0, (Line(3, 1, 0, 0),)))
