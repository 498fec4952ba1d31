"""Helpers for command lines."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from lineprof.compat.dropin.cli_utils import (
    add_argument,
    boolean,
    get_cli_config,
    get_python_executable,
    positive_float,
    short_string_path,
)


def test_words_for_yes_and_no() -> None:
    assert not any(map(boolean, ["", "0", "F", "N", "off", "False", "nO"]))
    assert all(map(boolean, ["1", "T", "Y", "on", "True", "yEs"]))
    assert boolean("yes", invert=True) is False
    assert boolean("what", fallback=True, invert=True) is True
    with pytest.raises(ValueError, match="not a yes or no: 'what'"):
        boolean("what")


def test_positive_numbers() -> None:
    assert positive_float("1e-3") == 0.001
    for text in ("0", "-1", "x"):
        with pytest.raises(ValueError):
            positive_float(text)


def test_the_shortest_way_to_say_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert short_string_path(tmp_path / "a" / "b") == os.path.join("a", "b")
    assert short_string_path("a/./b") == os.path.join("a", "b")
    assert short_string_path(os.path.join("..", "x")) == os.path.join("..", "x")
    assert short_string_path(Path("/")) == "/"


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
    add_argument(parser, "-u", "--unit", type=positive_float, default=1.0)
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
