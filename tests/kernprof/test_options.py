"""The parser: where options end, and what each kind of option takes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pytest

from kernprof import options
from kernprof.options import Option, parser_of
from lineprof import UsageError

TABLE = (
    Option("line", ("-l", "--line-by-line"), "lines"),
    Option("builtin", ("-b", "--builtin"), "builtin"),
    Option("verbose", ("-v", "--verbose", "--view"), "show", kind="count"),
    Option("out", ("-o", "--outfile"), "file", kind="value", metavar="FILE"),
    Option("mods", ("-p", "--prof-mod"), "modules", kind="values", metavar="MODULE"),
    Option(
        "every",
        ("-i", "--interval"),
        "every so often, or only once",
        kind="optional",
        metavar="SECONDS",
        convert=lambda text: _number(text, float),
        bare=1,
    ),
    Option(
        "size",
        ("-n",),
        "number",
        kind="value",
        metavar="N",
        convert=lambda text: _number(text, int),
    ),
    Option("module", ("-m",), "module", kind="program", metavar="MODULE"),
)


def _number(text: str, kind: type) -> object:
    try:
        return kind(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def parse(table: Sequence[Option], argv: list[str]) -> tuple[dict[str, object], list[str]]:
    """The values that differ from those of options that were not given, and the rest."""
    given, rest = options.parse(parser_of({"options": table}, "", "", ""), table, argv)
    return {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}, rest


@pytest.mark.parametrize(
    ("argv", "values", "rest"),
    [
        ("", {}, ""),
        ("s.py", {}, "s.py"),
        ("-l s.py", {"line": True}, "s.py"),
        ("-lv s.py -v", {"line": True, "verbose": 1}, "s.py -v"),
        ("-lvb -vv s.py", {"line": True, "verbose": 3, "builtin": True}, "s.py"),
        ("--view --verbose s.py", {"verbose": 2}, "s.py"),
        # A switch takes a value that is glued to it, or the next word if that says yes or no.
        ("--line-by-line no s.py", {"line": False}, "s.py"),
        ("--line-by-line Yes s.py", {"line": True}, "s.py"),
        ("--no-line-by-line off s.py", {"line": True}, "s.py"),
        ("-l no s.py", {"line": True}, "no s.py"),
        ("--line-by-line -- no", {"line": True}, "no"),
        ("--line-by-line s.py", {"line": True}, "s.py"),
        ("--line-by-line=no s.py", {"line": False}, "s.py"),
        ("--line-by-line=Yes s.py", {"line": True}, "s.py"),
        ("-l --no-line-by-line s.py", {"line": False}, "s.py"),
        ("--no-line-by-line=off s.py", {"line": True}, "s.py"),
        # All spellings of a value.
        ("-o f s.py", {"out": "f"}, "s.py"),
        ("-of s.py", {"out": "f"}, "s.py"),
        ("-o=f s.py", {"out": "f"}, "s.py"),
        ("-lof s.py", {"line": True, "out": "f"}, "s.py"),
        ("-lo f s.py", {"line": True, "out": "f"}, "s.py"),
        ("-o -l s.py", {"out": "-l"}, "s.py"),
        ("--outfile f s.py", {"out": "f"}, "s.py"),
        ("--outfile=f=g s.py", {"out": "f=g"}, "s.py"),
        ("--outfile= s.py", {"out": ""}, "s.py"),
        ("-n 3 s.py", {"size": 3}, "s.py"),
        ("-p a -p b s.py", {"mods": ("a", "b")}, "s.py"),
        # An optional value never swallows the script.
        ("-i s.py", {"every": 1}, "s.py"),
        ("-i 5 s.py", {"every": 5}, "s.py"),
        ("-i5 s.py", {"every": 5}, "s.py"),
        ("-i=5 s.py", {"every": 5}, "s.py"),
        ("-iv s.py", {"every": 1, "verbose": 1}, "s.py"),
        ("-li s.py 5", {"line": True, "every": 1}, "s.py 5"),
        ("--interval s.py", {"every": 1}, "s.py"),
        ("--interval=2 s.py", {"every": 2}, "s.py"),
        ("--interval 0.5 s.py", {"every": 0.5}, "s.py"),
        # What ends the options.
        ("- -l", {}, "- -l"),
        ("-l -- -odd.py -v", {"line": True}, "-odd.py -v"),
        ("s.py -- -m x", {}, "s.py -- -m x"),
        ("-m mod -l a", {"module": "mod"}, "-l a"),
        ("-mmod -l", {"module": "mod"}, "-l"),
        ("-lvm mod -v", {"line": True, "verbose": 1, "module": "mod"}, "-v"),
        # A beginning that fits one name only.
        ("--out f s.py", {"out": "f"}, "s.py"),
        ("--no-b s.py", {"builtin": False}, "s.py"),
    ],
)
def test_arguments(argv: str, values: dict[str, object], rest: str) -> None:
    assert parse(TABLE, argv.split()) == (values, rest.split())


@pytest.mark.parametrize(
    ("argv", "fault"),
    [
        ("-x s.py", "unknown option -x"),
        ("-lx s.py", "unknown option -x in '-lx'"),
        ("-l=no s.py", "unknown option -= in '-l=no'"),
        ("--nosuch s.py", "unknown option --nosuch"),
        ("--outflie=x s.py", "unknown option --outflie; did you mean --outfile?"),
        ("--no-outfile s.py", "unknown option --no-outfile; did you mean --outfile?"),
        ("--v s.py", ""),
        ("--line-by-line=maybe s.py", "argument --line-by-line: not a yes or no: 'maybe'"),
        ("--verbose=2 s.py", "argument -v/--verbose/--view: ignored explicit argument '2'"),
        ("-o", "argument -o/--outfile: expected one argument"),
        ("-lm", "argument -m: expected one argument"),
        ("--interval=x s.py", "argument -i/--interval: could not convert string to float: 'x'"),
    ],
)
def test_faults(argv: str, fault: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse((*TABLE, Option("version", ("--version",), "")), argv.split())
    assert "\n" not in str(caught.value)
    if fault:
        assert str(caught.value) == fault
    else:
        assert "--verbose or --version" in str(caught.value)


def test_the_list_of_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "52")
    table = (*TABLE[2:6], Option("x", ("--so-very-very-long-a-name",), "x", "value", metavar="X"))
    help_text = parser_of({"options": table}, "", "", "").format_help()
    assert help_text.partition("options:\n")[2].splitlines() == [
        "  -v, --verbose, --view       show",
        "  -o, --outfile FILE          file",
        "  -p, --prof-mod MODULE       modules",
        "  -i, --interval [SECONDS]    every so often, or",
        "                              only once",
        "  --so-very-very-long-a-name X",
        "                              x",
    ]


def test_a_script_by_the_name_of_a_value_is_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse(TABLE, ["--line-by-line", "t"]) == ({"line": True}, [])
    (tmp_path / "t").touch()
    assert parse(TABLE, ["--line-by-line", "t"]) == ({"line": True}, ["t"])
    (tmp_path / "no").touch()
    assert parse(TABLE, ["--line-by-line", "no"]) == ({"line": True}, ["no"])
