"""Calls after which no exit handler runs: `os._exit`, and `os.exec*` with another program."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any


class Departures:
    """While placed, acts before this process ends by `os._exit` or becomes another program.

    on_exit: called before `os._exit`.
    on_exec: called before `os.execv` and `os.execve`, and with them all of `os.exec*`, if there is
        a program to execute.
    on_refusal: called after that if the system refuses, and this process goes on.

    Processes that the program forks are not this process.
    """

    def __init__(
        self,
        on_exit: Callable[[], object],
        on_exec: Callable[[], object],
        on_refusal: Callable[[], object],
    ) -> None:
        self._on_exit, self._on_exec, self._on_refusal = on_exit, on_exec, on_refusal
        self._process = 0
        self._undo: list[tuple[ModuleType, str, object, object]] = []

    def place(self) -> None:
        self._process = os.getpid()
        for name in ("_exit", "execv", "execve"):
            if original := getattr(os, name, None):
                ours = self._before_exit if name == "_exit" else self._before_exec
                changed = ours(original)
                # Both, or it could not be pickled: its name is that of the module in C.
                for module in (os, sys.modules[original.__module__]):
                    self._undo.append((module, name, original, changed))
                    setattr(module, name, changed)

    def remove(self) -> None:
        """Undo `place`; what the program has put in place itself stays."""
        while self._undo:
            module, name, original, changed = self._undo.pop()
            if getattr(module, name, None) is changed:
                setattr(module, name, original)

    def _before_exit(self, original: Callable[..., object]) -> Callable[..., object]:
        @wraps(original)
        def _exit(*args: Any, **kwargs: Any) -> object:
            if os.getpid() == self._process:
                with suppress(Exception):
                    self._on_exit()
            return original(*args, **kwargs)

        return _exit

    def _before_exec(self, original: Callable[..., object]) -> Callable[..., object]:
        @wraps(original)
        def execute(path: Any, *args: Any, **kwargs: Any) -> object:
            if os.getpid() != self._process or not _is_executable(path):
                return original(path, *args, **kwargs)
            with suppress(Exception):
                self._on_exec()
            try:
                return original(path, *args, **kwargs)
            finally:
                with suppress(Exception):
                    self._on_refusal()

        return execute


def _is_executable(path: Any) -> bool:
    try:
        return isinstance(path, int) or os.access(path, os.X_OK)
    except (TypeError, ValueError):  # exec itself says what is wrong
        return False
