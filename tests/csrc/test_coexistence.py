"""Coverage, pdb and cProfile at work beside us: both sides get right numbers."""

from __future__ import annotations

import cProfile
import importlib.util
import pstats
import sys
import threading
from pathlib import Path
from textwrap import dedent

import pytest

from lineprof import _core
from tests.support.harness import counts_of, measure, nothing_left
from tests.support.oracle import count
from tests.support.scripts import PROGRAM, expected_hits, run

# -- coverage --------------------------------------------------------------------------


COVERAGE = """
import coverage, warnings
def lines(profiled, order):
    measured = coverage.Coverage(data_file=None, include=["program.py"])
    if profiled and order == "ours first": start()
    measured.start()
    if profiled and order == "theirs first": start()
    program.work(20)
    if profiled and order == "ours first": profiler.stop(); profiler.close()
    measured.stop()
    profiler.close()
    data = measured.get_data()
    (file,) = data.measured_files()
    return sorted(data.lines(file)), measured._collector.tracer_name()
"""


@pytest.mark.parametrize("tracer", ["ctrace", "sysmon"])
@pytest.mark.parametrize("order", ["ours first", "theirs first"])
def test_coverage(tmp_path: Path, tracer: str, order: str, core: str, mode: str) -> None:
    if importlib.util.find_spec("coverage") is None:
        pytest.skip("coverage is not installed")
    if tracer == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring needs Python 3.12")
    script = (
        COVERAGE
        + f"""
alone, _ = lines(False, {order!r})
beside, name = lines(True, {order!r})
tell(alone=alone, beside=beside, name=name, left=[str(sys.gettrace()), str(profiler.tool_id)])
"""
    )
    told, _ = run(tmp_path, script, core, mode, COVERAGE_CORE=tracer)
    if told["name"] != {"ctrace": "CTracer", "sysmon": "SysMonitor"}[tracer]:
        pytest.skip(f"this coverage has no {tracer}")
    assert told["beside"] == told["alone"]
    assert len(told["alone"]) > 15  # type: ignore[arg-type]
    assert told["hits"] == expected_hits(20)
    assert told["left"] == ["None", "None"]


# -- pdb -------------------------------------------------------------------------------


def line_of(text: str) -> int:
    return PROGRAM.splitlines().index(text) + 1


PDB = """
import pdb
start()
debugger = pdb.Pdb(nosigint=True, readrc=False)
debugger.set_trace()
value = program.work(6)
tell(value=value)
"""


def test_pdb_with_breakpoints(tmp_path: Path, core: str, mode: str) -> None:
    """Stopping, stepping and going on in measured code loses no line and counts none twice."""
    inside = line_of("        total -= 3")
    commands = f"""
        b program.py:{inside}
        b program.fails
        c
        p "first", total
        n
        n
        c
        p "second", total
        clear 1
        c
        p "third", n
        s
        s
        up
        p "above", n
        down
        r
        clear 2
        c
        """
    told, output = run(tmp_path, PDB, core, mode, stdin=dedent(commands))
    assert told["hits"] == expected_hits(6)
    assert told["value"] == 3 + 3 + 0 + 1 + 1
    # sum(range(6)) is 15: three off at each round.
    for seen in ("('first', 15)", "('second', 12)", "('third', 0)", "('above', 6)"):
        assert seen in output, output
    stops = [line for line in output.splitlines() if "program.py(" in line and "> " in line]
    assert any(f"program.py({inside})work()" in line for line in stops), output


def test_pdb_leaves_when_it_is_told_to_continue(tmp_path: Path, core: str, mode: str) -> None:
    """Without breakpoints pdb removes its trace function, and ours stays."""
    told, _ = run(tmp_path, PDB, core, mode, stdin="n\ns\nc\n")
    assert told["hits"] == expected_hits(6)


def beside_pdb(
    tmp_path: Path, script: str, core: str, mode: str, stdin: str
) -> dict[str, dict[str, int]]:
    """The hits of the script; the debugger must print what it prints without us."""
    alone, plain = run(tmp_path, script, core, "plain", stdin=stdin)
    told, output = run(tmp_path, script, core, mode, stdin=stdin)
    assert alone["value"] == told["value"]
    assert output.partition("RESULT")[0] == plain.partition("RESULT")[0]
    first, hits = told["first"], told["hits"]
    assert isinstance(first, int) and isinstance(hits, dict)
    # The lines of the script, counted from the function.
    return {
        name: {str(int(line) - first) if name == "stops" else line: n for line, n in lines.items()}
        for name, lines in hits.items()
    }


FAILS = {str(n): 1 for n in (8, 9, 10, 12, 13, 15)}


@pytest.mark.parametrize("commands", ['p "at", n\nn\nn\np "then", n\nc\n', "s\ns\nr\nc\n", "c\n"])
def test_breakpoint_in_a_measured_function(
    tmp_path: Path, core: str, mode: str, commands: str
) -> None:
    script = """
    def stops(n):
        n += 1
        breakpoint()
        n += 2
        for i in range(3):
            n += i
        return n
    functions = (stops, program.fails)
    start()
    value = stops(0) + program.fails(1)
    tell(value=value, first=stops.__code__.co_firstlineno)
    """
    hits = beside_pdb(tmp_path, script, core, mode, commands)
    assert hits["stops"] == {str(n): k for n, k in enumerate([1, 1, 1, 4, 3, 1], 1)}
    assert hits["fails"] == FAILS


def test_breakpoint_below_a_measured_function(tmp_path: Path, core: str, mode: str) -> None:
    """In code that is not measured, called by code that is, on its last line, more than once."""
    script = """
    import pdb
    def helper(n):
        if n == 1: breakpoint()
        return program.fails(n - 1)
    def stops(n):
        total = 0
        for i in range(n):
            total += helper(i)
        pdb.set_trace(); total += 1
        return total
    functions = (stops, program.fails)
    start()
    value = stops(3) + stops(3)
    tell(value=value, first=stops.__code__.co_firstlineno)
    """
    hits = beside_pdb(tmp_path, script, core, mode, "n\nc\n" * 2 + "c\nc\nc\nc\n")
    assert hits["stops"] == {"1": 2, "2": 8, "3": 6, "4": 2, "5": 2}
    # Called with -1, 0 and 1, twice.
    assert hits["fails"] == {"8": 6, "9": 6, "10": 4, "11": 2, "12": 4, "13": 4, "15": 6}


@pytest.mark.parametrize("call", ["stop()", "alias()", "outer()"])
def test_a_debugger_that_goes_by_another_name(
    tmp_path: Path, core: str, mode: str, call: str
) -> None:
    """Nothing in the measured code says that a debugger will be called."""
    script = f"""
    import pdb, sys
    alias = pdb.set_trace
    def stop(depth=1):
        pdb.Pdb(nosigint=True, readrc=False).set_trace(sys._getframe(depth))
    def outer(): stop(2)
    def stops(n):
        n += 1
        {call}
        n += 2
        return n
    functions = (stops, program.fails)
    start()
    value = stops(0) + program.fails(1)
    tell(value=value, first=stops.__code__.co_firstlineno)
    """
    hits = beside_pdb(tmp_path, script, core, mode, 'p "at", n\nn\nn\np "then", n\nc\n')
    assert hits["stops"] == {"1": 1, "2": 1, "3": 1, "4": 1}
    assert hits["fails"] == FAILS


def test_breakpoint_in_a_generator(tmp_path: Path, core: str, mode: str) -> None:
    script = """
    def numbers():
        for i in range(3):
            if i == 1:
                breakpoint()
            yield i
    def stops(n):
        total = n
        for i in numbers():
            total += i
        return total
    functions = (stops, numbers, program.fails)
    start()
    value = stops(1) + program.fails(1)
    tell(value=value, first=stops.__code__.co_firstlineno, gen=numbers.__code__.co_firstlineno)
    """
    hits = beside_pdb(tmp_path, script, core, mode, "n\nn\nn\nc\n")
    assert hits["stops"] == {"1": 1, "2": 4, "3": 3, "4": 1}
    assert sorted(hits["numbers"].values()) == [1, 3, 3, 4]
    assert hits["fails"] == FAILS


def test_breakpoints_in_threads(tmp_path: Path, core: str, mode: str) -> None:
    """One thread at its prompt, others in the same function."""
    script = """
    import threading
    barrier = threading.Barrier(3)
    def stops(n):
        barrier.wait()
        if n == 0: breakpoint()
        total = 0
        for i in range(100):
            total += i
        return total
    functions = (stops, program.fails)
    start()
    results = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(stops(n))) for n in range(1, 3)
    ]
    for thread in threads: thread.start()
    results.append(stops(0))
    for thread in threads: thread.join()
    tell(value=sum(results), first=stops.__code__.co_firstlineno)
    """
    hits = beside_pdb(tmp_path, script, core, mode, "n\nc\n")
    assert hits["stops"] == {"1": 3, "2": 3, "3": 3, "4": 303, "5": 300, "6": 3}


# -- cProfile --------------------------------------------------------------------------


def fib(n: int) -> int:
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def test_cprofile_around_the_measuring(core: str, mode: str) -> None:
    """cProfile begins before us and ends after us, or begins and ends half-way."""
    if sys.getprofile():
        pytest.skip("the test runner itself is being profiled")
    code = fib.__code__
    _, expected = count([code], lambda: [fib(9), fib(9), fib(9)])

    around, between = cProfile.Profile(), cProfile.Profile()
    profiler = _core.Profiler(core=core)

    def driver() -> list[int]:
        found = [fib(9)]
        around.disable()
        between.enable()
        found.append(fib(9))
        between.disable()
        around.enable()
        return [*found, fib(9)]

    with nothing_left([code]):
        around.enable()
        try:
            assert measure(profiler, [code], mode, driver) == [34] * 3
        finally:
            around.disable()
            between.disable()
    assert dict(counts_of(profiler))[code] == expected[code]

    def calls(profile: cProfile.Profile) -> list[tuple[int, int]]:
        stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
        return [value[:2] for key, value in stats.items() if key[2] == "fib"]

    each = expected[code].calls // 3
    assert calls(around) == [(2, 2 * each)]
    assert calls(between) == [(1, each)]


# -- Switched on and off by one thread -------------------------------------------------


def loop(n: int) -> int:
    total = 0
    for i in range(n):
        total += leaf(i)
    return total


def leaf(i: int) -> int:
    return i + 1


def test_switched_on_and_off_between_any_two_instructions(core: str, mode: str) -> None:
    codes = [loop.__code__, leaf.__code__]
    end = threading.Event()
    results: list[int] = []
    errors: list[BaseException] = []

    def others() -> None:
        try:
            while not end.is_set():
                results.append(loop(5))
        except BaseException as error:
            errors.append(error)

    profiler = _core.Profiler(core=core)
    threads = [threading.Thread(target=others) for _ in range(3)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    mine = 0
    try:
        with nothing_left(codes):
            for thread in threads:
                thread.start()
            for _ in range(100):
                for code in codes:
                    profiler.watch(code, always=mode == "always")
                profiler.start()
                assert loop(3) == 6
                mine += 1
                profiler.close()
            end.set()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)
        end.set()
    assert errors == []
    assert set(results) == {15}
    found = dict(counts_of(profiler))
    (own,) = (
        {f[0]: (f[1], {line[0]: line[1] for line in f[4]}) for f in functions}
        for ident, functions in profiler.snapshot()
        if ident == threading.get_ident()
    )
    # cProfile saw all calls of this thread, and at most all of other threads.
    first = loop.__code__.co_firstlineno
    assert own[loop.__code__][0] == mine
    assert own[leaf.__code__][0] == 3 * mine
    assert [own[loop.__code__][1][first + n] for n in (1, 2, 3, 4)] == [100, 400, 300, 100]
    assert mine <= found[loop.__code__].calls <= mine + len(results)
    assert 3 * mine <= found[leaf.__code__].calls <= 3 * mine + 5 * len(results)
    profiler.close()
