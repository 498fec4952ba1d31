"""The folder of a run: who may read it, and what is not taken for one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lineprof.processes.folder import FolderError, RunFolder, born, parsed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="numbers are kept in mapped files")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return RunFolder.make()


def test_only_its_owner_can_read_it(folder: RunFolder, tmp_path: Path) -> None:
    assert Path(folder.path).parent == tmp_path
    assert os.stat(folder.path).st_mode & 0o777 == 0o700
    assert RunFolder.open(folder.path).path == folder.path


def test_what_is_not_trusted(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(folder.path)
    (path / "link").symlink_to(path)
    for name in (path / "nothing", path / "link", __file__, "a\0b", ""):
        with pytest.raises(FolderError):
            RunFolder.open(name)
    path.chmod(0o755)
    with pytest.raises(FolderError, match="by others"):
        RunFolder.open(path)
    path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(FolderError, match="another user"):
        RunFolder.open(path)


def test_files_of_json(folder: RunFolder) -> None:
    content = {"a": [1, 2.5, None, True, "é\n\udc80"], "b": {"c": -(10**30)}}
    folder.write("run.json", content)
    assert folder.read("run.json") == content
    Path(folder.path, "run.json").write_text("[1]")
    with pytest.raises(ValueError, match="no JSON object"):
        folder.read("run.json")
    for text in ("", "{", "nonsense"):
        with pytest.raises(ValueError):
            parsed(text)


def test_faults_are_lines(folder: RunFolder) -> None:
    assert folder.faults() == []
    folder.add_fault("one\ntwo")
    assert folder.faults() == ["one two"]
    for _ in range(300):
        folder.add_fault("more")
    assert len(folder.faults()) == 200
    folder.remove()
    folder.add_fault("to nowhere")
    assert folder.faults() == []


def test_the_birth_of_a_process() -> None:
    assert born(os.getpid()) == born(os.getpid()) > 0 or not os.path.exists("/proc/self/stat")
    assert born(2**30) == 0
