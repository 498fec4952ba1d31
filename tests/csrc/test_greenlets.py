"""Greenlets switch stacks behind the interpreter's back; hits must not care, nothing may break."""

from __future__ import annotations

import pytest

from lineprof import _core
from tests.support.harness import counts_of, measure, nothing_left
from tests.support.oracle import count

greenlet = pytest.importorskip("greenlet", reason="greenlet is not installed")


def worker(name: str, log: list[str], partner: list[object]) -> str:
    for i in range(4):
        log.append(f"{name}{i}")
        partner[0].switch()  # type: ignore[attr-defined]
    return name


def helper(n: int) -> int:
    return n and helper(n - 1)


def play() -> list[str]:
    log: list[str] = []
    main = greenlet.getcurrent()
    others: list[object] = [None]
    first = greenlet.greenlet(lambda: worker("a", log, others))
    second = greenlet.greenlet(lambda: worker("b", log, [first]))
    others[0] = second
    first.switch()
    helper(3)
    while not (first.dead and second.dead):
        for one in (first, second):
            if not one.dead:
                one.parent = main
                one.switch()
    return log


def test_hits(core: str, mode: str) -> None:
    codes = [worker.__code__, helper.__code__, play.__code__]
    expected_log, expected = count(codes, play)
    profiler = _core.Profiler(core=core)
    with nothing_left(codes):
        assert measure(profiler, codes, mode, play) == expected_log
    found = dict(counts_of(profiler))
    assert {code: found[code] for code in codes} == expected
