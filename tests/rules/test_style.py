"""Rules for the text of all files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

PRODUCT = ("csrc", "lineprof", "kernprof")
MOST_LINES = 700
"""A longer file is probably two."""

_WRITTEN = {".c", ".css", ".h", ".html", ".js", ".md", ".py", ".pyi", ".toml", ".txt", ".yml"}
_FOLDERS = (*PRODUCT, ".ci", ".github", "benchmarks", "docs", "examples", "tests")

# The home folder of whoever wrote it; `/home/you` and the like are examples.
_OWN_FOLDERS = re.compile(rf"(?<![\w.])(?:/root|/work|/Users|{re.escape(str(Path.home()))})/")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts(*folders: str) -> Iterator[Path]:
    """The files that people write, without build results."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            scripts = path.is_file() and path.parent.name == ".ci"
            if path.suffix in _WRITTEN or scripts:
                yield path


@pytest.mark.parametrize("path", list(texts(*PRODUCT)), ids=named)
def test_product_files_are_of_readable_size(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


def test_no_file_names_a_folder_of_one_machine() -> None:
    here = Path(__file__)
    paths = [*texts(*_FOLDERS), *(p for p in ROOT.iterdir() if p.suffix in _WRITTEN)]
    found = [named(p) for p in paths if p != here and _OWN_FOLDERS.search(p.read_text("utf-8"))]
    assert found == []
