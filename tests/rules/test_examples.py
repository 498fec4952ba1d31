"""The examples run with and without kernprof, and their listings show what their texts promise."""

from __future__ import annotations

import bz2
import subprocess
import sys
from pathlib import Path

import pytest

import lineprof
from lineprof import Function, Line
from tests.kernprof.command import environment, kernprof, python
from tests.support import ROOT

EXAMPLES = ROOT / "examples"


def plain(name: str, *args: str, cwd: Path) -> str:
    done = python(str(EXAMPLES / name), *args, cwd=cwd, PYTHONDONTWRITEBYTECODE="1")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def profiled(name: str, *args: str, cwd: Path) -> tuple[str, dict[str, Function]]:
    """Output of an example under kernprof, and its functions by name."""
    script = str(EXAMPLES / name)
    done = kernprof("-l", script, *args, cwd=cwd, PYTHONDONTWRITEBYTECODE="1")
    assert (done.returncode, done.stderr) == (0, "")
    profile = lineprof.load(cwd / f"{name}.lprof")
    out, wrote, _ = done.stdout.partition("Wrote profile results")
    assert wrote
    return out, {function.key.name: function for function in profile.functions}


def line_with(function: Function, text: str) -> Line:
    """The numbers of the one line of a function that holds this text."""
    assert function.source is not None
    lines = function.source.splitlines()
    (found,) = (number for number, line in enumerate(lines) if text in line)
    return {line.number: line for line in function.lines}[function.key.first_line + found]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    out = plain("log_parser.py", "5000", "log.bz2", cwd=folder)
    assert out.startswith("mean cpu_usage of 5000 lines: ")
    return folder / "log.bz2"


def test_the_log_is_the_same_every_time(log: Path, tmp_path: Path) -> None:
    assert plain("make_log.py", "5000", "again.bz2", cwd=tmp_path) == "again.bz2: 5000 lines\n"
    assert (tmp_path / "again.bz2").read_bytes() == log.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.bz2"]
    lines = bz2.decompress(log.read_bytes()).decode("ascii").splitlines()
    assert len(lines) == 5000
    values = [float(line.split(",")[2]) for line in lines if ",cpu_usage," in line]
    assert 1000 < len(values) < 1500
    expected = f"{sum(values) / len(values):.4f}\n"
    assert plain("log_parser.py", "5000", str(log), cwd=tmp_path).endswith(expected)


def test_log_parser(log: Path, tmp_path: Path) -> None:
    expected = plain("log_parser.py", "5000", str(log), cwd=tmp_path)
    out, functions = profiled("log_parser.py", "5000", str(log), cwd=tmp_path)
    assert out == expected
    assert set(functions) == {"main", "process_line"}
    main, process_line = functions["main"], functions["process_line"]
    assert line_with(main, "for line in f_in").hits == 5001
    assert line_with(main, "process_line(line)").hits == 5000
    assert process_line.calls == 5000
    assert process_line.lines[0].hits == 5000
    matched = line_with(process_line, "match.groups()").hits
    damaged = process_line.lines[2].hits
    assert matched + damaged == 5000
    assert 0 < damaged < 100
    (edge,) = main.edges
    assert (edge.callee.name, edge.calls) == ("process_line", 5000)


def test_log_parser_in_its_own_folder(tmp_path: Path) -> None:
    """Without a file named, the log is made beside the script, once."""
    for name in ("log_parser.py", "make_log.py"):
        (tmp_path / name).write_bytes((EXAMPLES / name).read_bytes())
    command = [sys.executable, "-B", str(tmp_path / "log_parser.py"), "100"]
    outs = {
        subprocess.run(
            command, cwd="/", env=environment(), capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(outs) == 1
    assert sorted(path.name for path in tmp_path.glob("*")) == [
        "log-100.bz2",
        "log_parser.py",
        "make_log.py",
    ]


def test_sleepers(tmp_path: Path) -> None:
    assert plain("sleepers.py", "0.1", cwd=tmp_path) == "slept 260 times 0.1 ms\n"
    out, functions = profiled("sleepers.py", "1", cwd=tmp_path)
    assert out == "slept 260 times 1 ms\n"
    sleep = 1_000_000
    day, work = functions["day"], functions["work"]
    short_task, countdown = functions["short_task"], functions["countdown"]

    # A sleep never ends early, so these are lower bounds that no slow machine can break.
    def least(function: Function, text: str, hits: int, total: int, own: int) -> Line:
        line = line_with(function, text)
        assert line.hits == hits
        assert line.total - line.total_cost >= total * sleep * 0.9
        assert line.self_time - line.self_cost >= own * sleep * 0.9
        return line

    for text, total, own in (("work(200)", 200, 0), ("nap(50)", 50, 50), ("countdown(10)", 10, 0)):
        least(day, text, 1, total, own)
    least(work, "short_task()", 100, 100, 0)
    least(work, "time.sleep(", 100, 100, 100)
    least(short_task, "time.sleep(", 100, 100, 100)
    sleeping = least(countdown, "time.sleep(", 10, 10, 10)
    again = least(countdown, "countdown(left - 1)", 10, 9, 0)
    # These relations of self and total hold however slow the machine is.
    for line in (line_with(day, "work(200)"), line_with(work, "short_task()"), again):
        assert line.self_time < line.total / 2
    assert line_with(day, "nap(50)").self_time == line_with(day, "nap(50)").total
    # Counted once, however deep: 9 sleeps, not 45.
    assert again.total <= countdown.total
    assert sleeping.total <= countdown.total


def test_pipeline_async(tmp_path: Path) -> None:
    expected = plain("pipeline_async.py", "3", cwd=tmp_path)
    out, functions = profiled("pipeline_async.py", "3", cwd=tmp_path)
    assert out == expected
    assert set(functions) == {"readings", "smoothed", "fetch", "arrivals", "consume", "main"}
    sleep = line_with(functions["fetch"], "asyncio.sleep")
    assert sleep.hits == 6
    # Six waits of 10 ms, by the event loop's clock, which may wake a little early.
    assert sleep.suspended >= 6 * 9_000_000
    assert sleep.total < sleep.suspended
    assert line_with(functions["readings"], "yield").hits == 600
    assert line_with(functions["readings"], "yield").suspended > 0
    assert line_with(functions["arrivals"], "for number").hits == 4
    assert line_with(functions["arrivals"], "yield await").suspended >= 3 * 9_000_000
    assert line_with(functions["main"], "await consume").suspended >= 3 * 9_000_000
    assert line_with(functions["main"], "assert").suspended == 0


@pytest.mark.skipif(sys.platform == "win32", reason="numbers are kept in mapped files")
def test_pool(tmp_path: Path) -> None:
    expected = plain("pool.py", cwd=tmp_path)
    out, functions = profiled("pool.py", cwd=tmp_path)
    assert out == expected
    assert set(functions) == {"count_words"}
    assert functions["count_words"].calls == 40
    assert line_with(functions["count_words"], "+= 1").hits == 192_000


@pytest.mark.parametrize("name", ["log_parser.py", "sleepers.py", "pipeline_async.py", "pool.py"])
def test_a_function_profile_too(name: str, log: Path, tmp_path: Path) -> None:
    """Without -l there is no `profile`; the examples run all the same, under cProfile."""
    args = {"log_parser.py": ["100", str(log)], "sleepers.py": ["0"], "pipeline_async.py": ["1"]}
    args["pool.py"] = []
    done = kernprof(str(EXAMPLES / name), *args[name], cwd=tmp_path, PYTHONDONTWRITEBYTECODE="1")
    assert done.stderr == ""
    assert f"Wrote profile results to '{name}.prof'\n" in done.stdout
