"""Where results go, and where else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from kernprof import results


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_messages_name_the_shortest_way(folder: Path) -> None:
    assert results.place("s.lprof") == (str(folder / "here" / "s.lprof"), "s.lprof")
    assert results.place(str(folder / "here" / "s.lprof")).shown == "s.lprof"
    assert results.place("/x").shown == "/x"


def test_the_place_is_as_it_was_at_the_start(folder: Path) -> None:
    place = results.place("s.lprof")
    os.chdir("/")

    def dump(path: str) -> None:
        Path(path).touch()

    assert results.write(place, dump) == ("s.lprof", None)
    assert (folder / "here" / "s.lprof").exists()


def test_elsewhere(folder: Path) -> None:
    paths: list[str] = []

    def dump(path: str) -> None:
        paths.append(path)
        if len(paths) == 1:
            raise PermissionError(13, "Permission denied", path)

    shown, fault = results.write(results.place("s.lprof"), dump)
    assert shown == paths[1]
    assert Path(shown).name == "s.lprof"
    assert Path(shown).is_relative_to(folder)
    assert fault == (
        f"kernprof: cannot write 's.lprof': Permission denied; results are in {shown!r}"
    )


def test_nowhere() -> None:
    def dump(path: str) -> None:
        raise ValueError("two\nlines")

    assert results.write(results.place("s.lprof"), dump) == (
        None,
        "kernprof: cannot write 's.lprof': two lines; nor to the temporary folder: two lines",
    )
