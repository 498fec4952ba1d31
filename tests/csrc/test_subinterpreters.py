"""Importing and profiling in interpreters beside the main one."""

from __future__ import annotations

import importlib.util
from textwrap import dedent

import pytest

from tests.support.clocked import run

pytestmark = pytest.mark.skipif(
    not any(importlib.util.find_spec(n) for n in ("_interpreters", "_xxsubinterpreters")),
    reason="this Python cannot make interpreters",
)

MAKING = """
import threading
try: import _interpreters as interpreters
except ImportError: import _xxsubinterpreters as interpreters
PROGRAM = '''
import sys
sys.path[:] = {sys.path!r}
from lineprof import _core
def work(n):
    return n and work(n - 1)
def calls_of(profiler):
    return sum(f[1] for _, fs in profiler.snapshot() for f in fs)
profiler = _core.Profiler(core={core!r})
profiler.watch(work.__code__, always={always})
profiler.start()
'''
def interpret(text, **more):
    one = interpreters.create()
    try:
        head = PROGRAM.format(sys=sys, core=core, always=mode == "always")
        failure = interpreters.run_string(one, head + text, **more)
        assert failure is None, failure
    finally:
        interpreters.destroy(one)
"""


def interpreting(core: str, mode: str, script: str) -> list[str]:
    return run(core, mode, dedent(MAKING) + dedent(script))


def test_one_after_the_other(core: str, mode: str) -> None:
    """Each measures its own code during a measured call of the main interpreter."""
    output = interpreting(
        core,
        mode,
        """
        def work(n):
            tick(1)
            if n: interpret("work(5)\\nprofiler.close()\\nassert calls_of(profiler) == 6")
            return n and work(n - 1)
        print(measured(lambda: work(3), work)["work"][:2])
        """,
    )
    assert output == ["(4, 4)"]


def test_one_that_ends_while_it_measures(core: str, mode: str) -> None:
    output = interpreting(
        core,
        mode,
        """
        for _ in range(5):
            interpret("work(5)\\nassert calls_of(profiler) == 6")
            interpret("from lineprof import LineProfiler\\np = LineProfiler()\\np(work)\\nwork(3)")
        def work(): tick(1)
        print(measured(work, work)["work"][:2])
        """,
    )
    assert output == ["(1, 1)"]


def test_several_at_once(core: str, mode: str) -> None:
    """From 3.12 on each has its own GIL, and they run at the same time."""
    output = interpreting(
        core,
        mode,
        """
        def program():
            interpret('''for _ in range(2000): work(5)
        profiler.close()
        assert calls_of(profiler) == 12000, calls_of(profiler)
        done = _core.Profiler(core=profiler.core)
        ''')
            ended.append(1)
        ended = []
        def work(n): return n and work(n - 1)
        def main():
            threads = [threading.Thread(target=program) for _ in range(4)]
            for one in threads: one.start()
            for _ in range(2000): work(5)
            for one in threads: one.join()
        found = measured(main, work)
        print(found["work"][0], len(ended))
        """,
    )
    assert output == ["12000 4"]


def test_one_that_shares_the_gil(core: str, mode: str) -> None:
    """Embedders call Py_NewInterpreter()."""
    pytest.importorskip("_testcapi", reason="this Python has no test modules")
    output = interpreting(
        core,
        mode,
        """
        import _testcapi
        text = PROGRAM.format(sys=sys, core=core, always=mode == "always")
        text += "work(5)\\nprofiler.close()\\nassert calls_of(profiler) == 6"
        def work():
            tick(1)
            assert _testcapi.run_in_subinterp(text) == 0
        print(measured(work, work)["work"][:2])
        """,
    )
    assert output == ["(1, 1)"]
