"""Options of the listing that line_profiler has in other forms, and defaults from a file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from lineprof import Function, FunctionKey, Line, Profile, Run, UsageError, save
from lineprof.commands import main
from lineprof.commands.show import prepare
from lineprof.model.profile import Process
from lineprof.report.rows import ordered


def function(name: str, total: int, hits: int, first: int) -> Function:
    key = FunctionKey("a.py", first, name)
    return Function(key, hits, total, 0, (Line(first, hits, total, total),), (), "x\n")


SLOW, FAST, OFTEN = (
    function("slow", 9000, 1, 5),
    function("fast", 1000, 2, 9),
    function("often", 5000, 70, 1),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for variable in ("LINEPROF_RC", "LINE_PROFILER_RC"):
        monkeypatch.delenv(variable, raising=False)
    save(Profile((), (OFTEN, SLOW, FAST)), "p.lprof")
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main.main(argv) == 0
    return capsys.readouterr().out


def order(capsys: pytest.CaptureFixture[str], *argv: str) -> list[str]:
    return re.findall(r"Function: (\w+)", shown(capsys, *argv))


BY_FILE = ["often", "slow", "fast"]
UP = ["fast", "often", "slow"]


@pytest.mark.parametrize(
    ("argv", "names"),
    [
        ("p.lprof", BY_FILE),
        ("-t p.lprof", UP),
        ("--sort p.lprof", UP),
        ("p.lprof --sort", UP),
        ("--sort=yes p.lprof", UP),
        ("--sort=no p.lprof", BY_FILE),
        ("--no-sort=no p.lprof", UP),
        ("-t --no-sort p.lprof", BY_FILE),
        ("-t time p.lprof", UP[::-1]),
        ("--sort time p.lprof", UP[::-1]),
        ("--sort=time p.lprof", UP[::-1]),
        ("--sort time:asc p.lprof", UP),
        ("-zt hits p.lprof", ["often", "fast", "slow"]),
        ("--sort hits:asc p.lprof", ["slow", "fast", "often"]),
        ("--sort name p.lprof", ["fast", "often", "slow"]),
        ("--sort name:desc p.lprof", ["slow", "often", "fast"]),
        ("p.lprof --sort file", BY_FILE),
        ("--sort calls p.lprof", ["often", "fast", "slow"]),
        ("--sort self:desc p.lprof", UP[::-1]),
    ],
)
def test_sorting(
    argv: str, names: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert order(capsys, *argv.split()) == names


def test_a_file_called_as_a_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "p.lprof").rename("time")
    assert order(capsys, "-t", "time") == UP


def test_equals_stay_by_file() -> None:
    one, two = function("one", 5, 1, 1), function("two", 5, 1, 2)
    assert ordered([two, one], "time") == ordered([two, one], "time:asc") == [one, two]
    with pytest.raises(ValueError, match="'size'"):
        ordered([one], "size")


@pytest.mark.parametrize(
    ("argv", "fault"),
    [
        ("--sort=size p.lprof", "argument --sort-key: no key to sort by: 'size'; choose out of "),
        ("--rich=maybe p.lprof", "argument --rich: not a yes or no: 'maybe'"),
    ],
)
def test_wrong_usage(
    argv: str, fault: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(argv.split()) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"lineprof: {fault}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("--rich=0 -z f", "--no-rich -z f"),
        ("--no-skip-zero=False f", "--skip-zero f"),
        ("--summarize= f", "--no-summarize f"),
        ("-u 1 --columns=hits f", "-u 1 --columns=hits f"),
        ("-rtmz f", "-rtmz f"),
        ("--top 3 -t self f", "--top 3 -t --sort-key=self f"),
        ("-- --rich=0", "-- --rich=0"),
    ],
)
def test_words(given: str, made: str, folder: Path) -> None:
    assert prepare(given.split()) == made.split()


def test_a_switch_that_says_neither() -> None:
    with pytest.raises(UsageError, match="--skip-zero"):
        prepare(["--skip-zero=perhaps"])


def test_defaults_from_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pyproject.toml").write_text(
        "[tool.lineprof.cli]\nunit = 1e-3\nsort = 'hits'\nsummarize = true\nrich = false\n"
    )
    out = shown(capsys, "p.lprof")
    assert out.startswith("Timer unit: 0.001 s\n")
    assert out.endswith("seconds - a.py:5 - slow\n")
    assert order(capsys, "p.lprof") == ["often", "fast", "slow"]
    assert order(capsys, "--no-sort", "p.lprof") == BY_FILE
    out = shown(capsys, "--no-summarize", "-u", "1", "p.lprof")
    assert out.startswith("Timer unit: 1 s\n")
    assert "seconds - " not in out
    assert shown(capsys, "--no-config", "p.lprof").startswith("Timer unit: 1e-06 s\n")


@pytest.mark.parametrize("tool", ["lineprof", "line_profiler"])
def test_colours_do_not_go_into_a_pipe(
    tool: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.{tool}.cli]\nrich = true\n")
    for flags in ([], ["-r"]):
        out = shown(capsys, *flags, "p.lprof")
        assert out.startswith("Timer unit: 1e-06 s\n")
        assert "\x1b" not in out


def test_a_named_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.toml").write_text("[tool.line_profiler.cli]\nunit = 1\nsort = true\n")
    for flags in (["-c", "c.toml"], ["--config=c.toml"]):
        assert shown(capsys, *flags, "p.lprof").startswith("Timer unit: 1 s\n")
        assert order(capsys, *flags, "p.lprof") == UP
    assert main.main(["-c", "no.toml", "p.lprof"]) == 1
    assert capsys.readouterr().err == (
        "lineprof: cannot read configuration 'no.toml': No such file or directory\n"
    )


def test_mistakes_in_a_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "lineprof.toml"
    path.write_text("[tool.lineprof.cli]\nunits = 1\n")
    assert main.main(["p.lprof"]) == 0
    out, err = capsys.readouterr()
    assert err == f"lineprof: warning: {path}: unknown key tool.lineprof.cli.units\n"
    assert out.startswith("Timer unit: 1e-06 s\n")
    path.write_text("[tool.lineprof.cli]\nsort = 'size'\n")
    assert main.main(["p.lprof"]) == 0
    assert capsys.readouterr().err == f"lineprof: warning: {path}: no key to sort by: 'size'\n"


def test_what_is_shown_by_a_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def functions(*argv: str) -> list[str]:
        return re.findall("Function: (\\w+)", shown(capsys, *argv, "p.lprof"))

    everything = functions()
    (folder / "lineprof.toml").write_text("[tool.lineprof.cli]\ntop = 1\n")
    assert len(functions()) == 1
    assert functions("--top", "all") == functions("--no-config") == everything
    (folder / "lineprof.toml").write_text("[tool.lineprof.cli]\nfilter = 'slow'\n")
    assert functions() == ["slow"]
    assert functions("--filter", "fast") == ["fast"]
    (folder / "lineprof.toml").write_text("[tool.lineprof.cli]\nmin-percent = 100\n")
    assert functions() == []
    assert functions("--min-percent", "0") == everything


def test_wider_columns(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "lineprof.toml").write_text(
        "[tool.lineprof.show.column_widths]\nline = 8\nhits = 11\ntime = 3\n"
    )
    out = shown(capsys, "p.lprof")
    assert "  Line #        Hits         Time  Per Hit   % Time  Line Contents\n" in out


def test_columns_from_a_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "lineprof.toml"
    for value in ('["hits", "await"]', '"hits, await"'):
        path.write_text(f"[tool.lineprof.cli]\ncolumns = {value}\n")
        assert "Line #      Hits        Await  Line Contents\n" in shown(capsys, "p.lprof")
        assert "Line #      Self" not in shown(capsys, "--columns", "time", "p.lprof")
    path.write_text('[tool.lineprof.cli]\ncolumns = ["size"]\n')
    assert main.main(["p.lprof"]) == 0
    out, err = capsys.readouterr()
    assert err.startswith(f"lineprof: warning: {path}: no column 'size': choose from hits")
    assert "Per Hit" in out


def test_processes_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = FunctionKey("a.py", 1, "f")
    one, two = (Function(key, n, n, 0, (Line(2, n, n, n),)) for n in (1, 2))
    processes = (Process(1, label="one", functions=(one,)), Process(2, functions=(two,), time=2))
    path = str(tmp_path / "many.lprof")
    functions = (replace(one + two, source="def f():\n    pass\n"),)
    save(Profile((Run(),), functions, processes=processes, faults=("a worker is lost",)), path)
    assert main.main([path, "--plain"]) == 0
    text = capsys.readouterr().out
    assert "\n2 processes were measured; process 2 took longest.\n" in text
    assert "\nA worker is lost.\n" in text
    assert main.main([path, "--plain", "--by", "process"]) == 0
    text = capsys.readouterr().out
    assert "Function: f in one at line 1" in text
    assert "Function: f in process 2 at line 1" in text
    assert main.main([path, "--plain", "--process", "2"]) == 0
    assert "     2         2          0.0" in capsys.readouterr().out
    assert main.main([path, "--process", "3"]) == 1
    said = capsys.readouterr().err
    assert said == "lineprof: no process '3' in this profile; there are one, process 2\n"
