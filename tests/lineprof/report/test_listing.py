"""The classic listing, against what line_profiler prints for the same numbers."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lineprof.compat.stats import LineStats
from lineprof.model.profile import Edge, Function, FunctionKey, Line, Profile, Run
from lineprof.report.columns import COLUMNS
from lineprof.report.listing import render, write
from lineprof.report.options import TextOptions
from tests.support import GOLDEN

CASES: dict[str, Any] = json.loads((GOLDEN / "listings.json").read_text())

F = FunctionKey("no/such/file.py", 10, "f")
G = FunctionKey("no/such/other.py", 5, "C.g")
SOURCE = "def f():\n    a()\n\n    b()\n    return 1\n"
FUNCTION = Function(
    F,
    2,
    10_000,
    4_000,
    (
        Line(11, 2, 9_000, 3_000, 0, 3_000, 1_000),
        Line(13, 1, 0, 0),
        Line(14, 1, 0, 0),
    ),
    (Edge(11, G, 7, 5_000, 0), Edge(11, F, 1, 1_000, 0)),
    SOURCE,
)
PROFILE = Profile((), (FUNCTION, Function(G, 0, 0, source="def g(self): pass\n")))


def timings(name: str) -> dict[tuple[str, int, str], list[tuple[int, int, int]]]:
    """In the order in which make_listings.py gave them to line_profiler, which keeps it."""
    return {
        (file, line, function): [(number, hits, time) for number, hits, time in rows]
        for file, line, function, rows in sorted(CASES["timings"][name])
    }


@pytest.mark.parametrize("name", CASES["listings"])
def test_listing_is_line_profilers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    which, unit, options = CASES["listings"][name]
    text = io.StringIO()
    LineStats(timings(which), unit).print(text, **options)
    assert text.getvalue() == (GOLDEN / "listings" / f"{name}.txt").read_text("utf-8")


def test_listing_does_not_need_the_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(GOLDEN)
    here = LineStats(timings("all"), 1e-9).profile
    from lineprof.report.rows import text_of

    stored = replace(here, functions=tuple(replace(f, source=text_of(f)) for f in here.functions))
    monkeypatch.chdir(tmp_path)
    listing = (GOLDEN / "listings" / "plain.txt").read_text("utf-8")
    assert render(stored) == listing
    assert render(here) != listing


def test_columns_by_name() -> None:
    text = render(PROFILE, TextOptions(columns=("calls", "self", "hits"), unit=1e-6))
    assert text.split("\n")[2:14] == [
        "Total time: 6e-06 s",
        "File: no/such/file.py",
        "Function: f at line 10",
        "",
        "Line #     Calls         Self      Hits  Line Contents",
        "======================================================",
        "    10                                   def f():",
        "    11         8          2.0         2      a()",
        "    12                                   ",
        "    13         0          0.0         1      b()",
        "    14         0          0.0         1      return 1",
        "",
    ]


def test_raw_times_are_those_measured() -> None:
    text = render(PROFILE, TextOptions(raw=True, columns=("time", "perhit", "percent", "self")))
    assert "Total time: 1e-05 s\n" in text
    assert "    11       9000.0   4500.0     90.0       3000.0      a()\n" in text
    corrected = render(PROFILE, TextOptions(columns=("time", "perhit", "percent", "self")))
    assert "    11       6000.0   3000.0    100.0       2000.0      a()\n" in corrected


def test_await_is_shown_only_when_asked_for() -> None:
    """Parsers of plain listings know line_profiler's columns and no others."""
    waited = replace(FUNCTION, lines=(Line(11, 2, 1, 1, 2_500_000),))
    header = "Line #      Hits         Time  Per Hit   % Time"
    profile = replace(PROFILE, functions=(waited, PROFILE.functions[1]))
    assert render(profile).count(f"\n{header}  Line Contents\n") == 2
    columns = ("hits", "time", "perhit", "percent", "await")
    text = render(profile, TextOptions(1e-6, columns=columns))
    assert text.count(f"\n{header}        Await  Line Contents\n") == 2
    assert "    11         2          0.0      0.0      0.0       2500.0      a()\n" in text


def test_every_column_has_a_title_that_fits() -> None:
    assert all(len(column.title) <= column.width for column in COLUMNS.values())


def test_a_line_without_hits_has_no_time_per_hit() -> None:
    text = render(Profile((), (replace(FUNCTION, lines=(Line(11, 0, 5, 5),)),)))
    assert "    11         0          5.0               0.1      a()\n" in text


def test_lines_below_a_share_are_folded() -> None:
    text = render(PROFILE, TextOptions(min_percent=5, columns=("percent",)))
    assert text.endswith("""\
Line #   % Time  Line Contents
==============================
   ...           (1 line below 5%)
    11    100.0      a()
   ...           (3 lines below 5%)

""")
    assert "C.g" not in text


def test_functions_below_a_share_are_left_out() -> None:
    small = Function(G, 1, 30, 0, (Line(5, 1, 30, 30),), source="x\n")
    profile = Profile((), (replace(FUNCTION, lines=(Line(11, 1, 10_000, 970),)), small))
    assert "C.g" in render(profile, TextOptions(min_percent=3))
    assert "C.g" not in render(profile, TextOptions(min_percent=3.1))


def test_top_takes_those_that_took_longest_in_the_order_asked_for() -> None:
    functions = tuple(
        Function(FunctionKey("a.py", n, name), 1, total, 0, (Line(n, 1, total, total),))
        for n, (name, total) in enumerate([("one", 5), ("two", 9), ("three", 1), ("four", 7)], 1)
    )
    options = TextOptions(top=2, summarize=True, details=False)
    assert [
        line.split()[-1] for line in render(Profile((), functions), options).split("\n")[2:-1]
    ] == ["two", "four"]
    options = replace(options, sort=True)
    assert [
        line.split()[-1] for line in render(Profile((), functions), options).split("\n")[2:-1]
    ] == ["four", "two"]


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("C.*", ["C.g"]),
        ("f", ["f"]),
        ("*.py", ["f", "C.g"]),
        ("other.py", ["C.g"]),
        ("no/*/file.py", ["f"]),
        ("[!f]", []),
        ("F", []),
    ],
)
def test_filter_by_name_path_or_file(pattern: str, shown: list[str]) -> None:
    text = render(PROFILE, TextOptions(filter=(pattern,), summarize=True, details=False))
    assert [line.split(" - ")[-1] for line in text.split("\n") if "seconds" in line] == shown


def test_any_of_several_filters() -> None:
    text = render(PROFILE, TextOptions(filter=("f", "x", "C.g")))
    assert "Function: f at" in text
    assert "Function: C.g at" in text


@pytest.mark.parametrize(
    ("functions", "options", "remark"),
    [
        ((), TextOptions(), "Nothing was measured: no function was registered"),
        ((Function(F, 0, 0),), TextOptions(), "1 function registered, but was not called."),
        (
            (Function(F, 0, 0), Function(G, 0, 0)),
            TextOptions(skip_zero=True),
            "2 functions registered, but were not called.",
        ),
        ((FUNCTION,), TextOptions(filter=("x",)), "1 function left out by the options given."),
    ],
)
def test_an_empty_listing_says_why(
    functions: tuple[Function, ...], options: TextOptions, remark: str
) -> None:
    lines = render(Profile((), functions), options).split("\n")
    assert lines[:2] == ["Timer unit: 1e-09 s", ""]
    assert lines[2].startswith("Nothing")
    assert remark in lines[2]
    assert lines[3] == ""


def test_one_used_function_is_enough_for_no_remark() -> None:
    assert "Nothing" not in render(PROFILE)


def test_measured_lines_outside_the_text_are_not_lost() -> None:
    function = Function(F, 1, 9, 0, (Line(4, 1, 4, 4), Line(10**9, 1, 5, 5)), source="def f(): 1\n")
    text = render(Profile((), (function,)), TextOptions(columns=("time",)))
    assert text.split("\n")[6:] == [
        "Line #         Time  Line Contents",
        "==================================",
        "     4          4.0  ",
        "    10               def f(): 1",
        "1000000000          5.0  ",
        "",
        "",
    ]


def test_absurd_line_numbers_without_source_do_not_fill_the_disk() -> None:
    function = Function(F, 1, 9, 0, (Line(11, 1, 4, 4), Line(2**62, 1, 5, 5)))
    assert render(Profile((), (function,))).count("\n") < 20


def test_names_and_text_cannot_steer_the_terminal() -> None:
    source = "x = '\x1b]0;t\x07'\t# \x9b\f \u202e\u2066 שלום\n"
    key = FunctionKey("a\x1b[2J\n.py", 1, "f\r\x9b")
    function = Function(key, 1, 1, 0, (Line(1, 1, 1, 1),), source=source)
    text = render(Profile((), (function,)), TextOptions(summarize=True))
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert "\r" not in text
    assert "File: a\\x1b[2J\\n.py\nFunction: f\\r\\x9b at line 1\n" in text
    assert "x = '\\x1b]0;t\\x07'\t# \\x9b\f \\u202e\\u2066 שלום\n" in text


def test_source_of_a_windows_file_and_no_end_of_line_at_the_end() -> None:
    function = Function(F, 1, 1, 0, (Line(10, 1, 1, 1),), source="def f():\r\n    pass")
    assert render(Profile((), (function,))).endswith(
        "  def f():\n" + f"{11:6}" + " " * 43 + "    pass\n\n"
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "shift_jis", "utf-16"])
def test_odd_encodings_never_crash(encoding: str) -> None:
    # "¯" and "\x81" are in Latin 1, which is what codecs of code pages are taken for by name.
    function = replace(FUNCTION, source="def f():\n    'größe 日本 ¯ \x81 \udcff'\n")
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    write(Profile((), (function,)), stream)
    stream.flush()
    text = raw.getvalue().decode(encoding)
    assert "Total time: 6e-06 s\n" in text
    assert "'gr" in text
    assert "\\u" in text


def test_notebook_cells_without_text_are_not_called_missing() -> None:
    key = FunctionKey("<ipython-input-3-abc>", 1, "f")
    text = render(Profile((), (Function(key, 1, 1, 0, (Line(1, 1, 1, 1),)),)))
    assert "File: <ipython-input-3-abc>\nFunction: f at line 1\n" in text
    assert "Could not find" not in text


def test_total_and_share_go_by_the_function_not_by_the_sum_of_lines() -> None:
    function = Function(F, 1, 1_000, 0, (Line(11, 1, 250, 250),), source=SOURCE)
    text = render(Profile((), (function,)))
    assert "Total time: 1e-06 s\n" in text
    assert "    11         1        250.0    250.0     25.0      a()\n" in text


def test_runs_that_were_cut_short_say_so_at_the_top() -> None:
    run = Run(cut_short="KeyboardInterrupt")
    lines = render(replace(PROFILE, runs=(run,))).split("\n")
    assert lines[:4] == [
        "Timer unit: 1e-09 s",
        "",
        "The run was cut short by KeyboardInterrupt.",
        "",
    ]
