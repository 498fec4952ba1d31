"""Our tracer of greenlets beside those of others, and when it comes and goes."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Iterator
from typing import Any

import pytest

from lineprof import _core
from tests.support.clock import FakeClock
from tests.support.core_session import Numbers, Session

greenlet = pytest.importorskip("greenlet", reason="greenlet is not installed")


@pytest.fixture(autouse=True)
def no_tracer_is_left() -> Iterator[None]:
    assert greenlet.gettrace() is None
    yield
    assert greenlet.gettrace() is None


PLAY = """
def work():
    tick(1); main_greenlet.switch(); tick(2)
def main():
    global main_greenlet
    main_greenlet = greenlet.getcurrent()
    one = greenlet.greenlet(work)
    one.switch(); between(); tick(10)
    one.switch()
"""
WORK = Numbers(1, 3, {2: (1, 3, 3, 10)})


def playing(core: str, mode: str) -> Session:
    session = Session(core, mode, PLAY, watch_all=False)
    session.space.update(greenlet=greenlet, between=lambda: None)
    session.watch("work")
    return session


def test_a_tracer_that_was_there_is_called(core: str, mode: str) -> None:
    plain: list[str] = []
    seen: list[str] = []

    def tracer(log: list[str]) -> Any:
        return lambda event, args: log.append(f"{event} {len(args)}")

    for log in plain, seen:
        session = playing(core, mode) if log is seen else None
        own = tracer(log)
        greenlet.settrace(own)
        try:
            if session is None:
                main = greenlet.getcurrent()
                one = greenlet.greenlet(lambda main=main: main.switch())
                one.switch()
                one.switch()
            else:
                session.run()
                assert session.numbers()["work"] == WORK
            assert greenlet.gettrace() is own
        finally:
            greenlet.settrace(None)
    assert seen == plain == ["switch 2"] * 4


def test_a_tracer_set_and_reset_meanwhile(core: str, mode: str) -> None:
    """gevent's monitor does this: it calls the tracer it found, and puts it back."""
    session = playing(core, mode)
    seen: list[str] = []

    def between() -> None:
        before = greenlet.gettrace()

        def own(event: str, args: object) -> None:
            seen.append(event)
            before(event, args)

        assert greenlet.settrace(own) is before
        greenlet.greenlet(lambda: None).switch()
        assert greenlet.settrace(before) is own

    session.run(between=between)
    assert session.numbers()["work"] == WORK
    assert seen == ["switch", "switch"]


def test_a_tracer_that_takes_our_place(core: str, mode: str) -> None:
    """Hits stay exact, and the other tracer stays in place."""
    session = playing(core, mode)
    seen: list[str] = []

    def own(event: str, args: object) -> None:
        seen.append(event)

    try:
        session.run(between=lambda: greenlet.settrace(own))
        assert seen[:1] == ["switch"]
        assert greenlet.gettrace() is own
    finally:
        greenlet.settrace(None)
    assert session.numbers()["work"].lines[2][0] == 1


def test_a_tracer_that_raises_is_gone_and_we_are_not(core: str, mode: str) -> None:
    session = playing(core, mode)
    seen: list[str] = []

    def raises(event: str, args: object) -> None:
        seen.append(event)
        raise KeyError(event)

    def between() -> None:
        with pytest.raises(KeyError):
            greenlet.greenlet(lambda: None).switch()

    greenlet.settrace(raises)
    session.space["one_more"] = None
    with pytest.raises(KeyError):
        session.run()
    assert seen == ["switch"]
    assert greenlet.gettrace() is None
    again = playing(core, mode)
    again.run()
    assert again.numbers()["work"] == WORK


def test_a_tracer_that_removes_itself(core: str, mode: str) -> None:
    session = playing(core, mode)
    seen: list[str] = []

    def once(event: str, args: object) -> None:
        seen.append(event)
        greenlet.settrace(None)

    greenlet.settrace(once)
    session.run()
    assert seen == ["switch"]
    assert session.numbers()["work"] == WORK


def test_two_profilers_at_once(core: str, mode: str) -> None:
    for first_ends_first in True, False:
        clock = FakeClock()
        session = playing(core, mode)
        session.space["tick"] = clock.tick
        profilers = [_core.Profiler(core=core, timer=clock) for _ in range(2)]
        for profiler in profilers:
            profiler.watch(session.codes["work"], always=True)
        main: Any = session.space["main"]
        main()
        if not first_ends_first:
            profilers.reverse()
        for profiler in profilers:
            profiler.close()
        session.end()
        for profiler in profilers:
            ((_, ((_code, calls, total, _cost, (line,), _edges),)),) = profiler.snapshot()
            assert (calls, total, line[:5]) == (1, 3, (2, 1, 3, 3, 10))
        assert greenlet.gettrace() is None


def test_a_thread_gets_rid_of_a_stopped_tracer(core: str, mode: str) -> None:
    session = playing(core, mode)
    found: list[object] = []
    go, done = threading.Semaphore(0), threading.Semaphore(0)
    main: Any = session.space["main"]

    def on_thread() -> None:
        main()
        found.append(greenlet.gettrace())
        done.release()
        go.acquire()
        greenlet.greenlet(lambda: None).switch()
        found.append(greenlet.gettrace())

    thread = threading.Thread(target=on_thread)
    if mode == "started":
        session.profiler.start()
    thread.start()
    done.acquire()
    session.end()
    go.release()
    thread.join()
    assert type(found[0]).__name__ == "GreenletTracer"
    assert found[1] is None
    assert session.numbers()["work"] == WORK


def test_a_tracer_called_by_anybody(core: str) -> None:
    session = playing(core, "started")
    session.profiler.start()
    main: Any = session.space["main"]
    main()
    tracer = greenlet.gettrace()
    for args in (), (1,), ("switch", 5), ("switch", (1,)), ("switch", (None, None)):
        assert tracer(*args) is None
    main()
    session.end()
    assert tracer("switch", (None, None)) is None
    assert session.numbers()["work"].lines[2][0] == 2
    with pytest.raises(TypeError):
        type(tracer)()


def test_a_module_of_that_name_that_is_another(core: str, mode: str) -> None:
    session = Session(
        core, mode, "def work(): tick(1)\ndef main():\n  come()\n  work(); go()\n  work()", "work"
    )
    module = sys.modules.pop("greenlet")
    try:
        session.run(
            come=lambda: sys.modules.update(greenlet=types.ModuleType("greenlet")),
            go=lambda: sys.modules.pop("greenlet"),
        )
    finally:
        sys.modules["greenlet"] = module
    assert session.numbers()["work"] == Numbers(2, 2, {1: (2, 2, 2, 0)})
