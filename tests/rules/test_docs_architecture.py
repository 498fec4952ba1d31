"""docs/architecture.md and CONTRIBUTING.md name files that are there, and all folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import ROOT

PAGES = ("docs/architecture.md", "CONTRIBUTING.md", "SECURITY.md")
TOPS = ("csrc", "lineprof", "kernprof", "tests", "docs", "benchmarks", ".ci")

pytestmark = pytest.mark.skipif(
    not (ROOT / PAGES[0]).is_file(), reason="the documents are not here"
)


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_paths_that_are_named_are_there(page: str) -> None:
    named = re.findall(
        rf"(?<![\w/-])((?:{'|'.join(map(re.escape, TOPS))})/[\w./-]*\w/?)", text(page)
    )
    assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", text(page)):
        assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("package", ["csrc", "lineprof", "kernprof"])
def test_every_room_is_described(package: str) -> None:
    (section,) = re.findall(rf"^### {package}$(.*?)(?=^##|\Z)", text(PAGES[0]), re.M | re.S)
    rooms = {path.relative_to(ROOT / package).parent for path in sources(ROOT / package)}
    named = {Path(name) for name in re.findall(r"`([\w/]+)/`", section)}
    deepest = {room for room in rooms if room != Path()}
    assert {room for room in deepest if not {room, *room.parents} & named} == set()


def sources(top: Path) -> list[Path]:
    return [path for path in top.rglob("*") if path.suffix in {".c", ".py"}]
