"""The view made for terminals: what it says, when it is chosen, and that nothing breaks it."""

from __future__ import annotations

import builtins
import fcntl
import io
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import lineprof
from lineprof.commands.progress import Meter
from lineprof.files.lprof import save
from lineprof.model.profile import Function, FunctionKey, Line, Profile, Run
from lineprof.report import show, units
from lineprof.report.command_line import command_line
from lineprof.report.heat import bar, level
from lineprof.report.listing import render
from lineprof.report.options import TextOptions
from lineprof.report.terminal import ansi
from lineprof.report.terminal.layout import View, link_to, named, place_of
from lineprof.report.terminal.listing import function_table, report
from lineprof.report.terminal.pieces import (
    ASCII,
    UNICODE,
    Piece,
    cells,
    cut,
    glyphs_for,
    literal,
    plain,
)
from lineprof.report.terminal.pieces import wrap as wrapped
from lineprof.report.terminal.syntax import highlighted

pytest.importorskip("rich")

SOURCE = (
    "@profile\ndef f(n):\n" + '    """What it does.\n' + "\n" * 36 + '    """\n' + "    work(n)\n"
)
HOT = Function(
    FunctionKey("a.py", 1, "f"),
    2,
    3_000_000,
    0,
    (Line(41, 2, 3_000_000, 2_000_000),),
    source=SOURCE,
)
WARM = Function(
    FunctionKey("b.py", 5, "C.g"),
    1_000,
    1_000_000,
    0,
    (Line(6, 1_000, 900_000, 900_000), Line(7, 1_000, 100_000, 100_000)),
    source="def g(self):\n    if self.x:\n        return None\n",
)
UNUSED = Function(FunctionKey("c.py", 9, "never"), 0, 0, source="def never(): pass\n")
PROFILE = Profile(
    (Run(argv=("prog.py", "-x"), python="3.13.0", clock="wall/tsc", duration=5_000_000_000),),
    (HOT, WARM, UNUSED),
)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")


def lines(
    profile: Profile = PROFILE, width: int = 100, glyphs: Any = UNICODE, **options: Any
) -> list[str]:
    view = View(width, glyphs, links=False)
    return [plain(line).rstrip() for line in report(profile, view, TextOptions(**options))]


def test_all_of_a_small_report() -> None:
    assert lines() == [
        "",
        " lineprof · prog.py -x · Python 3.13.0 · wall time · ran 5.00 s",
        "",
        " Functions  by self time, of 3.00 ms in profiled code",
        "     %             Self µs  Total µs  Calls  Function",
        "  66.7  ██████████  2000.0    3000.0      2  f    a.py:1",
        "  33.3  █████       1000.0    1000.0  1,000  C.g  b.py:5",
        "",
        " Hottest lines  by self time",
        "     %             Self µs   Hits  Line",
        "  66.7  ██████████  2000.0      2  a.py:41  work(n)",
        "  30.0  ████▌        900.0  1,000  b.py:6   if self.x:",
        "   3.3  ▌            100.0  1,000  b.py:7   return None",
        "",
        "── f " + "─" * 85 + " a.py:1 ──",
        "   3.00 ms total (100.0% of all) · 2.00 ms self · 2 calls · 1.50 ms per call",
        " Line  Hits  Time µs  Per Hit µs  % Time  Source",
        "    1                                     @profile",
        "    2                                     def f(n):",
        "                                          ⋯ 38 lines without hits (3-40)",
        "   41     2   3000.0      1500.0   100.0      work(n)",
        "",
        "── C.g " + "─" * 83 + " b.py:5 ──",
        "   1.00 ms total (33.3% of all) · 1,000 calls · 1.00 µs per call",
        " Line   Hits  Time µs  Per Hit ns  % Time  Source",
        "    5                                      def g(self):",
        "    6  1,000    900.0         900    90.0      if self.x:",
        "    7  1,000    100.0         100    10.0          return None",
        "",
        " Never called",
        "   never  c.py:9",
    ]


def test_of_several_runs_what_they_have_in_common_is_said() -> None:
    run = PROFILE.runs[0]
    twice = replace(PROFILE, runs=(run, run))
    assert lines(twice)[1] == (
        " lineprof · prog.py -x · Python 3.13.0 · wall time · 2 runs · ran 10.0 s"
    )
    mixed = replace(PROFILE, runs=(run, replace(run, argv=("other.py",), python="3.12.1")))
    assert lines(mixed)[1] == " lineprof · wall time · 2 runs · ran 10.0 s"


def test_options_choose_and_order() -> None:
    assert "f" in "".join(lines(skip_zero=True))
    assert "Never called" not in "".join(lines(skip_zero=True))
    titles = [line.split()[1] for line in lines(sort=True) if line.startswith("──")]
    assert titles == ["C.g", "f"]
    assert not any(line.startswith("──") for line in lines(details=False))
    assert next(line for line in lines(filter=("f",)) if line.startswith("──")).split()[1] == "f"
    assert "left out by the options" in "\n".join(lines(filter=("nothing",)))
    assert "no function was registered" in "\n".join(lines(Profile((), ())))


def test_columns_and_unit_as_asked() -> None:
    view = View(100, UNICODE, False, units.unit_of(1e-3), ("self", "calls", "await"))
    text = "\n".join(plain(line).rstrip() for line in report(PROFILE, view))
    assert " Line  Self ms  Calls  Await ms  Source" in text
    assert "   41      2.0      0                work(n)" in text


def test_on_a_narrow_terminal_columns_make_room() -> None:
    key = FunctionKey("a_long_name.py", 5, "g" * 24)
    measured = tuple(replace(line, suspended=7) for line in WARM.lines)
    profile = replace(PROFILE, functions=(replace(WARM, key=key, lines=measured),))
    for width, functions, hottest, columns in (
        (
            100,
            "% Self µs Total µs Await ns Calls",
            "% Self µs Await ns Hits",
            "Hits Time µs Per Hit ns % Time Await ns",
        ),
        (60, "% Self µs Total µs Calls", "% Self µs Hits", "Hits Time µs % Time"),
        (44, "% Self µs", "%", "Hits % Time"),
    ):
        rows = [" ".join(row.split()) for row in lines(profile, width)]
        assert f"{functions} Function" in rows
        assert f"{hottest} Line" in rows
        assert f"Line {columns} Source" in rows
        assert any("g" * 24 in row for row in rows[:7])
        assert any(row.endswith(" if self.x:") for row in rows)


def test_facts_are_told_whole_or_not_at_all() -> None:
    for width in range(40, 100):
        rows = lines(width=width)
        (facts,) = (row for row in rows if "3.00 ms total" in row)
        whole = "   3.00 ms total (100.0% of all) · 2.00 ms self · 2 calls · 1.50 ms per call"
        assert whole.startswith(facts)
        assert whole[len(facts) :][:3] in ("", " · ")
        assert rows[1].endswith("ran 5.00 s")


def test_the_bar_is_beside_the_share_it_shows() -> None:
    slept = replace(WARM, lines=tuple(replace(line, suspended=7) for line in WARM.lines))
    rows = lines(replace(PROFILE, functions=(slept,)), 120)
    assert any(row.endswith("90.0  █████████         7      if self.x:") for row in rows)
    view = View(120, UNICODE, False, columns=("hits",))
    assert "█" not in "".join(plain(line) for line in function_table(slept, view)[1][1][1])


def test_lines_below_a_share_are_folded() -> None:
    view = View(100, UNICODE, False, min_percent=50)
    function = replace(WARM, lines=tuple(Line(n, 1, 10, 10) for n in range(6, 14)))
    profile = Profile((), (replace(function, total=1_000),))
    text = "\n".join(plain(line) for line in report(profile, view))
    assert "8 lines below 50%" in text


def test_with_many_functions_small_ones_are_left_out_unless_asked_for() -> None:
    functions = [HOT] + [
        replace(WARM, key=FunctionKey("b.py", n, f"g{n}"), total=9, lines=(Line(n, 1, 9, 9),))
        for n in range(30)
    ]
    profile = Profile((), tuple(functions))
    text = "\n".join(lines(profile))
    assert "⋯ 6 more, with 0.0% of the time" in text
    assert "⋯ 6 more functions: --filter or --top shows them" in text
    # The listing has those that the summary names.
    assert len([line for line in lines(profile) if line.startswith("──")]) == 25
    assert len([line for line in lines(profile, top=31) if line.startswith("──")]) == 31


def test_shares_are_of_all_profiled_code_whatever_is_shown() -> None:
    shown = [line.split() for line in lines(filter=("f",))]
    assert ["66.7", "██████████", "2000.0", "3000.0", "2", "f", "a.py:1"] in shown
    assert ["66.7", "██████████", "2000.0", "2", "a.py:41", "work(n)"] in shown


def test_what_no_longer_is_on_the_screen_is_said_again() -> None:
    def shown(height: int) -> list[str]:
        return [plain(line) for line in report(PROFILE, View(100, UNICODE, False, height=height))]

    whole = shown(0)
    listed = next(n for n, line in enumerate(whole) if line.startswith("── f"))
    unused = whole.index(" Never called")
    below = unused - listed
    assert shown(below) == whole  # it fits, or the screen is none
    again = shown(below - 1)
    assert again[: len(whole)] == whole
    assert again[len(whole) + 1] == f" Hottest lines  again: the summary is {below} lines above"
    assert again[len(whole) + 3].split()[:2] == ["66.7", "██████████"]


def test_names_and_places_share_the_room() -> None:
    key = FunctionKey("/srv/a_package/a_module.py", 5, "outer.<locals>.A_Class.one_method")
    made = named(key, 40, View(120, UNICODE, False))
    assert {room: plain(made(room)) for room in (20, 37, 38, 50, 80)} == {
        20: "….A_Class.one_method",
        37: "outer.<locals>.A_Class.one_method",
        38: "…als>.A_Class.one_method  …module.py:5",
        50: "…r.<locals>.A_Class.one_method  …/a_module.py:5",
        80: "outer.<locals>.A_Class.one_method         /srv/a_package/a_module.py:5",
    }
    long = replace(key, file="/srv/a_module_of_that_package.py", name="f")
    wide = View(120, UNICODE, False)
    assert plain(named(long, 24, wide)(40)) == "f" + " " * 25 + "…_package.py:5"
    narrow = View(120, ASCII, False)
    assert plain(named(long, 24, narrow)(40)) == "f" + " " * 25 + "...ackage.py:5"


def test_where_there_is_nothing_to_say_nothing_is_said() -> None:
    quick = replace(WARM, total=0, lines=(Line(6, 1, 0, 0),))
    text = "\n".join(lines(Profile((), (quick,))))
    assert "Functions  by self time" in text
    assert "Hottest" not in text
    assert "could not be found" not in text
    gone = replace(WARM, key=FunctionKey("/gone/b.py", 5, "g"), source=None)
    assert lines(Profile((), (gone,)))[-1] == "   Its source could not be found."


def test_where_room_is_short_the_command_is_cut_and_not_the_facts() -> None:
    run = replace(PROFILE.runs[0], argv=("prog.py", *["--option"] * 20))
    (line,) = (line for line in lines(Profile((run,), (HOT,)), 80) if "lineprof" in line)
    assert line.startswith(" lineprof · prog.py --option")
    assert line.endswith("… · Python 3.13.0 · wall time · ran 5.00 s")
    assert len(line) == 80


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        ((), ""),
        (("a b.py", "c d"), "'a b.py' 'c d'"),
        (("/usr/bin/python3.13 -m docutils", "x"), "python -m docutils x"),
        (("/v/lib/python3.13/site-packages/a/b/__main__.py", "x"), "python -m a.b x"),
        (("pkg/__main__.py",), "pkg/__main__.py"),
        (("run -m x.py",), "'run -m x.py'"),
    ],
)
def test_commands_are_told_as_one_types_them(argv: tuple[str, ...], command: str) -> None:
    assert command_line(argv, shlex.quote) == command


def test_where_room_is_short_the_time_per_hit_makes_it() -> None:
    assert any("Per Hit" in line for line in lines(width=80))
    assert not any("Per Hit" in line for line in lines(width=60))
    view = View(60, UNICODE, links=False, columns=("hits", "perhit"))
    assert any("Per Hit" in plain(line) for line in report(PROFILE, view))


def test_what_was_never_suspended_has_no_await() -> None:
    waiting = replace(
        WARM, lines=(Line(6, 1, 900_000, 900_000, 5_000_000), Line(7, 1, 100_000, 100_000))
    )
    shown = [line for line in lines(Profile((), (waiting,))) if line[:5] in ("    6", "    7")]
    start = shown[0].index("5000.0")
    assert shown[1][start : start + 6].isspace()


@pytest.mark.parametrize("width", [40, 60, 80, 110, 200, 4000])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_no_line_is_wider_than_the_terminal(width: int, glyphs: Any) -> None:
    source = "def f(x):\n" + "\t" * 3 + "x = '日本語' + " + "y + " * 300 + "z\n"
    function = Function(
        FunctionKey("/very/long/" + "path/" * 40 + "x.py", 1, "n" * 300),
        10**9,
        10**14,
        0,
        (Line(2, 10**12, 10**14, 10**14, 10**13),),
        source=source,
    )
    for line in report(Profile((), (function, HOT)), View(width, glyphs, links=False)):
        assert sum(cells(piece.text) for piece in line) <= width


def test_control_characters_and_markup_are_shown_as_they_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")  # a dumb terminal has 80 columns
    monkeypatch.setenv("COLUMNS", "120")
    source = "x = '[bold red]\x1b]0;t\x07[/] \u202e \x9b \udcff'\r\n"
    key = FunctionKey("a\x1b[2J\n.py", 1, "f\r\x9b")
    profile = Profile(
        (Run(argv=("\x1b[2J",)),), (Function(key, 1, 9, 0, (Line(1, 1, 9, 9),), (), source),)
    )
    stream = io.StringIO()
    show.show(profile, stream, rich=True)
    text = ESCAPE.sub("", stream.getvalue())
    assert "\x1b" not in text
    assert not set("\r\x9b\x07\u202e\udcff") & set(text)
    assert "x = '[bold red]\\x1b]0;t\\x07[/] \\u202e \\x9b \\udcff'" in text
    assert "a\\x1b[2J\\n.py:1" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "shift_jis", "utf-16", "utf-8"])
def test_odd_encodings_never_break_it(encoding: str) -> None:
    function = replace(HOT, source="def f():\n    'größe 日本 \udcff'\n", lines=(Line(2, 1, 9, 9),))
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    show.show(Profile((), (function,)), stream, rich=True)
    stream.flush()
    text = ESCAPE.sub("", raw.getvalue().decode(encoding))
    assert "Functions  by self time" in text
    assert ("█" in text) == encoding.startswith("utf")
    assert "'gr" in text


# -- which of the two listings ------------------------------------------------------------------


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


CLASSIC = render(PROFILE, TextOptions(unit=1e-6))


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return monkeypatch


def shown(stream: io.StringIO, rich: bool | None = None) -> str:
    show.show(PROFILE, stream, rich=rich)
    return stream.getvalue()


def test_a_file_or_pipe_gets_the_classic_listing(clean: pytest.MonkeyPatch) -> None:
    assert shown(io.StringIO()) == CLASSIC
    assert shown(Terminal(), rich=False) == CLASSIC


def test_a_terminal_gets_colours(clean: pytest.MonkeyPatch) -> None:
    text = shown(Terminal())
    assert "\x1b[38;5;" in text
    assert "Functions" in text
    from rich.style import Style

    Style.parse.cache_clear()  # it keeps codes for as many colours as there were last
    clean.setenv("COLORTERM", "truecolor")
    assert "\x1b[38;2;" in shown(Terminal())
    clean.delenv("COLORTERM")
    clean.setenv("TERM", "xterm")
    Style.parse.cache_clear()
    assert not re.search(r"\x1b\[[0-9;]*[34]8;", shown(Terminal()))


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_dumb_terminal_gets_the_classic_listing(clean: pytest.MonkeyPatch, term: str) -> None:
    clean.setenv("TERM", term)
    assert shown(Terminal()) == CLASSIC
    assert "\x1b" not in shown(Terminal(), rich=True)


def test_no_color_and_force_color(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("FORCE_COLOR", "0")
    assert shown(io.StringIO()) == CLASSIC
    clean.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in shown(io.StringIO())
    clean.setenv("NO_COLOR", "1")
    assert shown(io.StringIO()) == CLASSIC
    text = shown(Terminal())
    assert "Functions" in text
    assert not re.search(r"\x1b\[[0-9;]*[34]\d[;m]", text)
    assert "\x1b]8" not in text


def test_the_width_is_that_of_the_environment(clean: pytest.MonkeyPatch) -> None:
    for width in ("60", "90"):
        clean.setenv("COLUMNS", width)
        rules = [line for line in ESCAPE.sub("", shown(Terminal())).split("\n") if line[:1] == "─"]
        assert {len(rule) for rule in rules} == {int(width)}


def test_without_rich_it_is_the_classic_listing(clean: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "rich":
            raise ImportError(name)
        return real(name, *args, **more)

    clean.setattr(builtins, "__import__", without)
    assert shown(Terminal()) == CLASSIC
    assert shown(io.StringIO(), rich=True) == CLASSIC


def test_a_console_without_escape_codes_gets_the_classic_listing(clean: pytest.MonkeyPatch) -> None:
    import rich.console

    clean.setattr(rich.console, "detect_legacy_windows", lambda: True)
    assert shown(Terminal()) == CLASSIC


def test_what_is_not_for_a_terminal_does_not_load_rich(tmp_path: Path) -> None:
    save(PROFILE, tmp_path / "x.lprof")
    code = (
        "import sys, lineprof.commands.main; lineprof.commands.main.main(['x.lprof']); "
        "sys.exit('rich' in sys.modules or 'pygments' in sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(FORCE_COLOR=""),
        stdout=subprocess.DEVNULL,
        check=True,
    )


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join(
        filter(None, (str(Path(lineprof.__file__).parent.parent), os.environ.get("PYTHONPATH")))
    )
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "COLORTERM")}
    kept |= {"PYTHONPATH": path, "TERM": "xterm-256color", "PAGER": "cat"}
    kept.pop("MANPAGER", None)
    return {**kept, **more}


def on_terminal(*argv: str, cwd: Path, width: int, **env: str) -> str:
    """What a command writes to a terminal of that width."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(
        argv, cwd=cwd, env=environment(**env), stdin=side, stdout=side, stderr=side
    )
    os.close(side)
    data = bytearray()
    while True:
        try:
            part = os.read(main, 1 << 16)
        except OSError:
            break
        if not part:
            break
        data += part
    os.close(main)
    assert process.wait() == 0
    return data.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("width", [80, 200])
def test_the_command_on_a_terminal(tmp_path: Path, width: int) -> None:
    save(PROFILE, tmp_path / "x.lprof")
    command = (sys.executable, "-m", "lineprof", "x.lprof")
    text = on_terminal(*command, cwd=tmp_path, width=width)
    assert "\x1b[" in text
    rules = [line for line in ESCAPE.sub("", text).split("\n") if line[:1] == "─"]
    assert [len(rule) for rule in rules] == [width, width]
    assert on_terminal(*command, "--plain", cwd=tmp_path, width=width) == CLASSIC
    assert on_terminal(*command, cwd=tmp_path, width=width, TERM="dumb") == CLASSIC


def test_kernprof_on_a_terminal(tmp_path: Path) -> None:
    pytest.importorskip("lineprof._core")
    (tmp_path / "prog.py").write_text("@profile\ndef f():\n    return 1\nf()\n")
    command = (sys.executable, "-m", "kernprof", "-l", "-v")
    text = on_terminal(*command, "prog.py", cwd=tmp_path, width=80)
    assert "\x1b]8;;file://" in text
    assert "/prog.py#1\x1b\\" in text
    assert "return" in ESCAPE.sub("", text).split("Hottest lines")[1]
    assert "Timer unit: 1e-06 s" in on_terminal(
        *command, "--plain", "prog.py", cwd=tmp_path, width=80
    )


# -- the parts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_000, "1.00 µs"),
        (999_600, "1.00 ms"),
        (12_345_678, "12.3 ms"),
        (999_499_999, "999 ms"),
        (1_920_000_000, "1.92 s"),
        (86_400_000_000_000, "86,400 s"),
        (0.4, "0.40 ns"),
    ],
)
def test_a_time_has_three_digits_and_its_unit(ns: float, text: str) -> None:
    assert units.time(ns) == text


def test_a_column_has_the_unit_that_fits_its_values() -> None:
    assert units.common_unit([5, 20_000]) is units.US
    assert units.common_unit([]) is units.NS
    assert units.typical_unit([0, 20_000, 30_000, 10**10]) is units.US
    assert units.number_or_time(10**10, units.US) == "10.0 s"
    assert units.number_or_time(1, units.MS) == "1 ns"
    assert units.number_or_time(0, units.MS) == "0.0"
    assert units.unit_of(1e-6) is units.US
    assert units.unit_of(2.5e-7).name == "x2.5e-07s"
    assert units.count(1234567) == "1,234,567"


def test_heat_and_bars() -> None:
    shares = (None, 0.04, 0.05, 1, 5, 20, 50, 250)
    assert [level(share) for share in shares] == [0, 0, 1, 2, 3, 4, 5, 5]
    assert [bar(share, 4) for share in (0, 1, 12.5, 50, 100, 300)] == [
        "",
        "",
        "▌",
        "██",
        "████",
        "████",
    ]
    assert bar(50, 4, unicode=False) == "##"


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("style", [s for s in ansi.STYLES.values() if "#" in s])
def test_every_colour_can_be_read_on_dark_and_on_light_ground(style: str) -> None:
    colours = re.findall("#[0-9a-f]{6}", style)
    grounds = colours[1:] or ["#1e1e1e", "#ffffff"]
    for ground in grounds:
        light, dark = sorted((luminance(colours[0]), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= (3 if len(colours) == 1 else 4.5)


def test_sixteen_colours_are_chosen_for_both_grounds() -> None:
    assert ansi.SIXTEEN.keys() == {name for name, style in ansi.STYLES.items() if "#" in style}
    words = {word for name, style in ansi.SIXTEEN.items() for word in style.split()}
    assert words.isdisjoint({"white", "black", "yellow", "bright_black", "bright_yellow"})
    terminal = ansi.Terminal(80, "standard", UNICODE)
    assert ansi.painter(terminal)([Piece("x", "keyword"), Piece("y", "block5")]) == (
        "\x1b[35mx\x1b[0m\x1b[1;7;31my\x1b[0m"
    )


def test_text_is_cut_and_wrapped_by_columns_of_the_terminal() -> None:
    line = [Piece("ab日本", "keyword"), Piece("cd")]
    assert plain(cut(line, 8, "…")) == "ab日本cd"
    assert plain(cut(line, 6, "…")) == "ab日…"
    assert plain(cut(line, 5, "…")) == "ab日"[:3] + "…"
    assert cut(line, 0, "…") == []
    words = [Piece("value = function(one, two, three, four, five)")]
    assert [plain(part) for part in wrapped(words, 20, 4, "…")] == [
        "value = function(",
        "    one, two, three,",
        "    four, five)",
    ]
    assert [plain(part) for part in wrapped(words, 20, 4, "…", most=2)] == [
        "value = function(",
        "    one, two, three…",
    ]


def test_names_are_not_broken_and_deep_source_keeps_room() -> None:
    chain = [Piece("x = self.reporter.system_message(level)")]
    assert [plain(part) for part in wrapped(chain, 24, 4, "…")] == [
        "x = self.reporter",
        "    .system_message(",
        "    level)",
    ]
    deep = [Piece(" " * 30 + "base_node=node, other=two)")]
    assert [plain(part) for part in wrapped(deep, 30, 34, "…")] == [
        " " * 15 + "base_node=node,",
        " " * 15 + "other=two)",
    ]


def test_literal_text() -> None:
    assert literal("a\tb") == "a       b"
    assert literal("\x00\x7f\u2028é") == "\\x00\\x7f\\u2028é"


def test_source_in_pieces_is_the_source() -> None:
    texts = Path(__file__).read_text("utf-8").split("\n")
    assert [plain(line) for line in highlighted(texts)] == texts
    assert highlighted([]) == []


def test_what_pieces_are() -> None:
    source = ["@a.b(1)", "def f(x=1e3):", '    """d', '    e""" # c', "    return x.id or id(None)"]
    found = {(piece.text, piece.style) for line in highlighted(source) for piece in line}
    assert {
        ("@a.b", "decorator"),
        ("def", "keyword"),
        ("f", "function"),
        ("1e3", "number"),
        ('"""d', "string"),
        ('    e"""', "string"),
        ("# c", "comment"),
        ("return", "keyword"),
        ("id", "builtin"),
        ("None", "number"),
    } <= found
    assert any(".id " in text and not style for text, style in found)


@pytest.mark.parametrize("text", ['"""' * 5000, "'\\" * 5000, '"a' * 5000, "0x" * 5000, "(" * 9999])
def test_hostile_source_takes_no_time(text: str) -> None:
    assert plain(highlighted([text])[0]) == text


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = tmp_path / "my prog#1.py"
    here.write_text("")
    assert place_of(str(here), 7, 40, "…") == "my prog#1.py:7"
    assert link_to(str(here), 7).endswith("/my%20prog%231.py#7")
    assert place_of("/x/lib/site-packages/p/q.py", 7, 40, "…") == "…/p/q.py:7"
    assert place_of("/a/b/c/d/e.py", 7, 10, "...") == ".../e.py:7"
    assert place_of("<string>", 7, 40, "…") == "<string>:7"
    for nothing in ("<string>", "no/such.py", "a\0b"):
        assert link_to(nothing, 7) == ""


def test_glyphs_by_encoding() -> None:
    assert glyphs_for("utf-8") is UNICODE
    assert glyphs_for("cp437") is ASCII
    assert glyphs_for("no such codec") is ASCII


def test_loading_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    now = [0.0]
    stream = Terminal()
    with Meter(stream, 2, lambda: now[0]) as meter:
        meter.begin(0, "a/one.lprof")
        meter.advance(1, 2)
        assert stream.getvalue() == ""
        now[0] = 1.0
        meter.begin(1, "a/two\x1b.lprof")
        meter.advance(2, 2)  # too soon after the last
        now[0] = 2.0
        meter.advance(1, 2)
    text = stream.getvalue()
    assert text.endswith("\x1b[1A\x1b[2K")  # nothing of it is left
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "\n")
    shown = [
        " ".join(line.translate({0x2501: " ", 0x257A: " "}).split()) for line in text.split("\n")
    ]
    assert list(filter(None, shown))[:2] == [
        "Loading two\\x1b.lprof (2 of 2) 50%",
        "Loading two\\x1b.lprof (2 of 2) 75%",
    ]


def test_loading_is_silent_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    for stream in (io.StringIO(), Terminal()):
        with Meter(stream, 1, iter(range(99)).__next__) as meter:
            meter.begin(0, "x")
            meter.advance(1, 2)
        assert stream.getvalue() == ""
    with Meter(None, 1) as meter:
        meter.begin(0, "x")


# -- the pager ----------------------------------------------------------------------------------


def test_what_is_longer_than_the_screen_goes_through_a_pager(tmp_path: Path) -> None:
    save(PROFILE, tmp_path / "x.lprof")
    command = (sys.executable, "-m", "lineprof", "x.lprof")
    pager = {"PAGER": "sed 's/^/>/'"}
    paged = on_terminal(*command, cwd=tmp_path, width=100, **pager)
    assert all(line.startswith(">") for line in paged.split("\n")[:-1])
    assert "\x1b[" in paged
    plain_text = on_terminal(*command, "--no-pager", cwd=tmp_path, width=100, **pager)
    assert "Hottest lines" in plain_text
    assert not any(line.startswith(">") for line in plain_text.split("\n"))
    short = on_terminal(*command, "--filter", "never", cwd=tmp_path, width=100, **pager)
    assert not short.startswith(">")  # it fits the screen


def test_kernprof_has_a_pager(tmp_path: Path) -> None:
    pytest.importorskip("lineprof._core")
    lines = "    t += 1\n" * 40
    (tmp_path / "prog.py").write_text(f"@profile\ndef f():\n    t = 0\n{lines}f()\n")
    command = (sys.executable, "-m", "kernprof", "-l", "-v")
    pager = {"PAGER": "sed 's/^/>/'"}
    first, *paged = on_terminal(*command, "prog.py", cwd=tmp_path, width=100, **pager).split("\n")
    assert first == "Wrote profile results to 'prog.py.lprof'"
    assert len(paged) > 40
    assert all(line.startswith(">") for line in paged[:-1])
    for options in ("--no-pager",), ("--top", "1", "--plain"):
        text = on_terminal(*command, *options, "prog.py", cwd=tmp_path, width=100, **pager)
        assert "t += 1" in text or "\x1b[" in text
        assert not any(line.startswith(">") for line in text.split("\n"))


def test_ctrl_c_is_the_pagers(tmp_path: Path) -> None:
    save(PROFILE, tmp_path / "x.lprof")
    command = (sys.executable, "-m", "lineprof", "x.lprof")
    text = on_terminal(*command, cwd=tmp_path, width=100, PAGER="kill -INT $PPID; cat")
    assert "Hottest lines" in text


def test_runs_that_were_cut_short_say_so_first() -> None:
    cut_short = replace(PROFILE, runs=(replace(PROFILE.runs[0], cut_short="SIGTERM"),))
    assert lines(cut_short)[2:5] == ["", " The run was cut short by SIGTERM.", ""]


def test_joined_characters_take_the_columns_of_what_they_make() -> None:
    rich = pytest.importorskip("rich.cells")
    if not hasattr(rich, "split_graphemes"):
        pytest.skip("this version of rich does not know joined characters")
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    heart = "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}"
    assert [cells(text) for text in (family, heart, "e\u0301", "\N{HANGUL SYLLABLE GA}")] == [
        2,
        2,
        1,
        2,
    ]
    assert literal(f"'{family}'") == f"'{family}'"
    assert plain(cut([Piece(f"ab{family}cd")], 5, "…")) == f"ab{family}…"
    assert plain(cut([Piece(f"ab{family}cd")], 4, "…")) == "ab…"
