"""Calls a function every so often on a thread of its own."""

from __future__ import annotations

import _thread
from collections.abc import Callable


class Ticker:
    """Calls `act` every `seconds` from `start` until `stop`, never two calls at a time.

    The thread is one that neither `threading.enumerate()` nor the interpreter's exit knows of:
    it is not the program's, and does not keep it alive.
    """

    def __init__(self, seconds: float, act: Callable[[], object]) -> None:
        self._seconds = min(seconds, _thread.TIMEOUT_MAX)
        self._act = act
        self._stop = _thread.allocate_lock()
        self._acting = _thread.allocate_lock()
        self._stopped = False

    def start(self) -> None:
        self._stop.acquire()
        _thread.start_new_thread(self._run, ())

    def stop(self, patience: float = 10.0) -> bool:
        """No call begins from now on; whether one under way has ended in `patience` seconds."""
        if not self._stopped:
            self._stopped = True
            if self._stop.locked():
                self._stop.release()
        if not self._acting.acquire(timeout=patience):
            return False
        self._acting.release()
        return True

    def _run(self) -> None:
        while not self._stop.acquire(timeout=self._seconds):
            with self._acting:
                if self._stopped:
                    return
                self._act()
