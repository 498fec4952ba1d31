"""Helpers of line_profiler: command lines, and its configuration as tables within tables."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from lineprof import LineprofError
from lineprof.compat.helpers import (
    ConfigSource,
    add_argument,
    boolean,
    get_cli_config,
    get_python_executable,
    is_property,
)


def test_words_for_yes_and_no() -> None:
    assert not any(map(boolean, ["", "0", "F", "N", "off", "False", "nO"]))
    assert all(map(boolean, ["1", "T", "Y", "on", "True", "yEs"]))
    assert boolean("yes", invert=True) is False
    assert boolean("what", fallback=True, invert=True) is True
    with pytest.raises(ValueError, match="not a yes or no: 'what'"):
        boolean("what")


def test_what_to_type_for_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert get_python_executable() == sys.executable
    (tmp_path / "python3").symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python3"))
    assert get_python_executable() == "python3"


def test_a_table_for_argparse(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("[tool.lineprof.cli]\nskip-zero = true\n")
    assert get_cli_config("cli", path).conf_dict["skip_zero"] is True
    assert get_cli_config("kernprof", False).conf_dict["prof_mod"] == []


@pytest.fixture
def parser() -> ArgumentParser:
    parser = ArgumentParser(exit_on_error=False)
    add_argument(parser, "-l", "--line-by-line", action="store_true", help="Lines.")
    add_argument(parser, "-b", action="store_true")
    add_argument(parser, "--off", action="store_false", dest="on")
    add_argument(parser, "-u", "--unit", type=float, default=1.0)
    return parser


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("", {"line_by_line": None, "b": None, "on": None, "unit": 1.0}),
        ("-lb", {"line_by_line": True, "b": True}),
        ("--line-by-line", {"line_by_line": True}),
        ("--line-by-line=no", {"line_by_line": False}),
        ("--no-line-by-line", {"line_by_line": False}),
        ("--no-line-by-line=off", {"line_by_line": True}),
        ("--off", {"on": False}),
        ("--off=no", {"on": True}),
        ("-u 2 -l --no-line-by-line", {"unit": 2.0, "line_by_line": False}),
    ],
)
def test_switches(parser: ArgumentParser, words: str, values: dict[str, object]) -> None:
    found = vars(parser.parse_args(words.split()))
    assert {name: found[name] for name in values} == values


def test_the_help_shows_a_switch_once(parser: ArgumentParser) -> None:
    text = parser.format_help()
    assert "Lines. (short: -l)" in text
    assert "--no-line-by-line" not in text
    shown = ArgumentParser()
    action = add_argument(shown, "--x", action="store_true", hide_complementary_options=False)
    assert action.dest == "x"
    assert "--no-x" in shown.format_help()


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


def test_what_is_a_property() -> None:
    assert is_property(property(print))
    assert not is_property(print)
