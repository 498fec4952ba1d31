"""python -m lineprof: what it prints, where errors go, and its exit status."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lineprof import commands
from lineprof._version import __version__
from lineprof.commands import COMMANDS, load_command, main
from lineprof.files.lprof import save
from lineprof.model.profile import Function, FunctionKey, Line, Profile, Run

F = FunctionKey("a.py", 1, "f")
G = FunctionKey("b.py", 4, "C.g")
PROFILE = Profile(
    (Run(clock="wall/tsc"),),
    (
        Function(
            F, 1, 5_000, 1_000, (Line(2, 2, 5_000, 5_000, 0, 1_000, 1_000),), (), "def f():\n  x\n"
        ),
        Function(G, 0, 0, source="def g(): pass\n"),
    ),
)
LISTING = """\
Timer unit: 1e-06 s

Total time: 4e-06 s
File: a.py
Function: f at line 1

Line #      Hits         Time  Per Hit   % Time  Line Contents
==============================================================
     1                                           def f():
     2         2          4.0      2.0    100.0    x

Total time: 0 s
File: b.py
Function: C.g at line 4

Line #      Hits         Time  Per Hit   % Time  Line Contents
==============================================================
     4                                           def g(): pass

"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "x.lprof"
    save(PROFILE, path)
    return str(path)


def run(*argv: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "lineprof", *argv], capture_output=True, check=False, **options
    )


def shown(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main.main(argv) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def refused(capsys: pytest.CaptureFixture[str], status: int, *argv: str) -> str:
    assert main.main(argv) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lineprof: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    return err


def test_as_a_process(file: str) -> None:
    done = run(file)
    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout.replace(b"\r\n", b"\n") == LISTING.encode()


def test_listing(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, file) == LISTING


def test_unit_and_raw(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, "-u", "1e-9", file)
    assert out.startswith("Timer unit: 1e-09 s\n")
    assert "     2         2       4000.0   2000.0    100.0    x\n" in out
    out = shown(capsys, "--unit=1e-9", "--raw", file)
    assert "Total time: 5e-06 s\n" in out
    assert "     2         2       5000.0   2500.0    100.0    x\n" in out


def test_skip_zero_sort_and_summary_may_be_joined(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shown(capsys, "-zt", file)
    assert "C.g" not in out
    out = shown(capsys, "-tm", file)
    assert out.index("Function: C.g") < out.index("Function: f")
    assert out.endswith("\n\n  0.00 seconds - b.py:4 - C.g\n  0.00 seconds - a.py:1 - f\n")


def test_columns(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, "--columns", "hits, self,await,calls,time", file)
    assert "Line #      Hits         Self        Await     Calls         Time  Line Co" in out


def test_top_min_percent_and_filter(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "C.g" not in shown(capsys, "--top", "1", file)
    assert "C.g" not in shown(capsys, "--min-percent", "1", file)
    out = shown(capsys, "--filter", "nothing", "--filter", "C.*", file)
    assert "C.g" in out
    assert "Function: f" not in out


def test_several_files_are_added_up_wherever_the_options_stand(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shown(capsys, file, "-z", file, "--top=5", file)
    assert "Total time: 1.2e-05 s\n" in out
    assert "     2         6         12.0      2.0    100.0    x\n" in out


def test_files_of_different_clocks_do_not_add(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = str(tmp_path / "cpu.lprof")
    save(replace(PROFILE, runs=(Run(clock="cpu/thread_cpu"),)), other)
    message = refused(capsys, 1, file, other)
    assert file in message
    assert other in message
    assert "Total" in shown(capsys, other, other)


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "--version") == f"lineprof {__version__}\n"
    assert shown(capsys, "-V") == f"lineprof {__version__}\n"
    text = shown(capsys, "--help")
    assert text.startswith("usage: python -m lineprof [options] FILE...\n")
    for option in ("-u", "-z", "-t", "-m", "--columns", "--raw", "--top", "--min-percent"):
        assert option in text


def test_verbose_version_says_what_measures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LINEPROF_CORE", raising=False)
    pytest.importorskip("lineprof._core")
    lines = shown(capsys, "--version", "-v").splitlines()
    assert lines[0] == f"lineprof {__version__}"
    assert any(line.startswith("core: ") for line in lines)
    assert any(line.startswith("clock: ") for line in lines)


def test_verbose_version_without_the_core(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lineprof.measure.event_source", None)
    assert main.main(["-Vv"]) == 1
    assert capsys.readouterr().err.startswith("lineprof: the C core cannot be loaded: ")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "none is given"),
        (["--nonsense", "FILE"], "--nonsense"),
        (["-x", "FILE"], "-x"),
        (["--unix", "1", "FILE"], "--unix"),
        (["FILE", "-u"], "-u/--unit: expected one argument"),
        *(
            (["-u", unit, "FILE"], f"-u/--unit: not a {kind}: '{unit}'")
            for unit, kind in [
                ("0", "positive number of seconds"),
                ("-1", "positive number of seconds"),
                ("1e-400", "positive number of seconds"),
                ("5e-324", "positive number of seconds"),
                ("nan", "finite number"),
                ("inf", "finite number"),
                ("1e400", "finite number"),
                ("ms", "finite number"),
                ("", "finite number"),
            ]
        ),
        (["--columns", "hits,size", "FILE"], "no column 'size': choose from hits, time"),
        (["--columns", "", "FILE"], "no column ''"),
        (["--columns", "hits,hits", "FILE"], "column 'hits' is named twice"),
        (["--top", "0", "FILE"], "--top: not a positive whole number: '0'"),
        (["--top", "1.5", "FILE"], "--top: not a positive whole number"),
        (["--top", "9" * 5000, "FILE"], "--top: not a positive whole number"),
        (["--min-percent", "101", "FILE"], "--min-percent: not from 0 to 100: '101'"),
        (["--min-percent", "nan", "FILE"], "--min-percent: not a finite number"),
        (["--raw=1", "FILE"], "--raw"),
        (["--nonsense\n\x1b[31m", "FILE"], "\\n\\x1b[31m"),
    ],
)
def test_wrong_usage(
    argv: list[str], message: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(capsys, 2, *(file if word == "FILE" else word for word in argv))


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("gone.lprof", None, "no such file"),
        ("empty.lprof", b"", "empty file"),
        ("text.lprof", b"hello", "not a lineprof profile"),
        ("script.py", b"import os\n", "a Python source file"),
        ("cut.lprof", b'{"format":"lineprof","version":"1.0","run', "truncated or damaged"),
        (
            "new.lprof",
            b'{"format":"lineprof","version":"2.0"}',
            "written in format 2 by a newer lineprof",
        ),
        ("odd.lprof", b'{"format":"lineprof","version":"1.0"}', "damaged (runs: expected a list"),
    ],
)
def test_bad_files(
    name: str, data: bytes | None, fault: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(file).with_name(name)
    if data is not None:
        path.write_bytes(data)
    message = refused(capsys, 1, file, str(path))
    assert message.startswith(f"lineprof: {path}: {fault}")


def test_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, 1, str(tmp_path)) == f"lineprof: {tmp_path}: is a directory\n"


def test_no_traceback_from_a_process(tmp_path: Path) -> None:
    done = run(str(tmp_path / "gone.lprof"))
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert run().returncode == 2


def test_empty_profile_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.lprof"
    save(Profile((), ()), path)
    out = shown(capsys, str(path))
    assert out.startswith("Timer unit: 1e-06 s\n\nNothing was measured: no function was regist")


@pytest.fixture
def large(tmp_path: Path) -> str:
    path = tmp_path / "large.lprof"
    lines = tuple(Line(n, 1, n, n) for n in range(1, 20_000))
    save(Profile((), (Function(F, 1, 10**6, 0, lines, (), "x\n" * 20_000),)), path)
    return str(path)


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_reader_that_has_seen_enough(large: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "lineprof", large], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10) == b"Timer unit"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("size", ["file", "large"])
def test_a_full_disk(size: str, request: pytest.FixtureRequest) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lineprof", request.getfixturevalue(size)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b"lineprof: cannot write to standard output: No space left on device\n"


@pytest.mark.skipif(os.name != "posix", reason="closes a descriptor with the shell")
def test_no_standard_output_or_error(file: str) -> None:
    command = f'"{sys.executable}" -m lineprof "{file}"'
    done = subprocess.run(f"{command} >&-", shell=True, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr == b"lineprof: there is no standard output to write to\n"
    done = subprocess.run(f"{command}x 2>&-", shell=True, capture_output=True, check=False)
    assert done.returncode == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_odd_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "größe.lprof"
    function = replace(PROFILE.functions[0], source="def f():\n  'größe 日本 \udcff'\n")
    save(replace(PROFILE, functions=(function,)), path)
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = run(str(path), env=environment)
    assert done.returncode == 0
    assert done.stderr == b""
    assert b"  'gr" in done.stdout
    done = run(str(path) + "x", env=environment)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1


def test_a_shown_file_is_not_changed(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(file).read_bytes()
    shown(capsys, file)
    assert Path(file).read_bytes() == before
    assert json.loads(before)["format"] == "lineprof"


def test_commands_load_only_what_is_asked_for(file: str) -> None:
    for words in ([file], ["--version"]):
        code = (
            "import sys; from lineprof.commands import main; main.main(sys.argv[1:]);"
            "print([m for m in sys.modules if m.startswith('lineprof.commands.')], file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, check=True, text=True
        )
        loaded = {name.rpartition(".")[2] for name in ast.literal_eval(done.stderr)}
        assert loaded & set(COMMANDS) == {"show"}


def test_a_command_word(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "show", file) == LISTING
    assert "see lineprof show --help" in refused(capsys, 2, "show", file, "--nonsense")
    text = shown(capsys, "show", "-h")
    assert text.startswith("usage: python -m lineprof show [options] FILE...\n")


def test_a_file_named_like_a_command_is_shown(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(file).parent)
    Path(file).rename("show")
    assert shown(capsys, "show") == LISTING
    assert shown(capsys, "./show") == LISTING


def test_the_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "--help")
    for name in COMMANDS:
        summary = load_command(name).SUMMARY
        assert summary.endswith(".")
        assert re.search(rf"^  {name} +{re.escape(summary)}$", text, re.MULTILINE)


def test_every_module_that_is_a_command_is_in_the_table() -> None:
    folder = Path(commands.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "options", "progress"}
    assert modules >= set(COMMANDS)
    assert {name for name in modules if hasattr(load_command(name), "SUMMARY")} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_help(name: str, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, name, option)
    assert text.startswith(f"usage: python -m lineprof {name} ")
    assert load_command(name).SUMMARY in text
    assert "show this help message and exit" in text


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["shwo", "FILE"], "shwo: no such file or command; did you mean show?"),
        (["exprot", "FILE"], "did you mean export?"),
        (["--colums", "hits", "FILE"], "--colums; did you mean --columns?"),
        (["FILE", "--colums=hits"], "did you mean --columns?"),
        (["diff", "FILE", "FILE", "--fail-fi", "hits>0"], "did you mean --fail-if?"),
    ],
)
def test_what_was_meant(
    argv: list[str], message: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(capsys, 2, *(file if word == "FILE" else word for word in argv))


def test_very_long_listings_go_into_a_pipe_only_when_asked_for(tmp_path: Path) -> None:
    functions = tuple(
        Function(FunctionKey("a.py", n, f"f{n}"), 1, n, source="def f():\n" + "  x\n" * 999)
        for n in range(1, 51)
    )
    path = tmp_path / "x.lprof"
    save(Profile((), functions), path)
    done = run(str(path))
    assert done.returncode == 0
    assert done.stdout.count(b"Function: ") == 10
    assert b"Function: f50 at" in done.stdout
    assert done.stderr == (
        b"lineprof: of 50,000 lines in 50 functions, those of the 10 that took longest are "
        b"written: --top all writes all\n"
    )
    for words in (["--top", "all"], ["--filter", "f*"]):
        done = run(*words, str(path))
        assert done.stdout.count(b"Function: ") == 50
        assert done.stderr == b""
    with open(tmp_path / "all.txt", "wb") as out:
        command = [sys.executable, "-m", "lineprof", str(path)]
        subprocess.run(command, stdout=out, check=True)
    assert (tmp_path / "all.txt").read_bytes().count(b"Function: ") == 50


def test_options_can_be_abbreviated(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As with line_profiler."""
    assert main.main([file, "--summ", "--uni", "1"]) == 0
    whole = capsys.readouterr().out
    assert main.main([file, "--summarize", "--unit", "1"]) == 0
    assert capsys.readouterr().out == whole
