"""Damaged files, and sound ones of odd shapes: a profile or one line, whatever is read of them.

`python -m tests.faults storage` goes on where this ends.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lineprof.commands import show
from lineprof.files import lprof

from ...faults.profiles import damaged, shapes, sound
from ...faults.readers import FaultError, read_every_way

FILES = 1000
REPORTS_OF_EVERY = 10
"""Of so many files one is shown, exported and compared, too."""

SIZE = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lprof.save(sound()[0], tmp_path / "sound.lprof")
    return tmp_path


@pytest.mark.parametrize("part", range(REPORTS_OF_EVERY))
def test_damaged_files(part: int, folder: Path) -> None:
    accepted = 0
    for seed in range(part, FILES, REPORTS_OF_EVERY):
        try:
            accepted += read_every_way(damaged(seed), folder, commands=part == 0)
        except FaultError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    assert 0 < accepted < FILES // REPORTS_OF_EVERY  # or they are not damaged, or all too much


@pytest.mark.parametrize("name", shapes(2))
def test_odd_shapes(name: str, folder: Path) -> None:
    assert read_every_way(lprof.dumps(shapes(SIZE)[name]), folder)


def test_sound_files(folder: Path) -> None:
    for profile in sound():
        assert read_every_way(lprof.dumps(profile), folder)


def test_what_must_not_come_out_is_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "write", lambda *_, **__: 1 / 0)
    with pytest.raises(FaultError, match="ZeroDivisionError"):
        read_every_way(lprof.dumps(sound()[0]), folder)
