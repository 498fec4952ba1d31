"""The command: help, version, and what wrong arguments get."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lineprof
from kernprof.cli import main
from kernprof.option_table import OPTIONS
from tests.kernprof.command import environment, kernprof


@pytest.mark.parametrize(
    ("argv", "fault"),
    [
        ("", "no program given: "),
        ("-l", "no program given: "),
        ("--nosuch s.py", "unknown option --nosuch"),
        ("-m", "argument -m: expected one argument"),
        ("-lc", "argument -c: expected one argument"),
        ("-u x s.py", "argument -u/--unit: not a number: 'x'"),
        ("-u 0 s.py", "argument -u/--unit: not above 0: '0'"),
        ("-u -1 s.py", "argument -u/--unit: not above 0: '-1'"),
        ("-u nan s.py", "argument -u/--unit: not a finite number: 'nan'"),
        ("-u inf s.py", "argument -u/--unit: not a finite number: 'inf'"),
        ("--output-interval=-1 s.py", "argument -i/--output-interval: below 0: '-1'"),
        ("--clock moon s.py", "argument --clock: invalid choice: 'moon'"),
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
        (["-l", "n.ipynb"], "'n.ipynb' is a notebook, not Python; jupyter nbconvert --to script n"),
        (["-lv", "-m", "s.py"], "Could not find module `s.py`: a file is run without -m\n"),
        (["-l", "broken.pyc"], "Could not read script 'broken.pyc': "),
    ],
)
def test_what_cannot_be_run(argv: list[str], fault: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "s.py").write_text("print('ran')")
    (tmp_path / "n.ipynb").write_text('{"cells": []}')
    (tmp_path / "broken.pyc").write_bytes(b"no byte code")
    done = kernprof(*argv, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(fault)
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*prof"))


def test_a_folder_is_no_file_for_results(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text("print('ran')")
    done = kernprof("-l", "-o", ".", "s.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "kernprof: error: option -o/--outfile: '.' is a folder\n"


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    (tmp_path / "s.py").touch()
    script = f"import os; os.rmdir({str(gone)!r}); from kernprof.cli import main; main(['../s.py'])"
    done = kernprof("-q", "-c", script, cwd=gone)
    assert "the current folder does not exist any more\n" in done.stderr
    assert "Traceback" not in done.stderr
