"""Measuring in finalizers, weakref callbacks, signal handlers and at the end of the interpreter."""

from __future__ import annotations

import os
import signal

import pytest

from tests.support.isolated import run_script

# The public profiler, since it does more than the core: it locks, calibrates, keeps source text.
PRELUDE = """
import gc, sys
from lineprof import LineProfiler
core, mode = sys.argv[1:]
profiler = LineProfiler(core=core)
def choose(*functions):
    for function in functions:
        profiler(function) if mode == "always" else profiler.add_function(function)
    if mode == "started": profiler.enable()
def calls(measuring=None):
    measuring = measuring or profiler
    measuring.close()
    found = sorted(measuring.snapshot().functions, key=lambda f: f.key.first_line)
    return {f.key.name.rpartition(".")[2]: (f.calls, sum(l.hits for l in f.lines)) for f in found}
def late():
    '''All of a profiler's life, wherever this is called.'''
    def fresh(n):
        total = 0
        for i in range(n):
            total += i
        return total
    one = LineProfiler(core=core)
    one(fresh)
    assert fresh(3) == 3
    with one: fresh(2)
    return calls(one)
LATE = {"fresh": (2, 16)}
"""


def run(core: str, mode: str, script: str) -> list[str]:
    output, errors = run_script(core, mode, script, PRELUDE)
    assert errors == ""
    return output.splitlines()


def test_in_a_finalizer(core: str, mode: str) -> None:
    """It runs by the last reference, by the collector and by the end of a generator."""
    assert run(
        core,
        mode,
        """
        found = []
        class Thing:
            def __del__(self):
                helper()
                found.append(late())
        class Loop(Thing):
            def __init__(self): self.me = self
        def helper():
            return 1
        def gen():
            thing = Thing()
            yield 1
        def work():
            one = Thing()
            one = None
            loop = Loop()
            del loop
            gc.collect()
            g = gen()
            next(g)
            del g
            return 1
        gc.disable()
        choose(work, gen, helper, Thing.__del__)
        assert work() == 1
        assert found == [LATE] * 3, found
        print(calls())
        """,
    ) == ["{'__del__': (3, 6), 'helper': (3, 3), 'gen': (1, 2), 'work': (1, 9)}"]


def test_a_finalizer_that_ends_the_measuring(core: str, mode: str) -> None:
    assert run(
        core,
        mode,
        """
        class Thing:
            def __del__(self):
                profiler.close()
        def work():
            one = Thing()
            one = None
            return 1
        choose(work, Thing.__del__)
        assert work() == work() == 1
        print(calls())
        """,
    ) == ["{'__del__': (1, 1), 'work': (1, 2)}"]


def test_in_a_weakref_callback(core: str, mode: str) -> None:
    assert run(
        core,
        mode,
        """
        import weakref
        found = []
        class Thing: pass
        def callback(_ref):
            found.append(late())
        def work():
            one, two = Thing(), Thing()
            two.me = two
            refs = [weakref.ref(one, callback), weakref.ref(two, callback)]
            weakref.finalize(one, callback, 1)
            del one
            del two
            gc.collect()
            return refs
        choose(work, callback)
        work()
        assert found == [LATE] * 3, found
        print(calls())
        """,
    ) == ["{'callback': (3, 3), 'work': (1, 8)}"]


def test_in_a_signal_handler(core: str, mode: str) -> None:
    assert run(
        core,
        mode,
        """
        import signal
        found = []
        class Enough(Exception): pass
        def handler(number, frame):
            found.append(late())
            if len(found) == 3:
                raise Enough
        def work():
            for i in range(5):
                signal.raise_signal(signal.SIGINT)
        signal.signal(signal.SIGINT, handler)
        choose(work, handler)
        try: work()
        except Enough: pass
        assert found == [LATE] * 3, found
        print(calls())
        """,
    ) == ["{'handler': (3, 7), 'work': (1, 6)}"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no setitimer")
def test_in_a_signal_handler_between_any_two_instructions(core: str, mode: str) -> None:
    """It switches off and on again; lines in between are right or missing, never too many."""
    assert run(
        core,
        mode,
        """
        import signal
        rounds = 0
        def handler(number, frame):
            global rounds
            rounds += 1
            if rounds % 2: profiler.disable_by_count()
            else: profiler.enable_by_count()
            inner(2)
        def inner(n):
            return n and inner(n - 1)
        def work(n):
            total = 0
            for i in range(n):
                total += i
            return total
        choose(work, inner)
        profiler.enable_by_count()
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        runs = 0
        while rounds < 100:
            runs += 1
            assert work(100) == 4950
        signal.setitimer(signal.ITIMER_REAL, 0)
        found = calls()
        assert found["work"][0] <= runs and found["work"][1] <= 203 * runs, found
        assert found["inner"][0] <= 3 * rounds, found
        if mode == "always": assert found["work"][0] == runs and found["inner"][0] == 3 * rounds
        print("end")
        """,
    ) == ["end"]


def test_in_a_callback_of_the_collector(core: str, mode: str) -> None:
    assert run(
        core,
        mode,
        """
        found = []
        def callback(phase, info):
            if phase == "start":
                found.append(late())
        def work():
            for i in range(3):
                gc.collect()
        gc.disable()
        choose(work, callback)
        gc.callbacks.append(callback)
        work()
        assert gc.callbacks == [callback]
        gc.callbacks.remove(callback)
        assert found == [LATE] * 3, found
        print(calls())
        """,
    ) == ["{'callback': (6, 9), 'work': (1, 7)}"]


def test_at_the_end_of_the_interpreter(core: str, mode: str) -> None:
    """atexit functions, beside daemon threads that run on."""
    assert run(
        core,
        mode,
        """
        import atexit, threading
        def helper(n):
            return n and helper(n - 1)
        def end():
            print("measured", late(), helper(3))
        def forever():
            while True: helper(2)
        choose(helper, end)
        atexit.register(lambda: print(calls()["helper"][0] >= 2 * 3 + 5 + 4))
        atexit.register(end)
        running = [threading.Event() for _ in range(2)]
        def beginning(event):
            helper(2)
            event.set()
            forever()
        for event in running:
            threading.Thread(target=beginning, args=(event,), daemon=True).start()
        for event in running: event.wait()
        helper(4)
        """,
    ) == ["measured {'fresh': (2, 16)} 0", "True"]


def test_when_modules_are_torn_down(core: str, mode: str) -> None:
    assert run(
        core,
        mode,
        """
        def helper(n):
            return n and helper(n - 1)
        class Last:
            # Names of the module may be gone by now, and nothing can be imported any more.
            def __init__(self, *needed): self.needed = needed
            def __del__(self):
                helper, print, profiler, raw = self.needed
                @profiler
                def fresh(n):
                    return n and fresh(n - 1)
                raw.watch(fresh.__code__, True)
                results = fresh(2), helper(3)
                raw.close()
                profiler.close()
                functions = raw.snapshot()[0][1]
                print(*results, *((f[0].co_name, f[1]) for f in functions))
        from lineprof import _core
        raw = _core.Profiler(core=core)
        last = Last(helper, print, profiler, raw)
        raw.watch(helper.__code__, mode == "always")
        raw.start()
        choose(helper)
        """,
    ) == ["0 0 ('helper', 4) ('fresh', 3)"]


def test_daemon_threads_that_begin_to_measure(core: str, mode: str) -> None:
    assert run(
        core,
        mode,
        """
        import threading
        started = threading.Event()
        def forever():
            late()
            started.set()
            while True: late()
        choose(forever)
        threading.Thread(target=forever, daemon=True).start()
        started.wait()
        print("end")
        """,
    ) == ["end"]


def test_never_closed(core: str, mode: str) -> None:
    """The interpreter ends while measured code is suspended and running."""
    assert run(
        core,
        mode,
        """
        def gen():
            try: yield 1
            finally: print("closed")
        def work():
            return next(suspended)
        suspended = gen()
        choose(gen, work)
        assert work() == 1
        me = [profiler]; me.append(me)
        """,
    ) == ["closed"]


# -- Other tools of the standard library ------------------------------------------------


def test_faulthandler_shows_the_same(core: str, mode: str) -> None:
    assert run(
        core,
        mode,
        """
        import faulthandler, re, tempfile
        def shown(run):
            with tempfile.TemporaryFile("w+") as file:
                run(file)
                file.seek(0)
                return re.sub("0x[0-9a-f]+", "0x", file.read())
        def work(file):
            for value in gen(file):
                faulthandler.dump_traceback(file)
            return [
                faulthandler.dump_traceback(file)
                for _ in range(2)
            ]
        def gen(file):
            faulthandler.dump_traceback(file)
            yield 1
        seen = []
        for choice in [], [work, gen]:
            choose(*choice)
            seen.append(shown(work))
        assert seen[0] == seen[1], seen
        assert seen[0].count("in gen") == 1
        print(calls()["gen"])
        """,
    ) == ["(1, 2)"]


@pytest.mark.skipif(not hasattr(os, "kill"), reason="this system has no signals")
def test_faulthandler_from_without(core: str, mode: str) -> None:
    """Its watchdog thread and its signal look at frames that we measure.

    The watchdog holds no lock: on 3.11 it crashes plain programs whose frames come and go
    meanwhile, so here the program waits for it.
    """
    assert run(
        core,
        mode,
        """
        import faulthandler, os, signal, tempfile
        def work(i):
            inner(i)
            os.kill(os.getpid(), signal.SIGUSR1)
            faulthandler.dump_traceback_later(1e-6, file=writing)
            begun = os.read(reading, 1)
            faulthandler.cancel_dump_traceback_later()  # returns when the watchdog has ended
            return begun + os.read(reading, 10_000)
        def inner(i):
            return [x for x in range(i % 7)]
        choose(work, inner)
        reading, writing = os.pipe()
        with tempfile.TemporaryFile("w+") as file:
            faulthandler.register(signal.SIGUSR1, file)
            from_thread = [work(i).count(b"in work") for i in range(20)]
            faulthandler.unregister(signal.SIGUSR1)
            file.seek(0)
            from_signal = file.read().count("in work")
        assert from_thread == [1] * 20, from_thread
        assert from_signal == 20, from_signal
        print(calls()["inner"][0])
        """,
    ) == ["20"]


def test_tracemalloc_charges_lines_the_same(core: str, mode: str) -> None:
    """From the second run on, allocations are charged to the same lines."""
    assert run(
        core,
        mode,
        """
        import tracemalloc
        def keep(n):
            kept = []
            for i in gen(n):
                kept.append(bytes(1000 + i))
            return kept
        def gen(n):
            for i in range(n):
                yield i
        def allocated():
            keep(10)
            gc.collect()
            tracemalloc.start(5)
            kept = keep(50)
            shot = tracemalloc.take_snapshot()
            tracemalloc.stop()
            mine = [tracemalloc.Filter(True, "<string>")]
            return sorted(
                (s.traceback[0].lineno, s.size, s.count)
                for s in shot.filter_traces(mine).statistics("lineno")
            )
        plain = allocated()
        choose(keep, gen)
        beside = allocated()
        assert sum(count for _, _, count in plain) > 50
        assert beside == plain, (plain, beside)
        print(calls())
        """,
    ) == ["{'keep': (2, 126), 'gen': (2, 122)}"]
