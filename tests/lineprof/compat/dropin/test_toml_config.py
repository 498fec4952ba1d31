"""ConfigSource: tables within tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineprof import LineprofError
from lineprof.compat.dropin.toml_config import ConfigSource

TABLES = (
    "[tool.line_profiler.show]\nsort = false\n[tool.line_profiler.show.column_widths]\nhits = 11\n"
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("LINEPROF_RC", "LINE_PROFILER_RC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "line_profiler.toml"
    path.write_text(TABLES)
    return path


def test_what_a_file_says_stands_among_the_defaults(file: Path) -> None:
    found = ConfigSource.from_config()
    default = ConfigSource.from_default()
    assert found == ConfigSource.from_config(str(file)) == ConfigSource.from_config(True)
    assert found.path == file
    assert found.conf_dict["show"]["sort"] is False
    assert found.conf_dict["show"]["column_widths"]["hits"] == 11
    assert found.conf_dict["kernprof"] == default.conf_dict["kernprof"]
    assert default.conf_dict["show"]["sort"] is True
    assert default == ConfigSource.from_config(False)
    assert default.path.exists()


def test_a_table_in_it(file: Path) -> None:
    found = ConfigSource.from_config()
    widths = found.get_subconfig("show", "column_widths")
    assert widths.conf_dict is found.conf_dict["show"]["column_widths"]
    assert widths.subtable == [*found.subtable, "show", "column_widths"]
    copied = found.get_subconfig("show", copy=True)
    assert copied.conf_dict == found.conf_dict["show"]
    assert copied.conf_dict is not found.conf_dict["show"]
    assert found.get_subconfig("no", "such", allow_absence=True).conf_dict == {}
    with pytest.raises(KeyError):
        found.get_subconfig("no")


def test_a_copy_is_apart(file: Path) -> None:
    found = ConfigSource.from_config()
    copied = found.copy()
    assert copied == found
    copied.conf_dict["show"]["sort"] = True
    assert copied != found


def test_the_environment_names_a_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = file.with_name("other.toml")
    other.write_text("[tool.line_profiler.show]\nrich = false\n")
    monkeypatch.setenv("LINE_PROFILER_RC", str(other))
    assert ConfigSource.from_config().path == other
    assert ConfigSource.from_config(read_env=False).path == file


def test_faults(file: Path) -> None:
    with pytest.raises(LineprofError, match="cannot read configuration"):
        ConfigSource.from_config("no.toml")
    file.write_text("[tool.line_profiler]\nshow = 3\n")
    with pytest.raises(ValueError, match="show: not a table"):
        ConfigSource.from_config(file)
    file.write_text("[tool")
    with pytest.raises(LineprofError, match="not TOML"):
        ConfigSource.from_config(file)
