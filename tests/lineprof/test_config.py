"""Configuration: where it is found, what it may say, and what becomes of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineprof import LineprofError, load_config
from lineprof.config import DEFAULTS, boolean, is_false, switch_value

NO_ENV: dict[str, str] = {}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    config = load_config(folder=tmp_path, env=NO_ENV)
    assert (config.path, config.problems) == (None, ())
    for name, values in DEFAULTS.items():
        assert config.table(name) == values
        assert config.stated(name) == {}


def test_tables_are_copies(tmp_path: Path) -> None:
    config = load_config(False)
    config.table("setup")["environ_flags"].append("X")
    config.table("write")["lprof"] = False
    assert config.table("setup") == DEFAULTS["setup"]
    assert config.table("write") == DEFAULTS["write"]
    with pytest.raises(KeyError):
        config.table("nosuch")


def test_the_nearest_file_with_a_table_of_ours(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    write(tmp_path / "pyproject.toml", "[tool.lineprof.cli]\nunit = 1")
    assert load_config(folder=deep, env=NO_ENV).table("cli")["unit"] == 1
    write(tmp_path / "a" / "pyproject.toml", "[tool.other]\nlineprof = 1")
    assert load_config(folder=deep, env=NO_ENV).table("cli")["unit"] == 1
    write(tmp_path / "a" / "pyproject.toml", "[tool.line_profiler.cli]\nunit = 2")
    assert load_config(folder=deep, env=NO_ENV).table("cli")["unit"] == 2
    write(tmp_path / "a" / "line_profiler.toml", "[tool.line_profiler.cli]\nunit = 3")
    assert load_config(folder=deep, env=NO_ENV).table("cli")["unit"] == 3
    path = write(tmp_path / "a" / "lineprof.toml", "[tool.lineprof.cli]\nunit = 4")
    config = load_config(folder=deep, env=NO_ENV)
    assert config.table("cli") == {**DEFAULTS["cli"], "unit": 4}
    assert config.stated("cli") == {"unit": 4}
    assert config.path == str(path)


def test_the_working_folder_is_where_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "lineprof.toml", "[tool.lineprof.cli]\nunit = 4")
    monkeypatch.chdir(tmp_path)
    assert load_config(env=NO_ENV).table("cli")["unit"] == 4


def test_ours_go_first_table_by_table(tmp_path: Path) -> None:
    path = write(
        tmp_path / "pyproject.toml",
        "[tool.line_profiler.cli]\nunit = 1\nrich = true\n"
        "[tool.line_profiler.show]\nsort = false\n"
        "[tool.lineprof.cli]\nunit = 2\n",
    )
    config = load_config(path)
    assert config.problems == ()
    assert config.stated("cli") == {"unit": 2}
    assert config.stated("show") == {"sort": False}


def test_all_of_line_profilers_keys_are_known(tmp_path: Path) -> None:
    path = write(
        tmp_path / "line_profiler.toml",
        """
[tool.line_profiler.kernprof]
line-by-line = true
builtin = false
rich = false
skip-zero = false
summarize = false
preimports = true
prof-imports = false
verbose = 1
outfile = "x"
setup = "s.py"
unit = 1e-3
output-interval = 2
prof-mod = ["a", "b"]
[tool.line_profiler.cli]
unit = 1e-6
rich = false
skip-zero = false
sort = false
summarize = false
[tool.line_profiler.setup]
environ_flags = ["X"]
cli_flags = ["--x"]
[tool.line_profiler.write]
output_prefix = "p"
lprof = true
text = true
timestamped_text = true
stdout = true
[tool.line_profiler.show]
sort = true
stripzeros = true
rich = true
details = false
summarize = true
[tool.line_profiler.show.column_widths]
line = 6
hits = 9
time = 12
perhit = 8
percent = 8
""",
    )
    config = load_config(path)
    assert config.problems == ()
    assert config.table("kernprof")["prof-mod"] == ["a", "b"]
    assert config.table("show.column_widths")["time"] == 12
    assert config.table("show") == DEFAULTS["show"]


def test_keys_with_either_dash(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.toml",
        "[tool.lineprof.kernprof]\nskip_zero = true\nprof-mod = 'one'\n"
        "[tool.lineprof.write]\noutput-prefix = 'p'",
    )
    config = load_config(path)
    assert config.problems == ()
    assert config.stated("kernprof") == {"skip-zero": True, "prof-mod": ["one"]}
    assert config.stated("write") == {"output_prefix": "p"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.lineprof.cli]\nsomething = 1", "unknown key tool.lineprof.cli.something"),
        ("[tool.lineprof.nosuch]\nx = 1", "unknown key tool.lineprof.nosuch"),
        ("[tool.line_profiler]\nunit = 1", "unknown key tool.line_profiler.unit"),
        ("[tool.lineprof.show.nosuch]\nx = 1", "unknown key tool.lineprof.show.nosuch"),
        (
            "[tool.lineprof.show.column_widths]\nx = 1",
            "unknown key tool.lineprof.show.column_widths.x",
        ),
        ("[tool]\nlineprof = 1", "tool.lineprof: not a table"),
        ("[tool.lineprof]\ncli = true", "tool.lineprof.cli: not a table"),
        ("[tool.lineprof.cli]\nunit = 'x'", "tool.lineprof.cli.unit: 'x' is not a number of "),
        ("[tool.lineprof.cli]\nunit = 0", "tool.lineprof.cli.unit: 0 is not a number of "),
        ("[tool.lineprof.cli]\nunit = nan", "tool.lineprof.cli.unit: nan is not a number of "),
        ("[tool.lineprof.cli]\nunit = true", "tool.lineprof.cli.unit: True is not a number of "),
        ("[tool.lineprof.cli]\nrich = 1", "tool.lineprof.cli.rich: 1 is not true or false"),
        ("[tool.lineprof.kernprof]\nverbose = -1", "tool.lineprof.kernprof.verbose: -1 is not a"),
        ("[tool.lineprof.kernprof]\nclock = 'sun'", "tool.lineprof.kernprof.clock: 'sun' is not"),
        ("[tool.lineprof.kernprof]\nprof-mod = [1]", "tool.lineprof.kernprof.prof-mod: [1] is"),
        ("[tool.lineprof.write]\noutput_prefix = 1", "tool.lineprof.write.output_prefix: 1 is "),
        ("lineprof = [", "not TOML: "),
        ("lineprof = '\\x1b'", ""),
    ],
)
def test_mistakes_are_told_of_and_have_no_effect(text: str, problem: str, tmp_path: Path) -> None:
    path = write(
        tmp_path / "pyproject.toml",
        text.encode().decode("unicode_escape") if "\\x" in text else text,
    )
    config = load_config(path)
    (found,) = config.problems
    assert found.startswith(f"{path}: {problem}")
    assert found.isprintable()
    for name, values in DEFAULTS.items():
        assert config.table(name) == values


def test_a_malformed_file_on_the_way(tmp_path: Path) -> None:
    """It is told of if it is about us; the search goes on."""
    write(tmp_path / "pyproject.toml", "[tool.lineprof.cli]\nunit = 5")
    broken = write(tmp_path / "a" / "pyproject.toml", "[tool.lineprof")
    config = load_config(folder=tmp_path / "a", env=NO_ENV)
    assert config.table("cli")["unit"] == 5
    assert [problem.startswith(f"{broken}: not TOML: ") for problem in config.problems] == [True]
    write(broken, "[tool.other")
    assert load_config(folder=tmp_path / "a", env=NO_ENV).problems == ()


@pytest.mark.parametrize("name", ["lineprof.toml", "line_profiler.toml"])
def test_a_file_by_our_name_is_about_us(name: str, tmp_path: Path) -> None:
    """What is wrong with it is told of, and the search goes on."""
    write(tmp_path / "pyproject.toml", "[tool.lineprof.cli]\nunit = 5")
    path = tmp_path / "a" / name
    for text, problem in (
        ("[kernprof]\nunit = 1", "no table tool.lineprof"),
        ("[tool.other]\nunit = 1", "no table tool.lineprof"),
        ("tool = 1", "no table tool.lineprof"),
        ("[kernprof", "not TOML: "),
        ("\ufeff[kernprof", "not TOML: "),
        ("# unit = 1\n", None),
    ):
        write(path, text)
        config = load_config(folder=tmp_path / "a", env=NO_ENV)
        assert config.table("cli")["unit"] == 5
        found = [found.startswith(f"{path}: {problem}") for found in config.problems]
        assert found == ([] if problem is None else [True])
    path.write_bytes("[tool.lineprof]".encode("utf-16"))
    assert "not TOML" in load_config(folder=tmp_path / "a", env=NO_ENV).problems[0]


def test_a_file_by_our_name_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "lineprof.toml").mkdir()
    (tmp_path / "pyproject.toml").mkdir()
    (found,) = load_config(folder=tmp_path, env=NO_ENV).problems
    assert found.startswith(f"{tmp_path / 'lineprof.toml'}: ")


@pytest.mark.parametrize(
    "text",
    [
        "[tool.lineprof.cli]\nunit = 8",
        "[ tool . 'lineprof' . cli ]\nunit = 8",
        '["tool"."lineprof"]\ncli.unit = 8',
        "[tool]\nlineprof.cli.unit = 8",
        "[tool]\nlineprof = {cli = {unit = 8}}",
        "tool.lineprof.cli.unit = 8",
        "tool = {lineprof = {cli = {unit = 8}}}",
    ],
)
def test_every_way_to_write_a_table(text: str, tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", text)
    assert load_config(folder=tmp_path, env=NO_ENV).table("cli")["unit"] == 8


def test_a_file_of_other_tools_is_not_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tomllib

    monkeypatch.delattr(tomllib, "loads")
    write(tmp_path / "pyproject.toml", "[project]\ndependencies = ['lineprof']\n[tool.ruff]\n")
    assert load_config(folder=tmp_path, env=NO_ENV).path is None


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe lineprof")
    assert "not TOML" in load_config(path).problems[0]


def test_a_named_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_config(tmp_path / "no.toml")
    with pytest.raises(LineprofError, match=r"^cannot read configuration '.*no.toml': No such "):
        load_config(tmp_path / "no.toml")
    empty = write(tmp_path / "empty.toml", "")
    assert (load_config(empty).path, load_config(empty).problems) == (str(empty), ())
    other = write(tmp_path / "other.toml", "[kernprof]\nunit = 1")
    assert load_config(other).problems == (f"{other}: no table tool.lineprof",)


@pytest.mark.parametrize("variable", ["LINEPROF_RC", "LINE_PROFILER_RC"])
def test_the_environment_names_a_file(variable: str, tmp_path: Path) -> None:
    path = write(tmp_path / "rc.toml", "[tool.lineprof.cli]\nunit = 6")
    write(tmp_path / "lineprof.toml", "[tool.lineprof.cli]\nunit = 7")
    env = {variable: str(path)}
    assert load_config(folder=tmp_path, env=env).table("cli")["unit"] == 6
    assert load_config(False, folder=tmp_path, env=env).table("cli")["unit"] == 1e-6
    missing = load_config(folder=tmp_path, env={variable: "no.toml"})
    assert missing.problems == (f"{variable}=no.toml: No such file or directory",)
    assert missing.table("cli") == DEFAULTS["cli"]


def test_ours_goes_before_the_old_variable(tmp_path: Path) -> None:
    one = write(tmp_path / "1.toml", "[tool.lineprof.cli]\nunit = 1")
    two = write(tmp_path / "2.toml", "[tool.lineprof.cli]\nunit = 2")
    env = {"LINE_PROFILER_RC": str(two), "LINEPROF_RC": str(one)}
    assert load_config(env=env).path == str(one)


def test_words_for_yes_and_no() -> None:
    for word in ("", "0", "F", "N", "off", "False", "nO"):
        assert boolean(word) is False
        assert is_false(word)
    for word in ("1", "T", "Y", "on", "True", "yEs"):
        assert boolean(word) is True
        assert not is_false(word)
    assert not is_false("what")
    with pytest.raises(ValueError, match="not a yes or no: 'what'"):
        boolean("what")


@pytest.mark.parametrize(
    ("given", "rest", "value", "left"),
    [
        (None, [], True, []),
        (None, ["s.py"], True, ["s.py"]),
        (None, [""], True, [""]),
        (None, ["No", "s.py"], False, ["s.py"]),
        (None, ["yes", "no"], True, ["no"]),
        ("off", ["yes"], False, ["yes"]),
        ("", [], False, []),
    ],
)
def test_what_a_switch_says(
    given: str | None, rest: list[str], value: bool, left: list[str]
) -> None:
    assert switch_value(given, rest) is value
    assert rest == left


def test_a_file_after_a_switch_is_no_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "off").touch()
    rest = ["off"]
    assert switch_value(None, rest) is True
    assert rest == ["off"]


def test_a_switch_takes_no_other_word() -> None:
    with pytest.raises(ValueError, match="not a yes or no: 'maybe'"):
        switch_value("maybe", [])
