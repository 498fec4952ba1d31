"""Where results go, and where else."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from kernprof import output


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_messages_name_the_shortest_way(folder: Path) -> None:
    assert output.place("s.lprof") == (str(folder / "here" / "s.lprof"), "s.lprof")
    assert output.place(str(folder / "here" / "s.lprof")).shown == "s.lprof"
    assert output.place("/x").shown == "/x"


def test_the_place_is_as_it_was_at_the_start(folder: Path) -> None:
    place = output.place("s.lprof")
    os.chdir("/")

    def dump(path: str) -> None:
        Path(path).touch()

    assert output.write(place, dump) == ("s.lprof", None)
    assert (folder / "here" / "s.lprof").exists()


def test_elsewhere(folder: Path) -> None:
    paths: list[str] = []

    def dump(path: str) -> None:
        paths.append(path)
        if len(paths) == 1:
            raise PermissionError(13, "Permission denied", path)

    shown, fault = output.write(output.place("s.lprof"), dump)
    assert shown == paths[1]
    assert Path(shown).name == "s.lprof"
    assert Path(shown).is_relative_to(folder)
    assert fault == (
        f"kernprof: cannot write 's.lprof': Permission denied; results are in {shown!r}"
    )


def test_nowhere() -> None:
    def dump(path: str) -> None:
        raise ValueError("two\nlines")

    assert output.write(output.place("s.lprof"), dump) == (
        None,
        "kernprof: cannot write 's.lprof': two lines; nor to the temporary folder: two lines",
    )


def test_a_file_is_replaced_in_one_step(folder: Path) -> None:
    path = folder / "x"
    path.write_text("before")
    output.save_bytes(b"after", str(path))
    assert path.read_bytes() == b"after"
    (folder / "link").symlink_to(path)
    output.save_bytes(b"through the link", str(folder / "link"))
    assert path.read_bytes() == b"through the link"
    assert (folder / "link").is_symlink()


def test_a_failure_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "x"
    path.write_text("before")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        output.save_bytes(b"after", str(path))
    assert path.read_text() == "before"
    assert sorted(p.name for p in folder.iterdir()) == ["here", "x"]


def test_what_is_no_file_is_not_replaced(folder: Path) -> None:
    output.save_bytes(b"gone", os.devnull)
    assert not os.path.isfile(os.devnull)
    with pytest.raises(IsADirectoryError):
        output.save_bytes(b"x", str(folder / "here"))


def test_the_command_for_python(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = folder / "my tools"
    binary.mkdir()
    interpreter = binary / "python3.99"
    interpreter.touch(0o755)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    monkeypatch.setenv("PATH", str(binary))
    assert output.python_command() == f"'{interpreter}'"
    (binary / "python3").symlink_to(interpreter)
    assert output.python_command() == "python3"
    (binary / "python").symlink_to(interpreter)
    assert output.python_command() == "python"
    # The same interpreter in another folder is another environment.
    other = folder / "other"
    other.mkdir()
    (other / "python").symlink_to(interpreter)
    monkeypatch.setenv("PATH", f"{other}{os.pathsep}{binary}")
    assert output.python_command() == "python3"
