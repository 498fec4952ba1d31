"""gevent, and programs that import greenlet only when measuring has begun."""

from __future__ import annotations

import importlib

import pytest

from tests.support.clocked import run


def importable(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


needs_greenlet = pytest.mark.skipif(not importable("greenlet"), reason="greenlet is not installed")
needs_gevent = pytest.mark.skipif(not importable("gevent"), reason="gevent is not installed")


@needs_gevent
def test_a_thousand_greenlets_of_one_function(core: str, mode: str) -> None:
    (work,) = run(
        core,
        mode,
        """
        import gevent
        def work():
            for _ in range(3):
                tick(1)
                gevent.sleep(0)
        def main(): gevent.joinall([gevent.spawn(work) for _ in range(1000)])
        print(measured(main, work)["work"])
        """,
    )
    # Each waits until all others had their turn, the last time only for those after it.
    away = 2 * 1000 * 999 + 1000 * 999 // 2
    assert work == repr(
        (1000, 3000, {1: (4000, 0, 0, 0), 2: (3000, 3000, 3000, 0), 3: (3000, 0, 0, away)})
    )


@needs_gevent
def test_events_timeouts_and_kills(core: str, mode: str) -> None:
    waits, times_out = run(
        core,
        mode,
        """
        import gevent, gevent.event
        event = gevent.event.Event()
        def waits(n):
            tick(n)
            try: event.wait(); tick(10 * n)
            except gevent.GreenletExit: tick(7)
        def times_out():
            try:
                with gevent.Timeout(0.001): gevent.sleep(1000)
            except gevent.Timeout: tick(3)
        def main():
            tasks = [gevent.spawn(waits, n) for n in (1, 2, 3)]
            gevent.sleep(0); tick(1000)
            tasks[1].kill()
            gevent.spawn(times_out).join()
            event.set()
            gevent.joinall(tasks)
        found = measured(main, waits, times_out)
        print(found["waits"])
        print(found["times_out"])
        """,
    )
    calls, total, lines = eval(waits)
    assert (calls, total) == (3, 6 + 10 + 30 + 7)
    assert lines[2] == (3, 40, 40, (2 + 3 + 1000 + 7 + 3) + (3 + 1000) + (1000 + 7 + 3 + 10))
    assert lines[3] == (1, 7, 7, 0)
    calls, total, lines = eval(times_out)
    assert (calls, total) == (1, 3)
    assert lines[3] == (1, 3, 3, 0)


@needs_gevent
def test_a_patched_program(core: str, mode: str) -> None:
    """Threads, locks and sleeps are gevent's; pools of real threads are measured too."""
    work, lock, pooled = run(
        core,
        mode,
        """
        import gevent.monkey
        gevent.monkey.patch_all()
        import gevent, threading, time
        mutex = threading.Lock()
        def work(n):
            tick(n)
            time.sleep(0.001)
            return n
        def pooled(n): return n
        def locked():
            with mutex:
                tick(1); time.sleep(0); tick(1)
        def main():
            threads = [threading.Thread(target=work, args=(1,)) for _ in range(50)]
            threads += [threading.Thread(target=locked) for _ in range(50)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            assert gevent.get_hub().threadpool.map(pooled, [1] * 20) == [1] * 20
        found = measured(main, work, locked, pooled)
        for name in "work", "locked", "pooled": print(found[name])
        """,
    )
    calls, total, lines = eval(work)
    assert (calls, total) == (50, 50)
    assert {place: numbers[:3] for place, numbers in lines.items()} == {
        1: (50, 50, 50),
        2: (50, 0, 0),
        3: (50, 0, 0),
    }
    calls, total, lines = eval(lock)
    assert (calls, total) == (50, 100)
    assert lines[2][:3] == (50, 100, 100)
    assert eval(pooled)[0] == 20


IMPORTS = {
    "on a line of it": "import greenlet",
    "in code that is not measured": "load()",
    "by another thread": "thread(load)",
}


@needs_greenlet
@pytest.mark.parametrize("how", IMPORTS)
def test_greenlet_is_imported_in_the_middle(core: str, mode: str, how: str) -> None:
    line = IMPORTS[how]
    (found,) = run(
        core,
        mode,
        f"""
        import threading
        def load(): import greenlet
        def thread(target):
            one = threading.Thread(target=target)
            one.start()
            one.join()
        def inner():
            {line}
            switches(); tick(1)
        def switches():
            import greenlet
            me = greenlet.getcurrent()
            one = greenlet.greenlet(lambda: (tick(100), me.switch(), tick(1000)))
            one.switch(); tick(2)
            one.switch()
        def outer():
            tick(4)
            inner(); tick(8)
        found = measured(outer, outer, inner)
        assert "greenlet" in sys.modules
        print([(total, {{n: numbers[1:] for n, numbers in lines.items()}})
               for _calls, total, lines in (found["inner"], found["outer"])])
        """,
    )
    assert eval(found) == [
        (3, {1: (0, 0, 0), 2: (3, 3, 1100)}),
        (15, {1: (4, 4, 0), 2: (11, 8, 1100)}),
    ]


@needs_greenlet
def test_greenlet_is_imported_where_another_runs_at_the_first_event(core: str, mode: str) -> None:
    (found,) = run(
        core,
        mode,
        """
        def work(): tick(1); back(); tick(2)
        def back(): sys.modules["greenlet"].getcurrent().parent.switch()
        def switches():
            import greenlet
            one = greenlet.greenlet(work)
            tick(10)
            one.switch()
            tick(20)
            one.switch()
        def main():
            tick(100)
            switches(); tick(200)
        found = measured(main, main, work)
        print(found["work"], found["main"])
        """,
    )
    assert found == repr((1, 3, {0: (1, 3, 3, 20)})) + " " + repr(
        (1, 330, {1: (1, 100, 100, 0), 2: (1, 230, 230, 3)})
    )


@needs_greenlet
def test_measuring_to_the_end_of_the_interpreter(core: str, mode: str) -> None:
    output = run(
        core,
        mode,
        """
        import threading
        def work():
            import greenlet
            main = greenlet.getcurrent()
            def inside():
                while True: main.switch(); tick(1)
            one = greenlet.greenlet(inside)
            one.switch(); one.switch()
            kept.append(one)
        kept = []
        profiler.watch(work.__code__, always=mode == "always")
        profiler.start()
        work()
        thread = threading.Thread(target=work)
        thread.start(); thread.join()
        print("end")
        """,
    )
    assert output == ["end"]
