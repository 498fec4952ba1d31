"""Arguments and configuration to requests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from kernprof.option_table import (
    OPTIONS,
    Choosing,
    Listing,
    Measuring,
    Messages,
    Running,
    Writing,
)
from kernprof.request import ProgramName, Request, request_of
from lineprof import load_config
from tests.kernprof.command import hits, kernprof


def request(argv: str) -> Request:
    return request_of(argv.split())


def expected(*program: Any, **parts: Any) -> Request:
    """A request for this program, all that is not named as if nothing was given for it."""
    names = {
        "measuring": Measuring,
        "choosing": Choosing,
        "writing": Writing,
        "listing": Listing,
        "messages": Messages,
        "running": Running,
    }
    return Request(ProgramName(*program), **{k: kind() for k, kind in names.items()} | parts)


def test_a_script_and_its_arguments() -> None:
    assert request("s.py -a --x") == expected("script", "s.py", ("-a", "--x"))


def test_the_programs_kinds() -> None:
    lines = Measuring(line_by_line=True)
    assert request("-lm mod -c x") == expected("module", "mod", ("-c", "x"), measuring=lines)
    assert request("-c 1+1 -m x") == expected("code", "1+1", ("-m", "x"))
    assert request("- a") == expected("stdin", "-", ("a",))
    assert request("s.py -c 1") == expected("script", "s.py", ("-c", "1"))


def test_dashes_right_after_the_script_are_not_the_programs() -> None:
    """As with line_profiler, where they keep `-m` and `-c` for the program."""
    assert request("-l s.py -- -c 1").program.args == ("-c", "1")
    assert request("- -- a").program.args == ("a",)
    assert request("s.py a -- b").program.args == ("a", "--", "b")
    assert request("-m mod -- b").program.args == ("--", "b")


def test_every_option_reaches_its_part() -> None:
    argv = "-l -b -o F -v -v -q -s S -u 1e-3 -z -i 2 --clock cpu -p a,b -p c --all s.py"
    assert request(argv) == expected(
        "script",
        "s.py",
        measuring=Measuring(line_by_line=True, builtin=True, clock="cpu"),
        choosing=Choosing(targets=("a", "b", "c"), own_code=True),
        writing=Writing(outfile="F", interval=2.0),
        listing=Listing(unit=1e-3, skip_zero=True),
        messages=Messages(verbose=2, quiet=1),
        running=Running(setup="S"),
    )
    assert request("-vvq s.py").messages.level == 1


def test_long_names() -> None:
    assert request(
        "--line-by-line --builtin --outfile=F --view --setup=S --unit=1 --skip-zero "
        "--output-interval s.py"
    ) == request("-lbvz -o F -s S -u 1 -i s.py")
    assert request("--quiet s.py") == request("-q s.py")


def test_nothing_given_for_a_file_is_as_if_not_given() -> None:
    assert request("--outfile= --setup= s.py") == request("s.py")


@pytest.mark.parametrize("words", ["-l", "-lv", "-v -l", "--line-by-line"])
def test_options_after_the_script_are_pointed_out(words: str) -> None:
    (warning,) = request(f"s.py {words} x").warnings
    assert warning == f"options go before the script: s.py was given {words}"


@pytest.mark.parametrize("argv", ["s.py -v", "s.py x -l", "-l s.py -l", "-b s.py -l", "-m s -l"])
def test_options_of_the_programs_own_are_not(argv: str) -> None:
    assert request(argv).warnings == ()


# Configuration


def test_the_configuration_knows_the_keys_of_the_table() -> None:
    keys = {row.key for row in OPTIONS if row.configured}
    assert keys == set(load_config(False).table("kernprof"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    script = "from pkg.mod import work\nimport helper\nwork(helper.help(1))\n"
    (tmp_path / "s.py").write_text(script)
    (tmp_path / "helper.py").write_text("def help(n):\n    return n\n")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "mod.py").write_text("def work(n):\n    return n\n")
    return tmp_path


def test_defaults_from_a_file(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        "[tool.lineprof.kernprof]\nline-by-line = true\nverbose = 1\nprof-mod = ['helper:help']\n"
        "outfile = 'conf.lprof'\nunit = 1e-3\nskip-zero = true\n"
    )
    out = kernprof("s.py", cwd=folder).stdout
    assert "Wrote profile results to 'conf.lprof'\n" in out
    assert "Timer unit: 0.001 s\n" in out
    assert "Function: help " in out
    out = kernprof("-o", "x", "-u", "1", "-p", "pkg.mod", "s.py", cwd=folder).stdout
    assert set(hits(folder / "x")) == {"work"}
    assert "Function: help" not in out
    kernprof("-qo", "x", "-p", "", "s.py", cwd=folder)
    assert set(hits(folder / "x")) == set()
    out = kernprof("--no-config", "s.py", cwd=folder).stdout
    assert "s.py.prof" in out
    out = kernprof("--no-line-by-line", "-q", "-o", "x.prof", "s.py", cwd=folder).stdout
    assert (folder / "x.prof").exists()


def test_what_is_shown_by_a_configuration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    path = folder / "lineprof.toml"
    path.write_text(
        "[tool.lineprof.kernprof]\ntop = 3\nfilter = 'a*'\nmin-percent = 2.5\nsort = 'hits'\n"
        "columns = ['hits', 'await']\npager = false\n"
    )
    listing = request("s.py").listing
    assert (listing.top, listing.filter, listing.min_percent) == (3, ("a*",), 2.5)
    assert (listing.sort, listing.columns, listing.pager) == ("hits", ("hits", "await"), False)
    given = request("--top all --filter=b --sort=self --pager s.py").listing
    assert (given.top, given.filter, given.sort) == (sys.maxsize, ("b",), "self")
    assert given.pager
    path.write_text("[tool.lineprof.kernprof]\ntop = 0\nsort = 'size'\ncolumns = ['size']\n")
    found = request("s.py")
    assert (found.listing.top, found.listing.sort, found.listing.columns) == (None, False, None)
    sort, columns = found.warnings
    assert sort.startswith(f"{path}: no key to sort by: 'size'")
    assert columns.startswith(f"{path}: no column 'size'")


def test_a_named_configuration(folder: Path) -> None:
    (folder / "c.toml").write_text("[tool.line_profiler.kernprof]\nline-by-line = true\n")
    assert "s.py.lprof" in kernprof("--config", "c.toml", "s.py", cwd=folder).stdout
    assert "s.py.lprof" in kernprof("s.py", cwd=folder, LINEPROF_RC="c.toml").stdout
    done = kernprof("--config=no.toml", "s.py", cwd=folder)
    assert done.stderr == ("cannot read configuration 'no.toml': No such file or directory\n")
    assert (done.returncode, done.stdout) == (1, "")


def test_mistakes_in_a_configuration(folder: Path) -> None:
    path = folder / "lineprof.toml"
    path.write_text("[tool.lineprof.kernprof]\nline_by_lines = true\n")
    done = kernprof("s.py", cwd=folder)
    assert done.stderr == (
        f"kernprof: warning: {path}: unknown key tool.lineprof.kernprof.line_by_lines\n"
    )
    assert done.returncode == 0
    path.write_text("[tool.lineprof.kernprof\n")
    done = kernprof("s.py", cwd=folder)
    assert done.stderr.startswith(f"kernprof: warning: {path}: not TOML: ")
    assert done.stderr.count("\n") == 1
    assert kernprof("-qq", "s.py", cwd=folder).stderr == ""
