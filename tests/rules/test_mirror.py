"""tests/ mirrors the tree: the test of a file is at its place, or tests/README.md says where."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

from tests.support import ROOT

PRODUCT = ("csrc", "lineprof", "kernprof")
TESTS = ROOT / "tests"


def table() -> list[tuple[str, list[str]]]:
    """Files whose test is elsewhere, and where."""
    text = (TESTS / "README.md").read_text("utf-8")
    rows = re.findall(rf"^\| ((?:{'|'.join(PRODUCT)})/\S+) \| (.*) \|$", text, re.MULTILINE)
    return [(file, where.split(", ")) for file, where in rows]


def files_with_logic() -> list[Path]:
    found = (
        p for top in PRODUCT for p in (ROOT / top).rglob("*") if p.suffix in {".c", ".js", ".py"}
    )
    return sorted(
        p.relative_to(ROOT) for p in found if p.name not in {"__init__.py", "__main__.py"}
    )


def has_its_own(file: Path) -> bool:
    folder = TESTS / file.parent
    return any([*folder.glob(f"test_{file.stem}.py"), *folder.glob(f"test_{file.stem}_*.py")])


def test_every_file_has_its_test_at_its_place_or_in_the_table() -> None:
    elsewhere = [file for file, _ in table()]
    missing = [
        str(file)
        for file in files_with_logic()
        if not has_its_own(file) and not any(fnmatch(str(file), name) for name in elsewhere)
    ]
    assert missing == []


def test_the_table_names_what_is_there_and_needed() -> None:
    others = [str(file) for file in files_with_logic() if not has_its_own(file)]
    for name, where in table():
        assert any(fnmatch(file, name) for file in others), name
        assert [place for place in where if not (TESTS / place).is_file()] == [], name
