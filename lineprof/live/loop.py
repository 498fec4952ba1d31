"""Waits for numbers and for keys, and draws what has changed."""

import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from ..report.terminal import ansi
from ..report.terminal.layout import View
from ..report.terminal.pieces import UNICODE
from .screen import Screen
from .view import Shot, State, lines, press, update

_TAIL = 1 << 16  # Bytes at the end of the program's output that are looked at


class Feed(Protocol):
    def fileno(self) -> int | None:
        """What becomes readable when there are some; None to be asked every so often."""

    def shots(self) -> list[Shot]:
        """Those that have come. EOFError once there will be no more."""

    def status(self) -> str:
        """One word on the program."""


def run(feed: Feed, state: State, screen: Screen, output: int | None = None) -> None:
    """Show what comes until there is no more, or the user leaves.

    output: descriptor of the file with what the program writes.
    """
    wake, alarm = os.pipe()
    for number in (wake, alarm):
        os.set_blocking(number, False)
    handlers = _handlers(screen, state)
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    old = signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
    try:
        screen.enter()
        _run(feed, state, screen, output, wake)
    finally:
        screen.leave()
        signal.set_wakeup_fd(old)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(wake)
        os.close(alarm)


def _run(feed: Feed, state: State, screen: Screen, output: int | None, wake: int) -> None:
    terminal = ansi.terminal_for(sys.stdout, True) or ansi.Terminal(80, None, UNICODE)
    paint = ansi.painter(terminal)
    changed = True
    while not state.quit:
        status, state.status = state.status, feed.status()
        if state.status == "gone":
            return
        if changed or state.status != status or state.page == "output":
            width, height = _size()
            view = View(width, terminal.glyphs, links=False)
            state.output = _tail(output) if state.page == "output" else []
            screen.draw([paint(line) for line in lines(state, view, height)])
        number = feed.fileno()
        sources: list[Any] = [0, wake] if number is None else [0, wake, number]
        ready, _, _ = select.select(sources, [], [], 0.5)
        changed = bool(ready)
        if wake in ready:
            with suppress(BlockingIOError):
                os.read(wake, 256)
        if 0 in ready:
            for key in screen.pressed():
                press(state, key)
        if number is None or number in ready:
            try:
                shots = feed.shots()
            except EOFError:
                return
            for shot in shots:
                update(state, shot)
            changed = changed or bool(shots)


def _handlers(screen: Screen, state: State) -> dict[int, Callable[..., object]]:
    def leave(number: int, frame: object) -> None:
        state.quit = True

    def pause(number: int, frame: object) -> None:
        screen.leave()
        os.kill(os.getpid(), signal.SIGSTOP)
        screen.enter()

    return {
        signal.SIGTERM: leave,
        signal.SIGHUP: leave,
        signal.SIGTSTP: pause,
        signal.SIGWINCH: lambda number, frame: None,
    }


def _size() -> tuple[int, int]:
    try:
        size = os.get_terminal_size(0)
    except OSError:
        return 80, 24
    # Terminals that do not know their size say 0.
    return max(40, size.columns or 80), max(8, size.lines or 24)


def _tail(file: int | None) -> list[str]:
    if file is None:
        return []
    try:
        start = max(0, os.fstat(file).st_size - _TAIL)
        return os.pread(file, _TAIL, start).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
