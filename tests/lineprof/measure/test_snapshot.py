"""From tuples of the core to the model: units, sums over threads, order, edges."""

from __future__ import annotations

import os
import sys
from types import CodeType
from typing import Any

from lineprof.measure.snapshot import function_key, profile_from, run_metadata
from lineprof.model.profile import Edge, FunctionKey, Line, Run, Thread


def code(name: str = "f", line: int = 1, file: str = "a.py") -> CodeType:
    space: dict[str, Any] = {}
    exec(compile("\n" * (line - 1) + f"def {name}():\n  pass\n", file, "exec"), space)
    found: CodeType = space[name].__code__
    return found


F, G = code("f", 1), code("g", 5)
F_KEY, G_KEY = FunctionKey("a.py", 1, "f"), FunctionKey("a.py", 5, "g")


def test_ticks_become_nanoseconds() -> None:
    row = (F, 2, 100, 10, [(2, 3, 50, 40, 30, 20, 10)], [(2, G, 1, 60, 8)])
    profile = profile_from([(7, [row])], [F], 2.5, Run())
    (found,) = profile.functions
    assert (found.key, found.calls, found.total, found.total_cost) == (F_KEY, 2, 250, 25)
    assert found.lines == (Line(2, 3, 125, 100, 75, 50, 25),)
    assert found.edges == (Edge(2, G_KEY, 1, 150, 20),)
    assert found.source is None


def test_a_clock_in_nanoseconds_stays_exact() -> None:
    large = 2**62 + 1
    profile = profile_from([(7, [(F, 1, large, 0, [], [])])], [], 1e-9 * 1e9, Run())
    assert profile.functions[0].total == large


def test_threads_are_added_before_they_are_converted() -> None:
    rows = [(n, [(F, 1, 1, 1, [(2, 1, 1, 1, 1, 1, 1)], [(2, G, 1, 1, 1)])]) for n in (1, 2, 3)]
    (found,) = profile_from(rows, [], 0.4, Run()).functions
    assert (found.calls, found.total, found.total_cost) == (3, 1, 1)
    assert found.lines == (Line(2, 3, 1, 1, 1, 1, 1),)
    assert found.edges == (Edge(2, G_KEY, 3, 1, 1),)


def test_code_with_equal_keys_is_one_function() -> None:
    twin = code("f", 1)
    assert twin is not F
    rows: list[Any] = [(1, [(F, 1, 4, 0, [(2, 1, 4, 4, 0, 0, 0)], []), (twin, 1, 5, 0, [], [])])]
    (found,) = profile_from(rows, [F, twin], 1.0, Run()).functions
    assert (found.calls, found.total) == (2, 9)
    assert found.lines == (Line(2, 1, 4, 4),)


def test_functions_lines_and_edges_are_sorted() -> None:
    lines = [(9, 1, 0, 0, 0, 0, 0), (6, 1, 0, 0, 0, 0, 0)]
    edges = [(9, F, 1, 0, 0), (6, G, 1, 0, 0), (6, F, 1, 0, 0)]
    profile = profile_from([(1, [(G, 1, 0, 0, lines, edges)])], [G, F], 1.0, Run())
    assert [function.key for function in profile.functions] == [F_KEY, G_KEY]
    found = profile.functions[1]
    assert [line.number for line in found.lines] == [6, 9]
    assert [(edge.line, edge.callee) for edge in found.edges] == [
        (6, F_KEY),
        (6, G_KEY),
        (9, F_KEY),
    ]


def test_what_never_ran_is_listed() -> None:
    (found,) = profile_from([], [F], 1.0, Run()).functions
    assert (found.key, found.calls, found.total, found.lines) == (F_KEY, 0, 0, ())


def test_threads_are_kept_on_request() -> None:
    row: Any = (F, 1, 5, 0, [], [])
    twice: Any = (F, 2, 6, 0, [], [])
    threads: list[Any] = [(9, [row]), (0, [row]), (0, [twice]), (4, [])]
    profile = profile_from(threads, [F, G], 1.0, Run(), per_thread=True)
    assert [(thread.ident, len(thread.functions)) for thread in profile.threads] == [
        (0, 1),
        (4, 0),
        (9, 1),
    ]
    assert isinstance(profile.threads[0], Thread)
    assert profile.threads[0].functions[0].calls == 3
    assert profile.functions[0].calls == 4
    assert profile_from(threads, [F], 1.0, Run()).threads == ()


def test_source_is_asked_for_once_per_function() -> None:
    asked: list[CodeType] = []

    def source(code: CodeType) -> str | None:
        asked.append(code)
        return "text" if code is F else None

    threads: list[Any] = [(n, [(F, 1, 5, 0, [], [])]) for n in (1, 2)]
    profile = profile_from(threads, [F, G], 1.0, Run(), source=source, per_thread=True)
    assert asked == [F, G]
    assert [function.source for function in profile.functions] == ["text", None]
    assert profile.threads[0].functions[0].source is None


def test_a_key_names_nested_code_in_full() -> None:
    inner = next(const for const in outer.__code__.co_consts if isinstance(const, CodeType))
    assert function_key(inner) == FunctionKey(
        __file__, inner.co_firstlineno, "outer.<locals>.<lambda>"
    )


def outer() -> object:
    return lambda: 1


def test_what_is_known_about_the_run() -> None:
    run = run_metadata(
        started=5.0, duration=6, core="trace", clock="wall/tsc", tick=0.5e-9, cost=(100, 60, 3)
    )
    assert (run.started, run.duration, run.core, run.clock, run.tick) == (
        5.0,
        6,
        "trace",
        "wall/tsc",
        0.5e-9,
    )
    assert run.cost == (50_000, 30_000, 1_500)
    assert run.pid == os.getpid()
    assert run.argv == tuple(sys.argv)
    assert run.python == sys.version.split()[0]
    assert run.implementation == "cpython"
    assert run.lineprof
    assert run.platform


def test_a_program_may_have_put_anything_into_argv(monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "argv", ["x", 3])
    made: dict[str, Any] = {"started": 0.0, "duration": 0, "core": "", "clock": "", "tick": 1e-9}
    assert run_metadata(**made, cost=(0, 0, 0)).argv == ("x", "3")
    monkeypatch.delattr(sys, "argv")
    assert run_metadata(**made, cost=(0, 0, 0)).argv == ()
