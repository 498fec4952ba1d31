"""The pages on kernprof, configuration and explicit mode name everything there is, and no more."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from kernprof.option_table import OPTIONS
from lineprof import GlobalProfiler, load_config
from lineprof.config import DEFAULTS, VARIABLES
from tests.support import ROOT

DOCS = ROOT / "docs"


def rows(page: str) -> list[str]:
    """The first cells of all tables of a page."""
    text = (DOCS / page).read_text("utf-8").replace(r"\|", "\0")
    cells = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    return [cell.replace("\0", "|") for cell in cells]


def test_every_option_of_kernprof_is_described_as_it_is() -> None:
    described = [cell for cell in rows("kernprof.md") if cell.startswith("`-")]
    expected = []
    for option in OPTIONS:
        flags = ", ".join(f"`{flag}`" for flag in option.flags)
        if option.metavar:
            metavar = f"[{option.metavar}]" if option.kind == "optional" else option.metavar
            flags = f"{flags[:-1]} {metavar}`"
        expected.append(flags)
    assert sorted(described) == sorted(expected)


def test_the_configuration_shown_is_the_default_one(tmp_path: Path) -> None:
    (block,) = re.findall(
        r"```toml\n(.*?)```", (DOCS / "configuration.md").read_text("utf-8"), re.DOTALL
    )
    found = tomllib.loads(block)["tool"]["lineprof"]
    widths = found["show"].pop("column_widths")
    assert {**found, "show.column_widths": widths} == DEFAULTS
    path = tmp_path / "lineprof.toml"
    path.write_text(block)
    assert load_config(path).problems == ()


def test_variables() -> None:
    text = (DOCS / "configuration.md").read_text("utf-8")
    for variable in VARIABLES:
        assert f"`{variable}`" in text
    read = set()
    for folder in ("lineprof", "kernprof"):
        for path in (DOCS.parent / folder).rglob("*.py"):
            read |= set(re.findall(r'"(LINE(?:PROF|_PROFILER?)_[A-Z_]+)"', path.read_text("utf-8")))
    assert read
    assert {name for name in read if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("name", ["write_config", "show_config", "setup_config"])
def test_settings_named_are_there(name: str) -> None:
    text = (DOCS / "explicit.md").read_text("utf-8")
    for key in re.findall(rf'profile\.{name}\["(\w+)"\]', text):
        assert key in getattr(GlobalProfiler(config=False), name)


def test_members_named_are_there() -> None:
    text = (DOCS / "explicit.md").read_text("utf-8")
    names = set(re.findall(r"profile\.(\w+)", text)) - {"py"}
    assert {"enable", "disable", "show", "output_prefix"} <= names
    for name in names:
        assert hasattr(GlobalProfiler, name), name


def test_links_lead_somewhere() -> None:
    for page in ("kernprof.md", "configuration.md", "explicit.md"):
        for target in re.findall(r"\]\((\w+\.md)\)", (DOCS / page).read_text("utf-8")):
            assert (DOCS / target).exists()
