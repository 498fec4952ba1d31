"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lineprof.files import whole_file
from lineprof.files.whole_file import write


def test_what_was_there_is_replaced(tmp_path: Path) -> None:
    write(b"before", tmp_path / "x")
    write(b"after", str(tmp_path / "x"))
    assert (tmp_path / "x").read_bytes() == b"after"
    assert os.listdir(tmp_path) == ["x"]


def test_text_is_utf_8_whatever_is_in_it(tmp_path: Path) -> None:
    write("µ \udcff\n", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == "µ \\udcff\n".encode()


@pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")
def test_the_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write(b"new", tmp_path / "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640


@pytest.mark.parametrize("failing", ["write", "replace"])
def test_a_failure_leaves_the_old_file_and_no_other(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device", "temporary name")

    if failing == "replace":
        monkeypatch.setattr(os, "replace", fail)
    else:

        class Full:
            def __init__(self, handle: int, mode: str) -> None:
                self.handle = handle

            def __enter__(self) -> Full:
                return self

            def __exit__(self, *args: object) -> None:
                os.close(self.handle)

            write = staticmethod(fail)

        monkeypatch.setattr(whole_file, "open", Full, raising=False)
    with pytest.raises(OSError, match="No space left") as caught:
        write(b"new", path)
    assert caught.value.errno == 28
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x"]


def test_writing_into_no_folder_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write(b"new", tmp_path / "no" / "x")
    assert caught.value.filename == str(tmp_path / "no" / "x")
    with pytest.raises(IsADirectoryError):
        write(b"new", tmp_path)


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs symbolic links")
def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "x"
    link.symlink_to(tmp_path / "there" / "real")
    write(b"new", link)
    write(b"new", link)
    assert link.is_symlink()
    assert os.listdir(tmp_path / "there") == ["real"]
    assert link.read_bytes() == b"new"


@pytest.mark.skipif(os.name != "posix", reason="/dev/null")
def test_a_device_is_written_to_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("replaced a device")

    monkeypatch.setattr(os, "replace", refuse)
    write(b"new", "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="needs /dev/fd")
def test_a_pipe_without_a_name_is_written_to() -> None:
    """As the shell passes one: `-o >(gzip >x.gz)`, or -o /dev/stdout."""
    reading, writing = os.pipe()
    try:
        write(b"results", f"/dev/fd/{writing}")
        os.close(writing)
        assert os.read(reading, 100) == b"results"
    finally:
        os.close(reading)
