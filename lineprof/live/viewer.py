"""The process that shows a live view: `program` starts it and sends it numbers over a socket."""

import marshal
import os
import signal
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from time import sleep

from ..model.profile import Run
from .capture import replay
from .loop import run
from .screen import Screen
from .view import Shot, State
from .wire import END, Unpacker


class SocketFeed:
    """Shots of the program at the other end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        about = marshal.loads(connection.recv_bytes())
        self.title, texts, self.output, self._process, core, clock = about
        self._unpacker = Unpacker(Run(core=core, clock=clock), texts)
        self._unpacker.remember_texts()
        self.ended = False  # Whether the program said that it has ended

    def fileno(self) -> int:
        return self._connection.fileno()

    def shots(self) -> list[Shot]:
        while True:
            message = self._connection.recv_bytes()
            if message == END:
                self.ended = True
                raise EOFError
            self._unpacker.take(message)
            if not self._connection.poll():
                # Only the newest is shown.
                return [self._shot()]

    def _shot(self) -> Shot:
        # Only the sum of all threads is shown, so each thread need not be corrected.
        profile = replace(self._unpacker.profile(), threads=()).corrected()
        elapsed = profile.runs[0].duration
        share = 100 * self._unpacker.spent / elapsed if elapsed else 0.0
        return Shot(profile, elapsed, f"every {self._unpacker.pause:.3g} s, cost {share:.2f}%")

    def status(self) -> str:
        try:
            os.kill(self._process, 0)
        except ProcessLookupError:
            # Killed, while a child of it still holds the other end open.
            return "gone"
        except PermissionError:
            pass
        return "running"


def main(number: int) -> None:
    if os.fork():
        # Nobody's child from now on: see `program`.
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT, signal.SIGTSTP])
    screen = Screen()
    try:
        feed = SocketFeed(Connection(number))
        state = State(feed.title)
        run(feed, state, screen, feed.output)
    except (EOFError, ConnectionError):
        return
    finally:
        screen.leave()
    if not (feed.ended or state.quit) and feed.output is not None:
        _hand_over(feed, feed.output)


def _hand_over(feed: SocketFeed, output: int) -> None:
    """Show what the program wrote, if it was killed or has become another program.

    Such a program still writes to that file.
    """
    shown = 0
    with suppress(OSError):
        while True:
            ended = feed.status() == "gone"
            shown = replay(output, 1, shown)
            if ended:
                break
            sleep(0.1)
