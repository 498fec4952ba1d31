"""The thread that acts every so often."""

from __future__ import annotations

import gc
import os
import threading

import pytest

from kernprof.recording import Ticker


def test_it_acts_again_and_again_until_stopped() -> None:
    acts = threading.Semaphore(0)
    ticker = Ticker(0.001, acts.release)
    ticker.start()
    for _ in range(3):
        assert acts.acquire(timeout=60)
    assert ticker.stop()
    assert ticker.stop()


def test_stopping_waits_for_the_act_under_way() -> None:
    acting, go = threading.Event(), threading.Event()
    acts: list[bool] = []

    def act() -> None:
        acting.set()
        go.wait(60)
        acts.append(True)

    ticker = Ticker(0.001, act)
    ticker.start()
    assert acting.wait(60)
    assert not ticker.stop(patience=0.01)
    assert acts == []
    go.set()
    assert ticker.stop()
    assert acts == [True]


def test_nobody_sees_the_thread() -> None:
    acted = threading.Event()
    before = threading.enumerate()
    ticker = Ticker(0.001, acted.set)
    ticker.start()
    assert acted.wait(60)
    assert threading.enumerate() == before
    assert ticker.stop()


def test_stopping_what_never_started() -> None:
    assert Ticker(1, lambda: None).stop()


def test_longer_than_any_lock_waits() -> None:
    ticker = Ticker(1e300, lambda: None)
    ticker.start()
    assert ticker.stop()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_finds_no_second_thread() -> None:
    """From Python 3.12 on that is a warning, and pytest makes it an error."""
    acts = threading.Semaphore(0)
    ticker = Ticker(0.001, acts.release)
    ticker.start()
    for _ in range(3):
        for _ in range(2):
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
        gc.collect()
        while acts.acquire(blocking=False):
            pass
        assert acts.acquire(timeout=60)
    assert ticker.stop()
    assert ticker._begin_if_wanted not in gc.callbacks
