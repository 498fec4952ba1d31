"""The comparison made for terminals: what it says, in how much room, and when it is chosen."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lineprof.commands import main
from lineprof.files.lprof import save
from lineprof.model.diff import difference
from lineprof.model.profile import Function, FunctionKey, Line, Profile, Run
from lineprof.report.diff.compared import change
from lineprof.report.diff.terminal import report
from lineprof.report.terminal.layout import View
from lineprof.report.terminal.pieces import ASCII, UNICODE, cells, plain

pytest.importorskip("rich")

US, MS = 10**3, 10**6


def function(name: str, lines: tuple[Line, ...], source: str, calls: int = 1) -> Function:
    total = sum(line.total for line in lines)
    return Function(FunctionKey("a.py", 1, name), calls, total, 0, lines, (), source)


BEFORE = Profile(
    (Run(python="3.12.1", clock="wall/tsc"),),
    (
        function(
            "f",
            (Line(2, 1_000, 4 * MS, 4 * MS), Line(3, 1_000, 8 * US, 8 * US)),
            "def f():\n    work(10)\n    return 1\n",
        ),
        function("old", (Line(2, 5, 1 * MS, 1 * MS),), "def old():\n    pass\n"),
        function("never", (), "def never():\n    pass\n", 0),
    ),
)
AFTER = Profile(
    (Run(python="3.13.0", clock="wall/tsc"),),
    (
        function(
            "f",
            (
                Line(2, 1_500, 8 * MS, 8 * MS),
                Line(3, 1_500, 1 * MS, 1 * MS),
                Line(4, 1_000, 4 * US, 4 * US),
            ),
            "def f():\n    work(11)\n    more()\n    return 1\n",
        ),
        function("never", (), "def never():\n    pass\n", 0),
    ),
)


def lines(width: int = 140, glyphs: Any = UNICODE, top: int | None = None) -> list[str]:
    view = View(width, glyphs, links=False)
    made = report(difference(BEFORE, AFTER), ("a.lprof", "b.lprof"), view, top)
    return [plain(line).rstrip() for line in made]


def test_all_of_it() -> None:
    assert lines(120) == [
        "",
        " lineprof diff · a.lprof → b.lprof",
        "",
        "   Hits in all functions    2,005 →   4,000  +99.5%",
        "   Time in all functions  5.01 ms → 9.00 ms  +79.8%",
        "",
        " Note: Python 3.12.1 before, 3.13.0 after; "
        "versions differ a little in which lines they count.",
        "",
        " Functions  what changed most first",
        "       was     Time   change    was   Hits   change  was  Calls  change  Function",
        " ~ 4.01 ms  9.00 ms  +124.7%  2,000  4,000  +100.0%    1      1       =  f    a.py:1",
        " - 1.00 ms                        5                    1                 old  a.py:1",
        "",
        " Lines  whose own time changed most",
        "       was     Self   change    was   Hits  change  Line",
        " ~ 4.00 ms  8.00 ms  +100.0%  1,000  1,500  +50.0%  a.py:2  work(11)",
        " +          1.00 ms                  1,500          a.py:3  more()",
        " - 1.00 ms                        5                 a.py:2  pass",
        "",
        "── f  edited " + "─" * 97 + " a.py:1 ──",
        "   Line    was   Hits  change      was     Time   change  Per Hit  change  Source",
        " " * 75 + "was: work(10)",
        " ~    2  1,000  1,500  +50.0%  4.00 ms  8.00 ms  +100.0%  5.33 µs  +33.3%  work(11)",
        " +    3         1,500                   1.00 ms            667 ns          more()",
        "      4  1,000  1,000       =  8.00 µs  4.00 µs   -50.0%     4 ns  -50.0%  return 1",
        "",
        "── old  gone " + "─" * 97 + " a.py:1 ──",
        "   was  Line  was  Hits  change      was  Time  change     was  Per Hit  change  Source",
        " -   2          5                1.00 ms                200 µs                   pass",
        "",
        " ~ edited, > moved, - gone, + new",
    ]


def test_columns_make_room_for_the_source() -> None:
    (head,) = (line for line in lines(80, top=1) if line.endswith("Source"))
    assert head.split() == ["Line", "Hits", "change", "Time", "change", "Source"]
    # A change whose number is not there says what changed.
    (head,) = (line for line in lines(60, top=1) if line.endswith("Source"))
    assert head == "   Line  Hits change  Time change  Source"


@pytest.mark.parametrize(("width", "numbers"), [(80, ["5", "1.00 ms"]), (60, ["-5", "-1.00 ms"])])
def test_lines_that_are_gone_keep_their_numbers(width: int, numbers: list[str]) -> None:
    rows = lines(width)
    gone = [row for row in rows if row.startswith(" -")]
    assert len(gone) == 3  # of functions, of lines, and of the function itself
    assert all(number in row for row in gone[2:] for number in numbers)
    assert all("1.00 ms" in row for row in gone)


def test_what_is_gone_comes_before_what_is_new_in_its_place() -> None:
    one = function("f", (Line(2, 1, 9, 9), Line(3, 1, 9, 9)), "def f():\n    a()\n    end()\n")
    other = replace(one, source="def f():\n    something_else(1, 2)\n    end()\n")
    found = difference(Profile((), (one,)), Profile((), (other,)))
    assert [line.kind for line in found.functions[0].lines] == ["same", "gone", "new", "same"]


def test_functions_have_time_per_hit_where_there_is_room() -> None:
    rows = lines(200)
    heads = "was Time change was Hits change was Per Hit change was Calls change Function"
    assert heads.split() in [row.split() for row in rows]
    assert any("2.00 µs  2.25 µs  +12.3%" in row for row in rows)


def test_lines_that_are_gone_stood_where_the_file_was() -> None:
    (item,) = BEFORE.functions[:1]
    after = replace(item, key=replace(item.key, file="new/a.py"), lines=item.lines[1:])
    after = replace(after, source="def f():\n    return 1\n")
    found = difference(replace(BEFORE, functions=(item,)), replace(AFTER, functions=(after,)))
    view = View(120, UNICODE, links=False)
    rows = [plain(line) for line in report(found, ("a", "b"), view)]
    assert any(row.startswith(" - ") and "  a.py:2      work(10)" in row for row in rows)


def test_totals_are_told_whole_on_narrow_terminals() -> None:
    rows = lines(44)
    assert "   Hits    2,005 →   4,000  +99.5%" in rows
    assert "   Time  5.01 ms → 9.00 ms  +79.8%" in rows


def test_only_what_matters_is_coloured() -> None:
    view = View(140, UNICODE, links=False)
    made = [*report(difference(BEFORE, AFTER), ("a", "b"), view)]
    (row,) = (line for line in made if plain(line).startswith(" ~   2     2"))
    assert [piece.style for piece in row if piece.text == "+100.0%"] == ["alert"]
    # Half of next to nothing is no matter; a single hit more would be.
    (row,) = (line for line in made if plain(line).startswith("     3     4"))
    assert {piece.style for piece in row if piece.text == "-50.0%"} == {"faint"}


@pytest.mark.parametrize("width", [40, 60, 80, 110, 200])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_no_line_is_wider_than_the_terminal(width: int, glyphs: Any) -> None:
    for line in lines(width, glyphs):
        assert cells(line) <= width
        assert glyphs is UNICODE or line.replace("µ", "u").isascii()


def test_top_and_nothing_at_all() -> None:
    assert len([line for line in lines(top=1) if line.startswith("──")]) == 1
    assert any("lines of 1 more function: --top shows them" in line for line in lines(top=1))
    nothing = replace(BEFORE, functions=BEFORE.functions[2:])
    view = View(80, UNICODE, links=False)
    made = [plain(line) for line in report(difference(nothing, nothing), ("a", "b"), view)]
    assert " Nothing was measured in either of them." in made


def test_the_smallest_change_of_a_count_is_told() -> None:
    assert change(4_216_387, 4_217_862) == "+0.03%"
    assert change(10**9, 10**9 + 1) == "+<0.01%"
    assert change(10**9, 10**9 - 1) == "-<0.01%"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_on_terminals_unless_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    names = [str(tmp_path / name) for name in ("a.lprof", "b.lprof")]
    for profile, name in zip((BEFORE, AFTER), names, strict=True):
        save(profile, name)

    def shown(stream: io.StringIO, *options: str) -> str:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main.main(["diff", *names, *options]) == 0
        return stream.getvalue()

    text = shown(Terminal())
    assert re.search(r"\x1b\[38;5;\d+m", text)
    assert " lineprof diff" in re.sub(r"\x1b\[[0-9;]*m", "", text)
    classic = shown(io.StringIO())
    assert classic.startswith("Before: ")
    assert shown(Terminal(), "--plain") == classic
    monkeypatch.setenv("TERM", "dumb")
    assert shown(Terminal()) == classic
