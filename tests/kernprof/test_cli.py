"""Arguments to requests, and what wrong ones get."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lineprof
from kernprof.cli import OPTIONS, Request, main, request_of
from tests.kernprof.command import environment, kernprof


def request(argv: str) -> Request:
    found = request_of(argv.split())
    assert isinstance(found, Request)
    return found


def test_a_script_and_its_arguments() -> None:
    assert request("s.py -l --x") == Request("script", "s.py", ("-l", "--x"))


def test_the_programs_kinds() -> None:
    assert request("-lm mod -c x") == Request("module", "mod", ("-c", "x"), line_by_line=True)
    assert request("-c 1+1 -m x") == Request("code", "1+1", ("-m", "x"))
    assert request("- a") == Request("stdin", "-", ("a",))
    assert request("s.py -c 1") == Request("script", "s.py", ("-c", "1"))


def test_dashes_right_after_the_script_are_not_the_programs() -> None:
    """As with line_profiler, where they keep `-m` and `-c` for the program."""
    assert request("-l s.py -- -c 1").args == ("-c", "1")
    assert request("- -- a").args == ("a",)
    assert request("s.py a -- b").args == ("a", "--", "b")
    assert request("-m mod -- b").args == ("--", "b")


def test_every_option_reaches_the_request() -> None:
    assert request("-l -b -o F -v -v -q -s S -u 1e-3 -z -i 2 --clock cpu s.py") == Request(
        "script",
        "s.py",
        line_by_line=True,
        builtin=True,
        outfile="F",
        verbosity=1,
        setup="S",
        unit=1e-3,
        skip_zero=True,
        interval=2.0,
        clock="cpu",
    )


def test_long_names() -> None:
    assert request(
        "--line-by-line --builtin --outfile=F --view --setup=S --unit=1 --skip-zero "
        "--output-interval s.py"
    ) == request("-lbvz -o F -s S -u 1 -i s.py")
    assert request("--quiet s.py") == request("-q s.py")


def test_nothing_given_for_a_file_is_as_if_not_given() -> None:
    assert request("--outfile= --setup= s.py") == request("s.py")


@pytest.mark.parametrize(
    ("argv", "fault"),
    [
        ("", "no program given: "),
        ("-l", "no program given: "),
        ("--nosuch s.py", "unknown option --nosuch"),
        ("-m", "option -m expects an argument: MODULE"),
        ("-lc", "option -c expects an argument: CODE"),
        ("-u x s.py", "option -u/--unit: not a number: 'x'"),
        ("-u 0 s.py", "option -u/--unit: not above 0: '0'"),
        ("-u -1 s.py", "option -u/--unit: not above 0: '-1'"),
        ("-u nan s.py", "option -u/--unit: not a finite number: 'nan'"),
        ("-u inf s.py", "option -u/--unit: not a finite number: 'inf'"),
        ("--output-interval=-1 s.py", "option -i/--output-interval: below 0: '-1'"),
        ("--clock moon s.py", "option --clock: not wall or cpu: 'moon'"),
    ],
)
def test_wrong_usage(argv: str, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"kernprof: error: {fault}")
    assert err.count("\n") == 1


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-V"]) == main(["--version"]) == 0
    assert capsys.readouterr().out == f"{lineprof.__version__}\n" * 2
    assert main(["-h"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: kernprof [options] {script | -m module | -c code | -} [args")
    for option in OPTIONS:
        assert all(flag in text for flag in option.flags)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_a_reader_that_leaves_early_is_no_error(flag: str, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "kernprof", flag],
            cwd=tmp_path,
            env=environment(),
            stdout=stream,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")


def test_help_for_a_module_goes_to_the_module(tmp_path: Path) -> None:
    (tmp_path / "mod.py").write_text("import sys; print(sys.argv[1:])")
    assert kernprof("-qlm", "mod", "-h", "-V", cwd=tmp_path).stdout == "['-h', '-V']\n"


@pytest.mark.parametrize(
    ("argv", "fault"),
    [
        (["nosuch.py"], "Could not find script 'nosuch.py'\n"),
        (["-l", "nosuch.py"], "Could not find script 'nosuch.py'\n"),
        (["-l", "-m", "nosuch"], "Could not find module `nosuch`\n"),
        (["-m", "nosuch.deep.er"], "Could not find module `nosuch.deep.er`\n"),
        (["-l", "-s", "nosuch.py", "s.py"], "Could not find script 'nosuch.py'\n"),
        (["-l", "folder"], "Could not run 'folder': it has no __main__.py\n"),
        (["-m", "logging"], "Could not run module `logging`: No module named logging.__main__; "),
        (["-l", "broken.pyc"], "Could not read script 'broken.pyc': "),
    ],
)
def test_what_cannot_be_run(argv: list[str], fault: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "s.py").touch()
    (tmp_path / "broken.pyc").write_bytes(b"no byte code")
    done = kernprof(*argv, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(fault)
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*prof"))


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    (tmp_path / "s.py").touch()
    script = f"import os; os.rmdir({str(gone)!r}); from kernprof.cli import main; main(['../s.py'])"
    done = kernprof("-q", "-c", script, cwd=gone)
    assert "the current folder does not exist any more\n" in done.stderr
    assert "Traceback" not in done.stderr
