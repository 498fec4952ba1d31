"""The profiler is closed, or dropped, in the middle of one of its own events or changes.

PYTHONMALLOC=debug fills freed memory, so that its use is noticed.
"""

from __future__ import annotations

import pytest

from lineprof import _core
from tests.support.isolated import PRELUDE, run_script

TIMED = """
import gc, sys, threading, time
from lineprof import _core
core, mode = sys.argv[1:]
def f(n):
    t = 0
    for i in range(n):
        t += i
    return t
holder, calls = {}, [0]
def timer():
    calls[0] += 1
    act()
    return calls[0]
def make():
    profiler = holder["p"] = _core.Profiler(core=core, timer=timer)
    profiler.watch(f.__code__, always=mode == "always")
    profiler.start()
"""

CASES = {
    "its timer drops it": """
        def act():
            if calls[0] == 7: holder.clear(); gc.collect()
        for _ in range(20):
            calls[0] = 0
            make()
            assert f(20) == 190
    """,
    "its timer closes it": """
        def act():
            if calls[0] % 50 == 7: holder["p"].close()
        for _ in range(20):
            calls[0] = 0
            make()
            assert f(20) == 190 and f(5) == 10
    """,
    "another thread drops it while its timer runs": """
        asked, dropped = threading.Event(), threading.Event()
        def act():
            if calls[0] == 9:
                asked.set()
                dropped.wait()
        for _ in range(20):
            asked.clear(), dropped.clear()
            calls[0] = 0
            make()
            thread = threading.Thread(target=f, args=(30,))
            thread.start()
            asked.wait()
            holder.clear(); gc.collect()
            dropped.set()
            thread.join()
    """,
}


@pytest.mark.parametrize("case", CASES)
def test_while_its_timer_is_asked(core: str, mode: str, case: str) -> None:
    script = CASES[case] + "\n        print('done')\n"
    output = run_script(core, mode, script, TIMED, PYTHONMALLOC="debug")[0]
    assert output == "done\n"


@pytest.mark.parametrize("how", ["close", "drop"])
def test_in_a_finalizer_that_the_collector_runs(core: str, mode: str, how: str) -> None:
    """3.11 may collect between reading the trace function and calling it."""
    script = f"""
        import gc
        def f(n):
            t = 0
            for i in range(n):
                t += i
            return t
        def g(n):
            yield n
            yield n
        holder = {{}}
        class Cycle:
            def __init__(self): self.me = self
            def __del__(self):
                profiler = holder.pop("p", None)
                if profiler is not None and {how == "close"}: profiler.close()
        gc.set_threshold(5)
        for turn in range(100):
            profiler = holder["p"] = _core.Profiler(core=core)
            for function in (f, g):
                profiler.watch(function.__code__, always=mode == "always")
            profiler.start()
            if {how == "drop"}: del profiler
            for _ in range(turn % 9): Cycle()
            f(3); it = g(1); next(it); f(2); list(it); list(g(2))
            profiler = None
        holder.clear()
        print("done", sys.gettrace())
        """
    output = run_script(core, mode, script, PRELUDE, PYTHONMALLOC="debug")[0]
    assert output == "done None\n"


def test_in_a_finalizer_below_another_profiler(core: str, mode: str) -> None:
    """Its hook is below that of the other, so it leaves from the middle of the chain."""
    script = """
        import gc
        def f(n):
            t = 0
            for i in range(n):
                t += i
            return t
        def turn(number):
            for _ in range(number % 9): Cycle()
            f(3); f(2)
        class Cycle:
            def __init__(self): self.me = self
            def __del__(self):
                if "first" in profilers:
                    start("above")
                    profilers.pop("first").close()
        profilers = {}
        def start(name):
            profiler = profilers[name] = _core.Profiler(core=core)
            for function in (f, turn):
                profiler.watch(function.__code__, always=mode == "always")
            profiler.start()
        gc.set_threshold(5)
        for number in range(200):
            start("first")
            turn(number)
            for profiler in list(profilers.values()): profiler.close()
            profilers.clear()
        print("done", sys.gettrace())
        """
    output = run_script(core, mode, script, PRELUDE, PYTHONMALLOC="debug")[0]
    assert output == "done None\n"


def test_threads_that_end_in_a_finalizer_as_measuring_starts(core: str, mode: str) -> None:
    """3.11 may collect while we look at frames of other threads; no thread may end then."""
    script = """
        import gc, threading
        def f(go, depth):
            if depth: return f(go, depth - 1)
            inside.release()
            go.wait()
        class Cycle:
            def __init__(self, left): self.me, self.left = self, left
            def __del__(self):
                if self.left: Cycle(self.left - 1)  # for the next collection
                else: end_it()
        def end_it():
            go.set()
            thread.join()
        gc.disable()
        gc.set_threshold(1)
        for turn in range(40):
            inside, go = threading.Semaphore(0), threading.Event()
            thread = threading.Thread(target=f, args=(go, 20))
            thread.start()
            inside.acquire()
            profiler = _core.Profiler(core=core)
            profiler.watch(f.__code__)
            Cycle(turn)
            gc.enable()
            if mode == "always": profiler.watch(f.__code__, True)
            profiler.start()
            gc.disable()
            gc.collect()
            end_it()
            profiler.close()
        print("done", sys.gettrace())
        """
    output = run_script(core, mode, script, PRELUDE, PYTHONMALLOC="debug")[0]
    assert output == "done None\n"


def test_threads_that_end_with_tools_in_place(core: str, mode: str) -> None:
    """Their finalizers are the last code of a thread, which no longer has a trace function."""
    script = """
        import threading
        class Tool:
            def __call__(self, *args): return self
            def __del__(self): work_of_finalizer.append(1)
        work_of_finalizer = []
        def f():
            return 1
        def work():
            sys.settrace(Tool())
            sys.setprofile(Tool())
            f()
        def threads():
            for _ in range(20):
                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
        profiler = _core.Profiler(core=core)
        profiler.watch(f.__code__, always=mode == "always")
        profiler.start()
        threads()
        profiler.close()
        print(sum(calls for _, fs in profiler.snapshot() for _, calls, *_ in fs))
        print(len(work_of_finalizer))
        """
    output = run_script(core, mode, script, PRELUDE, PYTHONMALLOC="debug")[0]
    assert output == "20\n40\n"


def test_an_audit_hook_that_changes_what_is_measured(core: str, mode: str) -> None:
    """CPython calls audit hooks as our hooks are placed; a change within a change is refused."""
    script = """
        def f(): return 1
        def g(): return 2
        armed, said = [], []
        def hook(event, args):
            if armed and event.startswith(("sys.settrace", "sys.monitoring")):
                armed.pop()
                for change in (lambda: profiler.watch(g.__code__, True), profiler.close):
                    try: change()
                    except RuntimeError as error: said.append(str(error))
        sys.addaudithook(hook)
        profiler = _core.Profiler(core=core)
        armed.append(1)
        profiler.watch(f.__code__, always=mode == "always")
        profiler.start()
        f(); g()
        profiler.close()
        calls = {code.co_name: calls for _, fs in profiler.snapshot() for code, calls, *_ in fs}
        print(len(said), set(said), calls)
        """
    output = run_script(core, mode, script, PRELUDE, PYTHONMALLOC="debug")[0]
    if "monitor" in _core.CORES:  # on 3.11 hooks are placed as the function is called, not before
        assert output.startswith("2 ") and "being changed right now" in output
        assert output.endswith("{'f': 1}\n")


def test_an_audit_hook_that_drops_the_profiler(core: str, mode: str) -> None:
    """The hook runs as a thread gets its trace function, within the event of its first call."""
    script = """
        import gc
        def f(): return 1
        armed, holder = [], {}
        def hook(event, args):
            if armed and event.startswith(("sys.settrace", "sys.monitoring")):
                armed.pop()
                holder.clear(); gc.collect()
        sys.addaudithook(hook)
        for _ in range(20):
            profiler = holder["p"] = _core.Profiler(core=core)
            profiler.watch(f.__code__, always=mode == "always")
            profiler.start()
            del profiler
            armed.append(1)
            f(); f()
            armed.clear()
            holder.clear()
            f()
        print("done", sys.gettrace())
        """
    output = run_script(core, mode, script, PRELUDE, PYTHONMALLOC="debug")[0]
    assert output == "done None\n"


def test_an_audit_hook_that_lets_other_threads_run(core: str, mode: str) -> None:
    script = """
        import threading
        from lineprof import LineProfiler
        def f(): return 1
        def g(): return 2
        busy, turns = [False], []
        waiting = threading.Event()
        def hook(event, args):
            if not busy[0] and event.startswith(("sys.settrace", "sys.monitoring")):
                busy[0] = True
                waiting.wait(0.0002)
                busy[0] = False
        sys.addaudithook(hook)
        profiler = LineProfiler(core=core, calibrate=False)
        def work():
            for _ in range(100):
                try:
                    profiler(f); f(); profiler(g); g(); profiler.close()
                except (RuntimeError, MemoryError):
                    pass  # 3.11 sets one trace function at a time
                turns.append(1)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(len(turns))
        """
    output = run_script(core, mode, script, PRELUDE, PYTHONMALLOC="debug")[0]
    assert output == "400\n"


def test_measuring_that_begins_within_an_audit_hook(core: str, mode: str) -> None:
    """The hook itself is not traced; code that it calls is measured from then on."""
    script = """
        def outer():
            work()
            return 2
        def work():
            sys.audit("begin.measuring")
            a = 1
            return a
        profiler = _core.Profiler(core=core)
        def hook(event, args):
            if event == "begin.measuring":
                for function in (outer, work):
                    profiler.watch(function.__code__, always=mode == "always")
                profiler.start()
                for turn in range(3):
                    turn += 1
        sys.addaudithook(hook)
        outer()
        profiler.stop()
        ((_, functions),) = profiler.snapshot()
        for code, *_, lines, _edges in sorted(functions, key=lambda f: f[0].co_name):
            print(code.co_name, sorted((line[0] - code.co_firstlineno, line[1]) for line in lines))
        profiler.close()
        """
    output = run_script(core, mode, script)[0]
    assert output == "outer [(2, 1)]\nwork [(2, 1), (3, 1)]\n"
