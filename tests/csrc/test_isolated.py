"""Tests that could take the interpreter down, each in a process of its own."""

from __future__ import annotations

import sys

import pytest

from lineprof import _core
from tests.support.isolated import generators_need_memory, run


def test_recursion_to_the_limit(core: str, mode: str) -> None:
    output = run(
        core,
        mode,
        """
        def forever(n):
            return forever(n + 1)
        def tries():
            try: forever(0)
            except RecursionError: return "too deep"
        print(measured(tries, forever)[0], measured(lambda: (tries(), tries()), forever)[0])
        """,
    )
    assert output == "too deep ('too deep', 'too deep')\n"


def test_deep_recursion_under_a_raised_limit(core: str, mode: str) -> None:
    """Calls of Python functions take no C stack, so 100,000 calls deep must work with us too."""
    output = run(
        core,
        mode,
        """
        sys.setrecursionlimit(200_000)
        def down(n):
            if n: return other(n - 1) + 1
            return 0
        def other(n):
            if n: return down(n - 1) + 1
            return 0
        assert down(100_000) == 100_000
        print(*measured(lambda: down(100_000), down))
        print(*measured(lambda: down(100_000), down, other))
        print(*measured(lambda: down(100_000)))
        """,
    )
    assert output.splitlines() == [
        "100000 {'down': 50001}",
        "100000 {'down': 50001, 'other': 50000}",
        "100000 {}",
    ]


def test_deep_recursion_in_a_thread(core: str, mode: str) -> None:
    output = run(
        core,
        mode,
        """
        import threading
        sys.setrecursionlimit(60_000)
        def down(n): return down(n - 1) + 1 if n else 0
        def in_thread():
            found = []
            t = threading.Thread(target=lambda: found.append(down(50_000)))
            t.start(); t.join()
            return found
        print(*measured(in_thread, down))
        """,
    )
    assert output == "[50000] {'down': 50001}\n"


def test_measuring_until_the_interpreter_ends(core: str, mode: str) -> None:
    output = run(
        core,
        mode,
        """
        import atexit, threading, time
        def work(): return 1
        class Late:
            def __del__(self): work()
        late = Late()
        profiler = _core.Profiler(core=core)
        profiler.watch(work.__code__, always=mode == "always")
        profiler.watch(Late.__del__.__code__, always=mode == "always")
        profiler.start()
        atexit.register(work)
        def forever():
            while True: work()
        threading.Thread(target=forever, daemon=True).start()
        work()
        print("end")
        """,
    )
    assert output == "end\n"


def test_an_exit_in_the_middle(core: str, mode: str) -> None:
    output = run(
        core,
        mode,
        """
        def work():
            print("before")
            raise SystemExit(0)
        profiler = _core.Profiler(core=core)
        profiler.watch(work.__code__, always=mode == "always")
        profiler.start()
        work()
        """,
    )
    assert output == "before\n"


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="this system cannot fork")
def test_a_child_process_is_measured_too(core: str, mode: str) -> None:
    output = run(
        core,
        mode,
        """
        import os, warnings
        warnings.simplefilter("ignore")
        def work(): return 1
        profiler = _core.Profiler(core=core)
        profiler.watch(work.__code__, always=mode == "always")
        profiler.start()
        work()
        child = os.fork()
        work()
        if child: os.waitpid(child, 0)
        calls = sum(f[1] for _, fs in profiler.snapshot() for f in fs)
        print("parent" if child else "child", calls, flush=True)
        profiler.close()
        os._exit(0)
        """,
    )
    assert sorted(output.splitlines()) == ["child 2", "parent 2"]


@generators_need_memory
def test_memory_that_runs_out(core: str, mode: str) -> None:
    """Each allocation fails in turn: an error is raised or the numbers are right, nothing else."""
    output = run(
        core,
        mode,
        """
        try:
            from _testcapi import set_nomemory, remove_mem_hooks
        except ImportError:
            print("done"); raise SystemExit
        def gen(n):
            for i in range(n): yield i
        def work(n):
            if n: return work(n - 1)
            return list(gen(3))
        def scenario():
            profiler = _core.Profiler(core=core)
            try:
                profiler.watch(work.__code__, always=mode == "always")
                profiler.watch(gen.__code__, always=mode == "always")
                profiler.start()
                work(40)
                profiler.stop()
                return profiler.snapshot()
            finally:
                profiler.close()
        def left():
            found = [sys.gettrace(), sys.getprofile()]
            if hasattr(sys, "monitoring"):
                found += [sys.monitoring.get_tool(t) for t in range(6)]
                found += [sys.monitoring.get_local_events(t, f.__code__) for t in range(6)
                          if sys.version_info < (3, 14) for f in (work, gen)]
            return found
        scenario()
        before = left()
        fine = 0
        for n in range(1, 600):
            set_nomemory(n, n + 1)
            try:
                scenario()
                fine += 1
            except MemoryError:
                pass
            except SystemError as e:
                assert "Missing frame" in str(e), e
            finally:
                remove_mem_hooks()
            assert left() == before, n
        assert fine
        ((_, functions),) = scenario()
        assert sorted(f[1] for f in functions) == [1, 41]
        print("done")
        """,
    )
    assert output == "done\n"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="one interpreter's own GIL needs 3.12")
def test_in_a_subinterpreter(core: str, mode: str) -> None:
    output = run(
        core,
        mode,
        """
        try: import _interpreters as interpreters
        except ImportError: import _xxsubinterpreters as interpreters
        script = f'''
        import sys
        sys.path[:] = {sys.path!r}
        from lineprof import _core
        def work(n):
            return n and work(n - 1)
        profiler = _core.Profiler(core={core!r})
        profiler.watch(work.__code__, always={mode == "always"})
        profiler.start()
        work(5)
        profiler.close()
        ((_, ((_code, calls, *_),)),) = profiler.snapshot()
        assert calls == 6, calls
        '''
        import textwrap
        def work(n): return n and work(n - 1)
        def inside():
            for _ in range(3):
                one = interpreters.create()
                failure = interpreters.run_string(one, textwrap.dedent(script))
                assert failure is None, failure
                interpreters.destroy(one)
            return work(2)
        print(*measured(inside, work))
        """,
    )
    assert output == "0 {'work': 3}\n"


@pytest.mark.parametrize("kilobytes", [64, 128, 256, 300, 512])
def test_small_stacks_of_threads(core: str, mode: str, kilobytes: int) -> None:
    """Servers with many threads give them small stacks."""
    if kilobytes < 128 and hasattr(sys, "gettotalrefcount"):
        pytest.skip("a debug build needs more for itself")
    output = run(
        core,
        mode,
        f"""
        import threading
        def down(n): return down(n - 1) + 1 if n else 0
        def in_thread():
            found = []
            threading.stack_size({kilobytes} * 1024)
            t = threading.Thread(target=lambda: found.append(down(900)))
            t.start(); t.join()
            return found
        print(*measured(in_thread, down))
        """,
    )
    assert output == "[900] {'down': 901}\n"


@pytest.mark.skipif("monitor" in _core.CORES, reason="3.12 and later count calls through C")
def test_recursion_through_c_above_deep_recursion(core: str, mode: str) -> None:
    """Calls of Python functions must leave the C stack to others."""
    output = run(
        core,
        mode,
        """
        def down(n): return down(n - 1) + 1 if n else keyed(800)
        def keyed(n): return sorted([n], key=lambda x: keyed(n - 1) if n else 0)[0]
        import threading
        sys.setrecursionlimit(60_000)
        def in_thread():
            found = []
            threading.stack_size(8 << 20)
            t = threading.Thread(target=lambda: found.append(down(20_000)))
            t.start(); t.join()
            return found
        print(*measured(in_thread, down))
        """,
    )
    assert output == "[20800] {'down': 20001}\n"
