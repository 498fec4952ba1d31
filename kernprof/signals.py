"""What a program must survive, or not survive, with results to be written."""

from __future__ import annotations

import os
import signal
from _thread import get_ident
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, Self

DEADLY = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that end a program without any of its exit handlers being called."""


class LastWords:
    """Acts before a deadly signal ends this process as it would have without us.

    Signals that are ignored or have a handler are left alone, and all of them where `catch` is
    called on another than the main thread.

    act: called with the signal on the main thread, between two instructions; False defers the end
        of the process until `end_if_deferred`.
    """

    def __init__(self, act: Callable[[int], bool]) -> None:
        self._act = act
        self._deferred: int | None = None
        self._caught: list[int] = []
        self._masks: dict[int, Any] = {}

    def catch(self) -> None:
        with suppress(ValueError):  # not the main thread
            for number in DEADLY:
                if signal.getsignal(number) is signal.SIG_DFL:
                    signal.signal(number, self._on_signal)
                    self._caught.append(number)
        if self._caught and hasattr(os, "register_at_fork"):
            # What is registered stays for good: it must not keep us alive.
            block, unblock, release = map(
                WeakMethod, (self._block, self._unblock, self._release_child)
            )
            os.register_at_fork(
                before=lambda: (method := block()) and method(),
                after_in_parent=lambda: (method := unblock()) and method(),
                after_in_child=lambda: (method := release()) and method(),
            )

    def release(self) -> None:
        """Signals do again what they did before, unless the program has decided otherwise."""
        with suppress(ValueError):  # not the main thread: `os._exit` is about to end the process
            for number in self._caught:
                if signal.getsignal(number) == self._on_signal:
                    signal.signal(number, signal.SIG_DFL)
        self._caught.clear()

    def end_if_deferred(self) -> None:
        if self._deferred is not None:
            _die(self._deferred)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._act(number):
            _die(number)
        self._deferred = number

    # A child dies of a signal as fast and silently as ever. One that reaches it before our
    # handler is gone would be lost, so it has to wait.

    def _block(self) -> None:
        if self._caught:
            self._masks[get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, self._caught)

    def _unblock(self) -> None:
        mask = self._masks.pop(get_ident(), None)
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _release_child(self) -> None:
        self.release()
        self._unblock()


def _die(number: int) -> None:
    """End as a process ends that has no handler for the signal."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


class Uninterrupted:
    """While entered on the main thread, Ctrl-C does nothing until it is allowed again."""

    def __enter__(self) -> Self:
        self._before: Any = None
        with suppress(ValueError):  # another thread: interrupts do not come here
            if signal.getsignal(signal.SIGINT) is not None:
                self._before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        return self

    def allow(self, *, end_process: bool) -> None:
        """Let an interrupt do again what it did, or rather end the process at once."""
        if self._before not in (None, signal.SIG_IGN):
            signal.signal(signal.SIGINT, signal.SIG_DFL if end_process else self._before)

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)


def recall_interrupt() -> None:
    """Have the interpreter remember that a KeyboardInterrupt ended the program, to die by SIGINT.

    It forgets when an exit handler executes source text, unless that is interrupted in turn.
    """
    with suppress(KeyboardInterrupt):
        exec("raise KeyboardInterrupt")
