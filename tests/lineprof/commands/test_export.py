"""python -m lineprof export: where it writes, what it refuses, and which times."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lineprof.commands import main
from lineprof.commands.export import FORMATS
from lineprof.files.lprof import save
from lineprof.model.profile import Edge, Function, FunctionKey, Line, Profile, Run

PROFILE = Profile(
    (Run(clock="wall/tsc"),),
    (
        Function(FunctionKey("a.py", 1, "f"), 1, 900, 100, (Line(2, 3, 900, 900, 0, 100, 100),)),
        Function(FunctionKey("b.py", 1, "g"), 1, 50, 0, (Line(2, 1, 50, 50),)),
    ),
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "x.lprof"
    save(PROFILE, path)
    return str(path)


def refused(capsys: pytest.CaptureFixture[str], status: int, *words: str) -> str:
    assert main.main(["export", *words]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lineprof: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("name", FORMATS)
def test_to_a_file_and_to_standard_output(name: str, file: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("old")
    assert main.main(["export", "--format", name, file, "-o", str(out)]) == 0
    done = subprocess.run(
        [sys.executable, "-m", "lineprof", "export", file, "--format", name, "-o", "-"],
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    assert done.stdout == out.read_bytes() != b""
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_that_was_cut_short(
    name: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "x.lprof"
    save(replace(PROFILE, runs=(replace(PROFILE.runs[0], cut_short="SIGTERM"),)), file)
    assert main.main(["export", "--format", name, str(file)]) == 0
    out, err = capsysbinary.readouterr()
    if name in ("pstats", "collapsed", "csv"):
        assert err == b"lineprof: The run was cut short by SIGTERM.\n"
        return
    assert err == b""
    text = gzip.decompress(out) if name == "pprof" else out
    assert b'"cut_short": "SIGTERM"' in text or b"The run was cut short by SIGTERM." in text


class Sips(io.RawIOBase):
    """Unbuffered standard output, as of `python -u`, that takes a little at a time."""

    def __init__(self) -> None:
        self.got = b""
        self.asked = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int | None:
        self.asked += 1
        if self.asked % 3 == 0:
            return None
        self.got += bytes(data[:50])
        return min(50, len(data))


def test_unbuffered_output_is_written_whole(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file on a disk that is nearly full takes a part, and only the next write fails."""
    sips = Sips()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(sips, write_through=True))  # type: ignore[type-var]
    assert main.main(["export", "-f", "json", file]) == 0
    assert json.loads(sips.got)["total"] == 850


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("words", [["diff", "--plain"], ["show", "--plain"], ["show"]])
def test_so_are_listings(
    words: list[str], encoding: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    command = [*words, file, *([file] if words[0] == "diff" else [])]
    told: list[bytes] = []
    for stream in (io.BytesIO(), Sips()):
        text = io.TextIOWrapper(stream, encoding, write_through=True)  # type: ignore[type-var]
        monkeypatch.setattr(sys, "stdout", text)
        assert main.main(command) == 0
        text.flush()
        told.append(stream.getvalue() if isinstance(stream, io.BytesIO) else stream.got)
    assert told[0] == told[1] != b""


class Silent:
    """A program's own standard output, whose binary side does not say how much it took."""

    def __init__(self) -> None:
        self.buffer = self
        self.got = b""

    def write(self, data: bytes) -> None:
        assert not self.got, "written again"
        self.got = data

    def flush(self) -> None:
        pass


def test_standard_output_of_a_programs_own(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Silent()
    monkeypatch.setattr(sys, "stdout", silent)
    assert main.main(["export", "-f", "pprof", file, "-o", "-"]) == 0
    assert silent.got[:2] == b"\x1f\x8b"


def total_of(path: Path) -> int:
    total: int = json.loads(path.read_text())["total"]
    return total


def test_times_are_corrected_unless_raw(file: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main.main(["export", "-f", "json", file, "-o", str(out)]) == 0
    assert total_of(out) == 850
    assert main.main(["export", "-f", "json", "--raw", file, "-o", str(out)]) == 0
    assert total_of(out) == 950


def test_several_files_are_added_and_filtered(file: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["export", "-f", "json", file, file, "--filter", "b.py", "-o", str(out)]
    assert main.main(words) == 0
    assert total_of(out) == 100


def test_those_that_took_longest(file: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main.main(["export", "--format", "csv", "--top", "1", file]) == 0
    rows = capfd.readouterr().out.splitlines()[1:]
    assert [row.split(",")[1] for row in rows] == ["f"]
    assert main.main(["export", "--format", "csv", "--top", "0", file]) == 2
    assert "not a positive whole number" in capfd.readouterr().err


def test_wrong_usage(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "which FILE" in refused(capsys, 2, "--format", "json")
    assert "which --format? one of: pprof, " in refused(capsys, 2, file)
    assert "'xml'" in refused(capsys, 2, "--format", "xml", file)
    assert "see lineprof export --help" in refused(capsys, 2, "--nonsense", file)
    assert "no such file" in refused(capsys, 1, "--format", "json", "gone.lprof")


def test_binary_formats_are_kept_off_terminals(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert "name a file with -o" in refused(capsys, 2, "--format", "pprof", file)


@pytest.mark.parametrize("name", FORMATS)
def test_a_profile_is_the_same_file_each_time(name: str, tmp_path: Path) -> None:
    # Functions that all call each other, at guessed shares.
    keys = [FunctionKey(f"{letter}.py", 1, letter) for letter in "abcdef"]
    functions = tuple(
        Function(
            key,
            9,
            900_000 + 7 * n,
            0,
            (Line(2, 5, 800_000, 1000 * n),),
            tuple(Edge(2, other, 3 + n, 100_000 * n + 1) for other in keys if other != key),
        )
        for n, key in enumerate(keys)
    )
    path = tmp_path / "circle.lprof"
    save(Profile((Run(argv=("a.py",)),), functions), path)
    command = [sys.executable, "-m", "lineprof", "export", "--format", name, str(path)]
    written = {
        subprocess.run(
            command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in "123"
    }
    assert len(written) == 1


@pytest.mark.parametrize("name", [name for name, entry in FORMATS.items() if not entry.binary])
def test_text_on_a_terminal_does_not_steer_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = "\x1b]0;owned\x07\x9b31m\u202e\r"
    function = Function(FunctionKey(f"/{evil}.py", 1, evil), 1, 9, 0, (Line(1, 1, 9, 9),), (), evil)
    path = tmp_path / "evil.lprof"
    save(Profile((Run(argv=(evil,)),), (function,)), path)
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="utf-8", newline="\n"))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert main.main(["export", "--format", name, str(path)]) == 0
    sys.stdout.flush()
    shown = raw.getvalue().decode()
    assert "owned" in shown
    assert not set(shown) & set("\x1b\x07\x9b\u202e\r")


def test_an_output_that_cannot_be_written(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "no" / "folder"
    message = refused(capsys, 1, "--format", "json", file, "-o", str(out))
    assert message == f"lineprof: cannot write {out}: No such file or directory\n"


def test_help_lists_the_formats(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["export", "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: python -m lineprof export --format F [options] FILE... [-o OUT]")
    for name, entry in FORMATS.items():
        assert f"  {name} " in text
        assert entry.about in text


def test_a_profile_is_not_replaced(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "would be replaced" in refused(capsys, 2, "--format", "csv", file, "-o", file)
