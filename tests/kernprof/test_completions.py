"""Completion files: as the options are, and of use in real shells."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

from tests.support import ROOT, completions

FOLDER = ROOT / "kernprof" / "completions"


def test_the_files_are_up_to_date() -> None:
    for name, text in completions.files().items():
        assert (FOLDER / name).read_text("utf-8") == text, f"make {name} anew"


def test_the_command_writes_them(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(completions, "HERE", tmp_path)
    assert completions.main(["--check"]) == 1
    assert capsys.readouterr().out.count("is out of date") == 4
    assert completions.main([]) == 0
    assert {path.name for path in tmp_path.iterdir()} == set(completions.files())
    assert completions.main(["--check"]) == 0


def test_they_are_installed_where_shells_look_for_them() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    installed = {
        (folder, path.name)
        for folder, patterns in data["data-files"].items()
        for pattern in patterns
        for path in ROOT.glob(pattern)
    }
    bash_folder, zsh_folder = "share/bash-completion/completions", "share/zsh/site-functions"
    assert installed == {
        (bash_folder if name.endswith(".bash") else zsh_folder, name)
        for name in completions.files()
    }


# bash


def bash(line: str, folder: Path) -> set[str]:
    """What bash offers for the last word of a line."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    words = line.split(" ")
    script = (
        f"source {FOLDER / (words[0] + '.bash')}\n"
        f"COMP_WORDS=({' '.join(repr(word) for word in words)})\n"
        f"COMP_CWORD={len(words) - 1}\n"
        f"_{words[0]}\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "--norc", "-u", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("s.py", "p.lprof", "other.txt"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("kernprof --skip", {"--skip-zero"}),
        ("kernprof -l --no-sk", {"--no-skip-zero"}),
        ("kernprof --clock ", {"wall", "cpu"}),
        ("kernprof --clock = c", {"cpu"}),
        ("kernprof --clock =", {"wall", "cpu"}),
        ("kernprof -o p", {"p.lprof"}),
        ("kernprof -u ", set()),
        ("kernprof -lo p", {"p.lprof"}),
        ("kernprof -lo p --skip", {"--skip-zero"}),
        ("kernprof -lvm p --skip", set()),
        ("kernprof s.py --skip", set()),
        ("kernprof -m mod --skip", set()),
        ("kernprof -o s.py --skip", {"--skip-zero"}),
        ("kernprof -- --skip", set()),
        ("kernprof --prof-", {"--prof-mod", "--prof-imports"}),
        ("lineprof --summ", {"--summarize"}),
        ("lineprof p", {"p.lprof"}),
        ("lineprof exp", {"export"}),
        ("lineprof export --for", {"--format"}),
        ("lineprof show --summ", {"--summarize"}),
        ("lineprof p.lprof --top ", set()),
    ],
)
def test_bash(line: str, offered: set[str], folder: Path) -> None:
    assert bash(line, folder) == offered


def test_every_option_is_offered(folder: Path) -> None:
    names = {name for flag in completions.kernprof_flags() for name in flag.names}
    assert {"-l", "--all", "-m"} <= names <= bash("kernprof -", folder)


# zsh


def zsh(line: str, expected: str, folder: Path) -> str:
    """What an interactive zsh makes of a line when Tab is pressed; read until it is as expected."""
    pty = pytest.importorskip("pty")
    shell = shutil.which("zsh")
    if shell is None:
        pytest.skip("zsh is not installed")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(shell, ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb", "HOME": str(folder)})
    setup = (
        f"PS1='READY> '; fpath=({FOLDER} $fpath); autoload -Uz compinit; compinit -u -D; "
        "bindkey '^I' complete-word; unsetopt list_ambiguous; echo SET''UP\n"
    )
    try:
        _write_and_read(terminal, setup, "SETUP")
        return _write_and_read(terminal, line + "\t", expected)
    finally:
        os.close(terminal)
        os.kill(child, 9)
        os.waitpid(child, 0)


def _write_and_read(terminal: int, text: str, expected: str) -> str:
    os.write(terminal, text.encode())
    found = ""
    give_up = time.monotonic() + 30
    while expected not in found and time.monotonic() < give_up:
        if select.select([terminal], [], [], 0.1)[0]:
            read = os.read(terminal, 4096).decode("utf-8", "replace")
            # Completed in place, the word is interrupted by a bell.
            found += read.replace("\a", "")
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kernprof --skip", "--skip-zero"),
        ("kernprof -l --clock=c", "--clock=cpu"),
        ("kernprof -lo p", "p.lprof"),
        ("kernprof s", "s.py"),
        ("lineprof --summ", "--summarize"),
        ("lineprof exp", "export"),
        ("lineprof export --form", "--format"),
        ("lineprof p", "p.lprof"),
    ],
)
def test_zsh(line: str, expected: str, folder: Path) -> None:
    found = zsh(line, expected, folder)
    assert expected in found
    assert "command not found" not in found
