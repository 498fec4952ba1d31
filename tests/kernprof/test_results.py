"""Where results go, and where else."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kernprof.results import Output


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def writing(text: str) -> Callable[[str], None]:
    return lambda path: void(Path(path).write_text(text))


def void(_: object) -> None:
    pass


def test_messages_name_the_shortest_way(folder: Path) -> None:
    assert Output("s.lprof").path == str(folder / "here" / "s.lprof")
    assert Output("s.lprof").shown == "s.lprof"
    assert Output(str(folder / "here" / "s.lprof")).shown == "s.lprof"
    assert Output("/x").shown == "/x"


def test_the_place_is_as_it_was_at_the_start(folder: Path) -> None:
    output = Output("s.lprof")
    os.chdir("/")
    assert output.write(writing("new")) == ("s.lprof", None)
    assert [path.name for path in (folder / "here").iterdir()] == ["s.lprof"]


def test_elsewhere(folder: Path) -> None:
    paths: list[str] = []

    def dump(path: str) -> None:
        paths.append(path)
        if len(paths) == 1:
            raise PermissionError(13, "Permission denied", path)

    shown, note = Output("s.lprof").write(dump)
    assert shown == paths[1]
    assert Path(shown).name == "s.lprof"
    assert Path(shown).is_relative_to(folder)
    assert note == (
        f"kernprof: cannot write 's.lprof': Permission denied; results are in {shown!r}"
    )


def test_nowhere() -> None:
    def dump(path: str) -> None:
        Path(path).touch()
        raise ValueError("two\nlines")

    assert Output("s.lprof").write(dump) == (
        None,
        "kernprof: cannot write 's.lprof': two lines; nor to the temporary folder: two lines",
    )
    assert os.listdir() == []


def test_the_file_of_the_run_before_is_kept() -> None:
    for text in ("first", "second", "third"):
        output = Output("s.lprof")
        output.update(writing("half of it"))
        assert output.write(writing(text)).shown == "s.lprof"
    assert Path("s.lprof").read_text() == "third"
    assert Path("s.lprof.old").read_text() == "second"
    assert sorted(os.listdir()) == ["s.lprof", "s.lprof.old"]


def test_nothing_is_taken_from_another_process() -> None:
    """Neither its file nor, if there was one before both began, that."""
    Path("s.lprof").write_text("before")
    first, second, third = Output("s.lprof"), Output("s.lprof"), Output("s.lprof")
    assert first.write(writing("first")).note is None
    assert second.is_taken() and not first.is_taken()
    shown, note = second.write(writing("second"))
    assert shown == f"s.{os.getpid()}.lprof"
    assert note == (
        "kernprof: 's.lprof' was written by another process meanwhile; "
        f"results of this one are in {shown!r}"
    )
    other = third.write(writing("third")).shown
    first.update(writing("first again"))
    texts = {name: Path(name).read_text() for name in os.listdir()}
    assert texts == {
        "s.lprof": "first again",
        "s.lprof.old": "before",
        shown: "second",
        other: "third",
    }


def test_a_file_that_appears_at_the_last_moment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    output = Output("s.lprof")

    def dump(path: str) -> None:
        Path(path).write_text("ours")
        monkeypatch.setattr(output, "is_taken", lambda: False)
        Path("s.lprof").write_text("theirs")

    assert output.write(dump).shown == f"s.{os.getpid()}.lprof"
    assert Path("s.lprof").read_text() == "theirs"


def test_on_a_disk_without_hard_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert Output("s.lprof").write(writing("x")) == ("s.lprof", None)
    assert os.listdir() == ["s.lprof"]


def test_links_stay_and_devices_are_not_replaced(folder: Path) -> None:
    (folder / "there").write_text("before")
    Path("link").symlink_to(folder / "there")
    Output("link").write(writing("x"))
    assert Path("link").is_symlink()
    assert (folder / "there").read_text() == "x"
    assert (folder / "there.old").read_text() == "before"
    Output(os.devnull).write(writing("x"))
    assert not os.path.isfile(os.devnull)


def test_a_file_that_the_program_removes_is_written_again() -> None:
    output = Output("s.lprof")
    output.update(writing("1"))
    os.remove("s.lprof")
    assert output.write(writing("2")) == ("s.lprof", None)
    assert Path("s.lprof").read_text() == "2"
