"""The last line of a frame runs untraced on 3.11, but its end is always seen."""

from __future__ import annotations

import cProfile
import sys
import threading
from textwrap import dedent
from typing import Any

import pytest

from lineprof import _core
from tests.support.clock import FakeClock
from tests.support.harness import nothing_left
from tests.support.isolated import run as run_isolated
from tests.support.oracle import nested_codes

NOT_MEASURED = {"<module>", "main", "<lambda>", "<listcomp>", "<setcomp>"}
Found = dict[str, tuple[int, int, int]]
"""By name of a function: calls, hits of all its lines, total ns."""


class Trial:
    """A measured program, with a clock that only the program moves."""

    def __init__(self, core: str, mode: str, source: str, **names: object) -> None:
        self.clock = FakeClock()
        self.profiler = _core.Profiler(core=core, timer=self.clock)
        self.mode = mode
        self.space: dict[str, Any] = {"tick": self.clock.tick, "profiler": self.profiler, **names}
        self.code = compile(dedent(source), "<last lines>", "exec", dont_inherit=True)

    def run(self) -> Found:
        """main() is not measured, so time after the end of the others belongs to nobody."""
        exec(self.code, self.space)
        codes = [code for code in nested_codes(self.code) if code.co_name not in NOT_MEASURED]
        with nothing_left(codes):
            for code in codes:
                self.profiler.watch(code, always=self.mode == "always")
            if self.mode == "started":
                self.profiler.start()
            try:
                self.space["main"]()
            finally:
                if self.profiler.active:
                    self.profiler.stop() if self.mode == "started" else None
                self.profiler.close()
        return self.found()

    def found(self) -> Found:
        found: Found = {}
        for _ident, functions in self.profiler.snapshot():
            for code, calls, total, _cost, lines, _edges in functions:
                before = found.get(code.co_name, (0, 0, 0))
                hits = sum(line[1] for line in lines)
                found[code.co_name] = (before[0] + calls, before[1] + hits, before[2] + total)
        return found


def test_an_exception(core: str, mode: str) -> None:
    source = """
    def fails(n):
        tick(1)
        return tick(n) / 0
    def main():
        for n in (10, 20):
            try: fails(n)
            except ZeroDivisionError as error: assert error.__traceback__.tb_next.tb_lineno == 4
            tick(1000)
    """
    assert Trial(core, mode, source).run() == {"fails": (2, 4, 32)}


def test_calls_from_there(core: str, mode: str) -> None:
    source = """
    def outer(n):
        return tick(1) + inner(n) + sum(x for x in helper(n)) + inner(n)
    def inner(n):
        tick(10)
        return helper(n)[0]
    def main():
        outer(2)
        tick(1000)
        outer(3)
    """
    trial = Trial(core, mode, source, helper=lambda n: [n, n])
    found = trial.run()
    assert found["outer"] == (2, 2, 42)
    assert found["inner"] == (4, 8, 40)


def test_a_trace_function_comes_from_below(core: str, mode: str) -> None:
    source = """
    def last():
        tick(1)
        return install()
    def after():
        tick(10)
        return None
    def main():
        last()
        tick(1000)
        after()
        sys.settrace(None)
        after()
    """
    seen: list[str] = []

    def tracer(frame: Any, event: str, arg: object) -> Any:
        seen.append(f"{event} {frame.f_code.co_name}")
        return tracer

    space = {"sys": sys, "install": lambda: sys.settrace(tracer)}
    before = sys.gettrace()
    try:
        found = Trial(core, mode, source, **space).run()
    finally:
        sys.settrace(before)
    assert found == {"last": (1, 2, 1), "after": (2, 4, 20)}
    assert [event for event in seen if event.endswith("after")] == [
        "call after",
        "line after",
        "line after",
        "return after",
    ]


def test_a_profile_function_comes(core: str, mode: str) -> None:
    source = """
    def last():
        tick(1)
        return theirs.enable()
    def after(): return tick(10)
    def main():
        last()
        tick(1000)
        after()
        theirs.disable()
        after()
    """
    theirs = cProfile.Profile()
    assert Trial(core, mode, source, theirs=theirs).run() == {
        "last": (1, 2, 1),
        "after": (2, 2, 20),
    }
    calls = {getattr(entry.code, "co_name", ""): entry.callcount for entry in theirs.getstats()}
    assert calls["after"] == 1


def test_measuring_ends(core: str) -> None:
    source = """
    def last():
        tick(1)
        return profiler.stop()
    def main():
        last()
        tick(1000)
    """
    assert Trial(core, "started", source).run() == {"last": (1, 2, 1)}


def test_measuring_ends_and_begins(core: str) -> None:
    source = """
    def last():
        return tick(1), profiler.stop(), tick(100), profiler.start(), tick(1)
    def main():
        last()
        tick(1000)
        last()
    """
    calls, hits, total = Trial(core, "started", source).run()["last"]
    assert (calls, hits) == (2, 2)
    assert total in {2, 4}  # whether a frame that runs is attached to within its line


def test_another_profiler_begins(core: str, mode: str) -> None:
    source = """
    def last():
        tick(1)
        return other.start()
    def after(): return tick(10)
    def main():
        other.watch(after.__code__)
        last()
        tick(1000)
        after()
        other.stop()
        after()
    """
    trial = Trial(core, mode, source)
    other = trial.space["other"] = _core.Profiler(core=core, timer=trial.clock)
    try:
        assert trial.run() == {"last": (1, 2, 1), "after": (2, 2, 20)}
        ((_ident, ((_code, calls, total, *_rest),)),) = other.snapshot()
        assert (calls, total) == (1, 10)
    finally:
        other.close()


def test_another_thread_ends_it(core: str) -> None:
    source = """
    def last():
        return arrived.release(), stopped.acquire()
    def main():
        thread = Thread(target=lambda: (arrived.acquire(), profiler.stop(), stopped.release()))
        thread.start()
        last()
        thread.join()
    """
    arrived, stopped = threading.Lock(), threading.Lock()
    arrived.acquire()
    stopped.acquire()
    names = {"arrived": arrived, "stopped": stopped, "Thread": threading.Thread}
    assert Trial(core, "started", source, **names).run()["last"] == (1, 1, 0)


def test_the_frame_outlives_it(core: str, mode: str) -> None:
    source = """
    def last(n):
        return getframe()
    def main():
        kept = [last(n) for n in range(5)]
        assert [frame.f_locals for frame in kept] == [{"n": n} for n in range(5)]
        assert {frame.f_lineno for frame in kept} == {3}
    """
    assert Trial(core, mode, source, getframe=sys._getframe).run() == {"last": (5, 5, 0)}


def test_the_timer_is_measured(core: str) -> None:
    source = """
    def timer(): return next(numbers)
    def work(n): return n
    def main():
        for n in range(20): work(n)
    """
    space: dict[str, Any] = {"numbers": iter(range(1 << 20))}
    code = compile(dedent(source), "<last lines>", "exec", dont_inherit=True)
    exec(code, space)
    profiler = _core.Profiler(core=core, timer=space["timer"])
    for name in ("timer", "work"):
        profiler.watch(space[name].__code__, always=True)
    space["main"]()
    profiler.close()
    found = {entry[0].co_name: entry[1] for _, entries in profiler.snapshot() for entry in entries}
    assert found["work"] == 20


def test_recursion_deeper_than_the_c_stack(core: str, mode: str) -> None:
    """On 3.11 the evaluator steps aside below a part of the stack, and comes back."""
    script = """
    sys.setrecursionlimit(60_000)
    def down(n): return down(n - 1) if n else n
    def up(n):
        n += 1
        return n
    def run():
        for _ in range(3): up(down(20_000))
    print(measured(run, down, up)[1])
    """
    assert run_isolated(core, mode, script) == "{'down': 60003, 'up': 3}\n"


@pytest.mark.parametrize("line", ["import greenlet", "return __import__('greenlet')"])
def test_greenlets_come(core: str, mode: str, line: str) -> None:
    pytest.importorskip("greenlet")
    script = f"""
    def last():
        {line}
    def work(other):
        other.switch()
        return other.switch()
    def run():
        last()
        from greenlet import greenlet
        second = greenlet(lambda: (main.switch(), main.switch()))
        main = greenlet.getcurrent()
        work(second)
        for _ in range(3): work(second)
    print(measured(run, last, work)[1])
    """
    assert run_isolated(core, mode, script) == "{'last': 1, 'work': 4}\n"
