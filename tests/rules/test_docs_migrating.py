"""Everything that docs/migrating.md promises exists."""

from __future__ import annotations

import importlib
import re

import pytest

import kernprof
import lineprof
from kernprof.option_table import OPTIONS
from lineprof.compat import importer
from tests.support import ROOT

pytest.importorskip("lineprof._core")

DOCS = ROOT / "docs"
TEXT = (DOCS / "migrating.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("|") and not line.startswith("|---")
]


def test_every_table_has_two_columns() -> None:
    assert all(len(row) == 2 for row in ROWS)


def test_extras_are_there() -> None:
    import tomllib

    (row,) = [row for row in ROWS if "pip install line_profiler[" in row[0]]
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text())["project"]
    extras = set(re.findall(r"\[(\w+)\]", row[1]))
    assert extras == set(re.findall(r"\[(\w+)\]", row[0])) == {"ipython", "optional", "all"}
    assert extras <= project["optional-dependencies"].keys()


def test_names_to_import_are_there() -> None:
    imports = re.findall(r"from ([\w.]+) import ([\w, ]+)", TEXT)
    ours = [(module, names) for module, names in imports if module.split(".")[0] == "lineprof"]
    assert ours
    for module, names in ours:
        for name in names.split(","):
            assert hasattr(importlib.import_module(module), name.strip())
    (row,) = [row for row in ROWS if "LineStats, load_stats" in row[0]]
    _, _, names = row[0].strip("`").partition(" import ")
    for name in names.split(","):
        assert name.strip() in lineprof.__all__


@pytest.mark.parametrize(
    "name", ["wrap_callable", "add_class", "add_callable", "snapshot", "reset"]
)
def test_members_are_there(name: str) -> None:
    assert f"`{name}" in TEXT
    assert hasattr(lineprof.LineProfiler, name)


def test_members_that_are_said_to_be_missing_are() -> None:
    (row,) = [row for row in ROWS if "`c_code_map`" in row[0]]
    for member in re.findall(r"`(\w+)`", row[0]):
        assert not hasattr(lineprof.LineProfiler, member)


def test_helpers_are_there() -> None:
    (row,) = [row for row in ROWS if "find_script" in row[0]]
    for name in re.findall(r"`(?:kernprof\.)?(\w+)`", row[0]):
        assert callable(getattr(kernprof, name))
    (row,) = [row for row in ROWS if "util_static" in row[0]]
    for name in re.findall(r"`([\w.]+)`", row[0])[:-1]:
        module, dot, last = name.rpartition(".")
        homes = importer._MODULES.get(f"line_profiler.{name}")
        assert homes or (dot and last in importer._MODULES[f"line_profiler.{module}"]), name
    (row,) = [row for row in ROWS if "get_cli_config" in row[0]]
    for name in re.findall(r"`(\w+)`", row[0])[:-1]:
        assert name in importer._MODULES["line_profiler.cli_utils"]


def test_helpers_that_are_said_to_be_missing_are() -> None:
    (row,) = [row for row in ROWS if "`NOP_BYTES`" in row[0]]
    there = {name for homes in importer._MODULES.values() for name in homes}
    for name in re.findall(r"`(\w+)`", row[0]):
        assert name not in there or name in ("profiler_mixin", "cli_utils")
    for name in re.findall(r"`(autoprofile\.\w+)`", row[0]):
        assert f"line_profiler.{name}" not in importer._MODULES


def test_options_are_there() -> None:
    flags = {flag for option in OPTIONS for flag in option.flags}
    assert {"--plain", "--line-by-line", "-p"} <= flags


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", TEXT):
        assert (DOCS / target).exists(), target
