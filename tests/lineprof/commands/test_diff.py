"""python -m lineprof diff: its reports, its exit status, and what it refuses."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lineprof.commands import main
from lineprof.files.lprof import save
from lineprof.model.profile import Function, FunctionKey, Line, Profile, Run

HOSTILE = "x = '</td><script>alert(1)</script>\x1b[31m'"


def profile(hits: int, text: str, clock: str = "wall/tsc", python: str = "3.12.1") -> Profile:
    return Profile(
        (Run(clock=clock, python=python),),
        (
            Function(
                FunctionKey("a.py", 1, "f"),
                1,
                2000 * hits + 7,
                100,
                (Line(2, hits, 2000 * hits, 2000 * hits, 0, 100, 100), Line(3, 1, 7, 7)),
                (),
                text,
            ),
            Function(FunctionKey("a.py", 9, "<b>unused</b>"), 0, 0),
        ),
    )


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    before, after = tmp_path / "before.lprof", tmp_path / "after.lprof"
    save(profile(10, f"def f():\n  work(10)\n  {HOSTILE}\n"), before)
    save(profile(11, f"def f():\n  work(11)\n  {HOSTILE}\n"), after)
    return str(before), str(after)


def refused(capsys: pytest.CaptureFixture[str], status: int, *words: str) -> str:
    assert main.main(["diff", *words]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lineprof: ")
    assert err.count("\n") == 1
    return err


def test_text(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["diff", *files]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith(f"Before: {files[0]}\nAfter:  {files[1]}\n\n")
    assert out.partition("\n\n")[2] == (
        "Hits in all functions: 11 -> 12 (+9.1%)\n"
        "Time in all functions: 19.9 µs -> 21.9 µs (+10.0%)\n"
        "\n"
        "  was Calls change was Hits change     was    Time change     was Per Hit change"
        "  Function\n"
        "==========================================================================================\n"
        "~   1     1      =  11   12  +9.1% 19.9 µs 21.9 µs +10.0% 1.81 µs 1.83 µs  +0.9%"
        "  f (a.py:1)\n"
        "    0     0      =   0    0      =    0 ns    0 ns      =    0 ns    0 ns      ="
        "  <b>unused</b> (a.py:9)\n"
        "\n"
        "      was    Self change was Hits change  Line, what changed most first\n"
        "=======================================================================\n"
        "~ 19.9 µs 21.9 µs +10.1%  10   11 +10.0%  a.py:2  work(11)\n"
        "\n"
        "f (a.py:1)\n"
        "  was Line was Hits change     was    Time change     was Per Hit change  "
        "Line Contents (~ edited, > moved, - gone, + new)\n"
        "==============================================================================="
        "===========================================\n"
        f"{' ' * 76}was: work(10)\n"
        "~   2    2  10   11 +10.0% 19.9 µs 21.9 µs +10.1% 1.99 µs 1.99 µs +0.05%    work(11)\n"
        "    3    3   1    1      =    7 ns    7 ns      =    7 ns    7 ns      =    "
        "x = '</td><script>alert(1)</script>\\x1b[31m'\n"
    )


def test_raw_and_filter(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["diff", "--raw", *files, "--filter", "f"]) == 0
    out = capsys.readouterr().out
    assert "20.0 µs -> 22.0 µs (+10.0%)" in out
    assert "unused" not in out


def test_standard_output_that_has_only_text(files: tuple[str, str]) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main.main(["diff", "--json", "-", *files]) == 0
    assert json.loads(out.getvalue())["format"] == "lineprof-diff"


def test_a_page_to_standard_output(
    files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main.main(["diff", "--html", "-", *files]) == 0
    out = capfdbinary.readouterr().out
    assert out.startswith(b"<!doctype html>")
    assert out.endswith(b"</html>\n")
    assert main.main(["diff", "--html", "-", "--json", "-", *files]) == 2
    assert b"cannot both" in capfdbinary.readouterr().err


def test_json(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["diff", "--json", "-", *files]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["format"], found["version"], found["unit"]) == ("lineprof-diff", "1.0", "ns")
    assert found["total"]["hits"] == {"before": 11, "after": 12}
    function = found["functions"][0]
    assert (function["name"], function["change"]) == ("f", "edited")
    assert function["before"]["hits"] == 11
    assert function["lines"][0] == {
        "change": "same", "text": "def f():", "before": {"line": 1}, "after": {"line": 1},
    }  # fmt: skip
    line = function["lines"][1]
    assert (line["change"], line["text"], line["was"]) == ("edited", "  work(11)", "  work(10)")
    assert "was" not in function["lines"][2]
    assert function["after"]["per_hit"] == pytest.approx(21_907 / 12, abs=0.001)
    assert line["after"] == {
        "line": 2, "hits": 11, "time": 21_900, "self": 21_900, "await": 0,
        "per_hit": pytest.approx(1990.909),
    }  # fmt: skip


class Checker(HTMLParser):
    """Collects the tags, and fails on one that is not closed as it was opened."""

    EMPTY = ("meta", "!doctype")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html(files: tuple[str, str], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert main.main(["diff", *files, "--html", str(page)]) == 0
    checker = Checker()
    checker.feed(page.read_text("utf-8"))
    assert checker.open == []
    assert "script" not in checker.tags
    assert "b" not in checker.tags
    assert all(link.startswith("#") for link in checker.links)
    assert "x = '</td><script>alert(1)</script>\N{REPLACEMENT CHARACTER}[31m'" in checker.text
    assert "+10.1%" in checker.text
    assert "work(10)  work(11)" in checker.text
    assert checker.text.count("work(11)") == 2


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        (["hits>0%"], ["hits>0%: f (a.py:1): 11 -> 12 (+9.1%)"]),
        (["total hits>9%"], ["total hits>9%: all functions: 11 -> 12 (+9.1%)"]),
        (["time>10%", "hits>10%"], ["time>10%: f (a.py:1): 19.9 µs -> 21.9 µs (+10.0%)"]),
        (["time>20%", "hits>1", "total time>2us"], []),
    ],
)
def test_fail_if(
    conditions: list[str],
    told: list[str],
    files: tuple[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = [word for condition in conditions for word in ("--fail-if", condition)]
    assert main.main(["diff", *files, *options]) == (3 if told else 0)
    assert capsys.readouterr().err.splitlines() == [f"lineprof: {line}" for line in told]


def test_of_many_functions_that_grew_those_that_grew_most_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def saved(name: str, more: int) -> str:
        functions = tuple(
            Function(FunctionKey("a.py", n, f"f{n}"), 1, 9, lines=(Line(n, 100 + more * n, 9, 9),))
            for n in range(1, 31)
        )
        save(Profile((Run(),), functions), tmp_path / name)
        return str(tmp_path / name)

    files = saved("old.lprof", 0), saved("new.lprof", 1)
    assert main.main(["diff", *files, "--fail-if", "hits>0%", "--fail-if", "total hits>0%"]) == 3
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "lineprof: hits>0%: f30 (a.py:30): 100 -> 130 (+30.0%)"
    assert told[19] == "lineprof: hits>0%: f11 (a.py:11): 100 -> 111 (+11.0%)"
    assert told[20] == "lineprof: hits>0%: 10 more functions"
    assert told[21] == "lineprof: total hits>0%: all functions: 3000 -> 3465 (+15.5%)"


def test_other_clocks_are_refused(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "cpu.lprof"
    save(profile(1, "", clock="cpu/thread"), other)
    message = refused(capsys, 1, files[0], str(other))
    assert "holds cpu time" in message
    assert "cannot be compared" in message


def test_other_pythons_and_runs_are_told(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.lprof"
    one = profile(1, "", python="3.13.0")
    save(replace(one, runs=one.runs * 2), other)
    assert main.main(["diff", files[0], str(other)]) == 0
    out = capsys.readouterr().out
    assert "Note: Python 3.12.1 before, 3.13.0 after" in out
    assert "Note: 1 run before, 2 runs after;" in out


def test_units_of_line_profiler_are_converted_with_a_note(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def foreign(name: str, tick: float) -> str:
        path = str(tmp_path / name)
        save(replace(profile(10, ""), runs=(Run(clock="wall", tick=tick),)), path)
        return path

    micro, nano = foreign("micro.lprof", 1e-6), foreign("nano.lprof", 1e-9)
    for names, note in (
        ((micro, nano), "times are multiples of 1e-06 s before, 1e-09 s after; they are converted"),
        ((files[0], micro), "times after are line_profiler's, multiples of 1e-06 s; they are conv"),
        ((nano, files[0]), "times before are line_profiler's, multiples of 1e-09 s; they are con"),
        ((nano, nano), ""),
    ):
        assert main.main(["diff", *names]) == 0
        out = capsys.readouterr().out
        assert note in out
        assert ("Note:" in out) == bool(note)


def test_conditions_that_nothing_can_be_held_to_fail(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, other = str(tmp_path / "empty.lprof"), str(tmp_path / "other.lprof")
    run = Run(clock="wall/tsc", python="3.12.1")
    save(Profile((run,), ()), empty)
    key = FunctionKey("b.py", 1, "g")
    save(Profile((run,), (Function(key, 1, 9, lines=(Line(2, 1, 9, 9),)),)), other)
    for condition, after, status in (
        ("hits>0%", empty, 4),
        ("total hits>0%", empty, 4),
        ("hits>0%", other, 4),
        ("total hits>0%", other, 0),
    ):
        words = ["diff", "--fail-if", condition, files[0], after]
        assert main.main(words) == status
        err = capsys.readouterr().err
        assert err.startswith("lineprof: --fail-if compared nothing: ") == bool(status)
        assert main.main([*words, "--allow-missing"]) == 0
        assert capsys.readouterr().err == ""


def test_functions_named_by_a_filter_that_are_gone_fail(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = profile(10, "def f():\n  work(10)\n  1\n")
    g = Function(FunctionKey("b.py", 4, "g"), 1, 9, lines=(Line(5, 1, 9, 9),))
    before = str(tmp_path / "both.lprof")
    save(replace(both, functions=(*both.functions, g)), before)
    words = ["diff", "--fail-if", "hits>50%", before, files[1]]
    assert main.main(words) == 0
    assert main.main([*words, "--filter", "[fg]"]) == 4
    assert "lineprof: g (b.py:4) is gone: " in capsys.readouterr().err
    assert main.main([*words, "--filter", "[fg]", "--allow-missing"]) == 0


def test_one_file_is_compared_with_what_it_replaced(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused(capsys, 2, files[1])
    assert f"there is no {files[1]}.old" in message
    Path(files[0]).rename(f"{files[1]}.old")
    assert main.main(["diff", files[1]]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Before: {files[1]}.old\nAfter:  {files[1]}\n")


def test_several_runs_are_compared_with_their_spread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def saved(name: str, *rest: tuple[int, int]) -> str:
        """rest: hits and ns of lines 2, 3."""
        lines = tuple(Line(n, hits, ns, ns) for n, (hits, ns) in enumerate(rest, 2))
        total = sum(ns for _, ns in rest)
        function = Function(FunctionKey("a.py", 1, "f"), 1, total, 0, lines, (), "f\n  a\n  b\n")
        save(Profile((Run(clock="wall/tsc"),), (function,)), tmp_path / name)
        return str(tmp_path / name)

    before = [saved(f"b{n}", (10, 1000 + 200 * n), (5, 1000 + n)) for n in range(3)]
    after = [saved(f"a{n}", (10, 1300 + 200 * n), (5, 2000 + n)) for n in range(3)]
    assert main.main(["diff", *before, "--after", *after]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Before: {before[0]} and 2 more\nAfter:  {after[0]} and 2 more\n")
    assert "Note: averages of 3 runs before and 3 runs after; a change in parentheses is" in out
    rows = out.split("f (a.py:1)\n")[-1].split("\n")
    assert "1.20 µs 1.50 µs (+25.0%)" in rows[2]
    assert "1.00 µs 2.00 µs   +99.9%" in rows[3]
    most = out.partition("what changed most first\n")[2].split("\n\n")[0]
    assert "a.py:3" in most
    assert "a.py:2" not in most
    assert main.main(["diff", *before, "--after", *after, "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["averages_of"] == [3, 3]
    assert "self" in found["functions"][0]["lines"][1]["within_spread"]
    assert "self" not in found["functions"][0]["lines"][2]["within_spread"]
    words = ["--after", *after, "--fail-if"]
    assert main.main(["diff", *before, *words, "hits>0"]) == 0
    assert main.main(["diff", *before, *words, "time>20%"]) == 3
    noisy = [saved(f"n{n}", (10, 1000 + 900 * n)) for n in range(3)]
    assert main.main(["diff", *noisy[:2], "--after", *noisy[1:], "--fail-if", "time>20%"]) == 0


def test_wrong_usage(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "two FILEs" in refused(capsys, 2)
    assert "two FILEs" in refused(capsys, 2, *files, files[0])
    assert "not a condition" in refused(capsys, 2, *files, "--fail-if", "nonsense")
    assert "no such file" in refused(capsys, 1, files[0], "gone")
    target = str(Path(files[0]).parent / "no" / "x")
    message = refused(capsys, 1, *files, "--html", target)
    assert message == f"lineprof: cannot write {target}: No such file or directory\n"


@pytest.mark.parametrize("option", ["--html", "--json"])
def test_a_profile_is_not_replaced(
    option: str, files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "would be replaced" in refused(capsys, 2, *files, option, files[1])
