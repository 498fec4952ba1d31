"""Coroutines on an event loop: hits are exact, and waiting is Await and nobody's Time."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest

from lineprof import _core
from tests.support.core_session import Numbers, Session
from tests.support.oracle import Count, count
from tests.support.virtual_loop import run

TASKS = 1000


def on_loop(core: str, mode: str, source: str, *names: str) -> tuple[Any, dict[str, Numbers]]:
    """Run the coroutine main() on the fake clock; its result, and the numbers of the functions.

    Calls and hits must be those that the oracle counts in a run of its own.
    """
    expected = session_on_loop(core, mode, source)
    codes = [expected.codes[name] for name in names]
    main: Any = expected.space["main"]
    expected_result, counts = count(codes, main)
    session = session_on_loop(core, mode, source)
    session.watch(*names)
    result = session.run()
    assert repr(result) == repr(expected_result)
    found = session.numbers()
    for name, code in zip(names, codes, strict=True):
        hits = {line: numbers[0] for line, numbers in found[name].lines.items() if numbers[0]}
        assert Count(found[name].calls, hits) == counts[code], name
    return result, found


def session_on_loop(core: str, mode: str, source: str) -> Session:
    session = Session(core, mode, source, watch_all=False)
    main: Any = session.space["main"]
    session.space.update(
        asyncio=asyncio,
        now=lambda: session.clock.now,
        main=lambda: run(session.clock, main()),
    )
    return session


def seconds(numbers: Iterable[int]) -> float:
    """The sum in ns, without the few ticks that fell into it."""
    return round(sum(numbers) / 1e9, 5)


def test_a_thousand_tasks_of_one_function(core: str, mode: str) -> None:
    (slept, wanted, rounds), found = on_loop(
        core,
        mode,
        """
        from collections import Counter
        slept, wanted, rounds = Counter(), Counter(), Counter()
        async def sleep(line, seconds):
            begun = now()
            await asyncio.sleep(seconds)
            slept[line] += now() - begun
            wanted[line] += seconds
        async def work(n):
            for i in range(n % 7):
                tick(n)
                await sleep(8 + 3, 0.001 * (n % 13 + i))
                if (n + i) % 3 == 0:
                    await sleep(8 + 5, 0.01); tick(5)
                rounds[n % 3] += 1
            return n
        async def main():
            found = await asyncio.gather(*(work(n) for n in range(1000)))
            assert found == list(range(1000))
            return slept, wanted, rounds
        """,
        "work",
    )
    all_rounds = [(n, i) for n in range(TASKS) for i in range(n % 7)]
    longer = sum((n + i) % 3 == 0 for n, i in all_rounds)
    assert rounds.total() == len(all_rounds)
    work = found["work"]
    assert work.calls == TASKS
    assert {line: numbers[0] for line, numbers in work.lines.items()} == {
        9: len(all_rounds) + TASKS,
        10: len(all_rounds),
        11: len(all_rounds),
        12: len(all_rounds),
        13: longer,
        14: len(all_rounds),
        15: TASKS,
    }
    for line in 11, 13:
        _hits, _total, _self, suspended = work.lines[line]
        assert suspended == slept[line]
        assert suspended == pytest.approx(1e9 * wanted[line], rel=0.05)
        assert suspended > 1e9
    # Only tick() moves the clock, and one tick follows an await.
    assert work.lines[10][1] == sum(n for n, _i in all_rounds)
    assert work.lines[13][1] == 5 * longer
    assert work.total == sum(n for n, _i in all_rounds) + 5 * longer


def test_a_task_group_that_one_member_breaks(core: str, mode: str) -> None:
    result, found = on_loop(
        core,
        mode,
        """
        async def member(n):
            try:
                await asyncio.sleep(n)
                tick(n)
                if n == 3:
                    raise KeyError(n)
            except asyncio.CancelledError:
                tick(1000)
                raise
            return n
        async def main():
            done = []
            try:
                async with asyncio.TaskGroup() as group:
                    for n in range(1, 6):
                        group.create_task(member(n)).add_done_callback(done.append)
            except* KeyError as errors: found = len(errors.exceptions)
            return found, sum(task.cancelled() for task in done)
        """,
        "member",
        "main",
    )
    assert result == (1, 2)
    member = found["member"]
    assert member.calls == 5
    assert seconds(member.lines[3][3:]) == 1 + 2 + 3 + 3 + 3
    assert member.lines[4][1] == 1 + 2 + 3
    assert member.lines[8][1] == 2000
    assert member.total == 2006
    # It waits at the end of the `async with`; the members have their own time.
    main = found["main"]
    assert main.calls == 1
    assert main.total == 0
    assert seconds(numbers[3] for numbers in main.lines.values()) == 3


def test_timeouts(core: str, mode: str) -> None:
    result, found = on_loop(
        core,
        mode,
        """
        async def slow(n):
            try:
                await asyncio.sleep(100)
            finally:
                tick(n); await asyncio.sleep(2)
                tick(10 * n)
        async def main():
            caught = 0
            for n in range(1, 4):
                try:
                    async with asyncio.timeout(n):
                        await slow(n)
                except TimeoutError: caught += 1
                try: await asyncio.wait_for(slow(n), n)
                except TimeoutError: caught += 1
            return caught
        """,
        "slow",
    )
    assert result == 6
    slow = found["slow"]
    assert slow.calls == 6
    times = {line: numbers[1] for line, numbers in slow.lines.items()}
    assert times == {2: 0, 3: 0, 5: 12, 6: 120}
    away = {line: seconds(numbers[3:]) for line, numbers in slow.lines.items()}
    assert away == {2: 0, 3: 2 * (1 + 2 + 3), 5: 2 * 6, 6: 0}


def test_tasks_cancelled_at_every_point(core: str, mode: str) -> None:
    result, found = on_loop(
        core,
        mode,
        """
        async def inner():
            try:
                await asyncio.sleep(1)
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                await asyncio.sleep(0.5)
                raise
        async def outer():
            await inner()
        async def main():
            ends = []
            for tenths in 0, 5, 15, 25:
                task = asyncio.create_task(outer())
                if tenths: await asyncio.sleep(tenths / 10)
                task.cancel()
                ends += await asyncio.gather(task, return_exceptions=True)
            return [type(end).__name__ for end in ends]
        """,
        "inner",
        "outer",
    )
    # The first one never ran, the last one was done.
    assert result == ["CancelledError"] * 3 + ["NoneType"]
    inner, outer = found["inner"], found["outer"]
    assert (inner.calls, outer.calls) == (3, 3)
    away = {line: seconds(numbers[3:]) for line, numbers in inner.lines.items()}
    assert away == {2: 0, 3: 0.5 + 1 + 1, 4: 0.5 + 1, 5: 0, 6: 1, 7: 0}
    assert seconds(outer.lines[9][3:]) == (0.5 + 0.5) + (1.5 + 0.5) + 2
    assert inner.total == outer.total == 0


def test_async_generators_thrown_into_and_closed(core: str, mode: str) -> None:
    result, found = on_loop(
        core,
        mode,
        """
        async def numbers(log):
            try:
                for i in range(10):
                    await asyncio.sleep(1)
                    try: yield i
                    except KeyError: tick(3); await asyncio.sleep(2); yield -1
            finally:
                tick(7)
                await asyncio.sleep(4)
                log.append("end")
        async def main():
            log = []
            g = numbers(log)
            log.append(await anext(g))
            tick(100)
            log.append(await g.athrow(KeyError))
            tick(1000)
            log.append(await g.asend(None))
            await g.aclose()
            g = numbers(log)
            async for n in g:
                if n: break
            try: await g.athrow(ValueError)
            except ValueError: log.append("error")
            del g
            untouched = numbers(log)
            await untouched.aclose()
            return log
        """,
        "numbers",
    )
    assert result == [0, -1, 1, "end", "end", "error"]
    numbers = found["numbers"]
    assert numbers.calls == 2
    assert numbers.lines[6][1] == 3
    assert numbers.lines[8][1] == 14
    assert numbers.total == 17
    away = {line: seconds(each[3:]) for line, each in numbers.lines.items()}
    assert (away[4], away[9]) == (4, 8)
    # The yields wait for the 100 and the 1000 of main().
    assert numbers.lines[5][3] == 100
    assert numbers.lines[6][3] == 2 * 10**9 + 1000


def test_a_coroutine_resumed_on_another_thread(core: str, mode: str) -> None:
    session = Session(
        core,
        mode,
        """
        import types
        @types.coroutine
        def pause():
            yield
        async def inner(n):
            tick(n)
            await pause(); tick(10 * n)
            await pause(); tick(100 * n)
        async def work(n):
            await inner(n)
            tick(n)
        def main():
            tasks = [work(n) for n in range(1, 21)]
            for _ in range(3):
                elsewhere(tasks)
                tick(10**6)
        """,
        "inner",
        "work",
    )

    def step(tasks: list[Any]) -> None:
        for task in tasks:
            with suppress(StopIteration):
                task.send(None)

    def elsewhere(tasks: list[Any]) -> None:
        thread = threading.Thread(target=step, args=(tasks,))
        thread.start()
        thread.join()

    session.run(elsewhere=elsewhere)
    found = session.numbers()
    inner, work = found["inner"], found["work"]
    total = sum(range(1, 21))
    assert inner.calls == work.calls == 20
    assert {line: numbers[:3] for line, numbers in inner.lines.items()} == {
        6: (20, total, total),
        7: (20, 10 * total, 10 * total),
        8: (20, 100 * total, 100 * total),
    }
    assert work.lines[10][:3] == (20, 111 * total, 0)
    assert work.lines[11] == (20, total, total, 0)
    # Each one waits while the others have their turn, and while main() ticks.
    turns = {7: (1, 10), 8: (10, 100 + 1)}
    for line, (before, after) in turns.items():
        away = sum(
            sum(before * later for later in range(n + 1, 21))
            + 10**6
            + sum(after * earlier for earlier in range(1, n))
            for n in range(1, 21)
        )
        assert inner.lines[line][3] == away
    assert work.lines[10][3] == inner.lines[7][3] + inner.lines[8][3]


def test_to_an_executor_and_back(core: str, mode: str) -> None:
    """Profiled code on the loop awaits profiled code on threads of an executor."""
    result, found = on_loop(
        core,
        mode,
        """
        from concurrent.futures import ThreadPoolExecutor
        def blocking(n):
            tick(n)
            return n
        async def work(n, pool):
            got = await asyncio.get_running_loop().run_in_executor(pool, blocking, n)
            return got + 1
        async def main():
            with ThreadPoolExecutor(2) as pool:
                return [await work(n, pool) for n in range(1, 30)]
        """,
        "blocking",
        "work",
    )
    assert result == list(range(2, 31))
    total = sum(range(1, 30))
    assert found["blocking"] == Numbers(29, total, {3: (29, total, total, 0), 4: (29, 0, 0, 0)})
    work = found["work"]
    assert (work.calls, work.lines[6][0], work.lines[7][0]) == (29, 29, 29)
    # Most is Await, but a thread may be done before the loop is back.
    assert work.lines[6][1] + work.lines[6][3] == total


def test_suspended_coroutines_cost_others_nothing(core: str) -> None:
    """A thousand profiled coroutines wait, and other tasks run without a single event."""
    session = Session(
        core,
        "started",
        """
        async def waits(event):
            await event.wait()
        async def other(n):
            total = 0
            for i in range(n):
                total += i
            await asyncio.sleep(0)
            return total
        async def main():
            event = asyncio.Event()
            tasks = [asyncio.create_task(waits(event)) for _ in range(1000)]
            await asyncio.sleep(0)
            before = asked()
            for n in range(50):
                await asyncio.create_task(other(n))
            between = asked() - before
            event.set()
            await asyncio.gather(*tasks)
            return between
        """,
        "waits",
    )
    asked = Counter[str]()
    clock = session.clock

    def timer() -> int:
        asked["time"] += 1
        return clock.now

    session.profiler = _core.Profiler(core=core, timer=timer)
    session.watch("waits")
    session.space.update(asyncio=asyncio, asked=lambda: asked["time"])
    main: Any = session.space["main"]
    session.space["main"] = lambda: run(clock, main())
    between: Any = session.run()
    assert session.numbers()["waits"].lines[2][0] == TASKS
    if core == "monitor":
        assert between == 0
    elif sys.version_info < (3, 12) and "greenlet" not in sys.modules:
        # An iterator at its end switches the trace function on for the rest of the frame, which
        # is some lines behind an `await`, and none of the event loop.
        assert between < 50 * 10
    else:  # without an evaluator, a trace function sees every line
        assert between > 0
