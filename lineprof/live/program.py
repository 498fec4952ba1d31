"""The program's side of a live view: starts the viewer and feeds it from a thread."""

from __future__ import annotations

import _thread
import os
import sys
from contextlib import suppress
from time import thread_time_ns

from ..errors import LineprofError
from .capture import Capture
from .wire import END, Packer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self

    from ..measure.profiler import LineProfiler

MOST_SHARE = 0.01
"""The share of a CPU's time that reading numbers may take: large profiles make longer pauses."""
PATIENCE = 5.0  # Seconds that the viewer has to give the terminal back


class LiveView:
    """Shows on the terminal what a profiler has measured so far, from `start` to `stop`.

    interval: seconds between two readings; longer if they would take more than a hundredth of a
        CPU's time.
    title: the program's name, by default its command line.
    texts: source of code that is in no file, by its file name.

    Meanwhile, what the program writes to the terminal is kept in a file and appears when the view
    ends, and the program finds its input empty.
    """

    def __init__(
        self,
        profiler: LineProfiler,
        interval: float = 1.0,
        *,
        title: str | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        self._profiler = profiler
        self._interval = max(0.05, interval)
        self._title = " ".join(map(str, sys.argv)) if title is None else title
        self._texts = dict(texts or {})
        # Of now: the program may change it.
        self._path = [os.path.abspath(folder) for folder in sys.path]
        self._capture = Capture()
        self._process = os.getpid()
        self._running = self._ended = False
        self._socket: Any = None

    def start(self) -> None:
        """Show it; LineprofError where there is no terminal for it."""
        if self._socket is not None:
            return
        # The C modules, which load fast. And now: the program may have a select.py.
        import _socket
        import select
        from marshal import dumps

        self._terminal()
        self._packer = Packer()
        self._socket, viewer = _socket.socketpair()
        self._send_flags = getattr(_socket, "MSG_NOSIGNAL", 0)
        try:
            self._capture.start()
            self._spawn(viewer)
            about = (self._title, self._texts, self._capture.file, os.getpid())
            self._send(dumps((*about, self._profiler.core, self._profiler.clock)))
        except OSError as error:
            self._capture.stop()
            self._socket.close()
            self._socket = None
            raise LineprofError(f"cannot show the live view: {error.strerror or error}") from error
        finally:
            viewer.close()
        self._running = True
        self._spent = 0
        self._wake = os.pipe()
        self._poll = select.poll()
        self._poll.register(self._wake[0], select.POLLIN)
        self._poll.register(self._socket.fileno(), select.POLLIN)
        self._feeding = _thread.allocate_lock()
        self._feeding.acquire()
        _thread.start_new_thread(self._feed, ())

    def stop(self) -> None:
        """End the view and give the terminal back; without effect if it has ended."""
        if self._socket is None or os.getpid() != self._process:
            return
        self._running = False
        with suppress(OSError):
            os.write(self._wake[1], b".")
        if self._feeding.acquire(timeout=PATIENCE):
            self._end()
            self._feeding.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- start -------------------------------------------------------------------------------

    def _terminal(self) -> None:
        if not hasattr(os, "posix_spawn") or not sys.executable:
            raise LineprofError("a live view needs a POSIX system")
        try:
            os.close(os.open("/dev/tty", os.O_RDWR))
        except OSError:
            raise LineprofError("a live view needs a terminal") from None
        # Checked now: the viewer could not report it.
        from importlib.util import find_spec

        if find_spec("rich") is None:
            raise LineprofError("a live view needs the package rich")

    def _spawn(self, viewer: Any) -> None:
        """Start the viewer, but not as our child: the program may wait for any of its children."""
        import signal

        terminal = os.open("/dev/tty", os.O_RDWR)
        os.set_inheritable(viewer.fileno(), True)
        if self._capture.file is not None:
            os.set_inheritable(self._capture.file, True)
        code = (
            f"import sys; sys.path[:] = {self._path!r}\n"
            f"from lineprof.live.viewer import main; main({viewer.fileno()})"
        )
        try:
            launcher = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-c", code],
                os.environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, terminal, number) for number in (0, 1, 2)],
                # Ctrl-C is meant for the program.
                setsigmask=[signal.SIGINT, signal.SIGTSTP],
            )
        finally:
            os.close(terminal)
            if self._capture.file is not None:
                os.set_inheritable(self._capture.file, False)
        with suppress(ChildProcessError):
            os.waitpid(launcher, 0)

    # -- feed --------------------------------------------------------------------------------

    def _feed(self) -> None:
        # Soon at first: there is nothing to be seen yet.
        early = [0.4, 0.2, 0.1]
        pause = self._interval
        try:
            while self._running:
                began = thread_time_ns()
                numbers = self._profiler._read()
                self._send(self._packer.packed(*numbers, spent=self._spent, pause=pause))
                taken = thread_time_ns() - began
                self._spent += taken
                wanted = min(self._interval, early.pop()) if early else self._interval
                pause = max(wanted, taken / 1e9 / MOST_SHARE)
                if self._left(pause):
                    break
        except OSError:
            # The viewer has ended: the user left it, or something killed it.
            pass
        except Exception as error:
            with suppress(OSError):
                os.write(2, f"lineprof: the live view ends: {error!r}\n".encode())
        finally:
            if self._running:
                self._running = False
                self._end()
            self._feeding.release()

    def _left(self, seconds: float) -> bool:
        """Wait so long, or until `stop`; whether the viewer went away meanwhile."""
        ready = [number for number, _ in self._poll.poll(seconds * 1000)]
        return self._socket.fileno() in ready

    def _send(self, message: bytes) -> None:
        # SIGPIPE ends some programs; a viewer that has ended must not.
        size = len(message).to_bytes(4, "big")  # as multiprocessing.connection has it
        self._socket.sendall(size + message, self._send_flags)

    def _end(self) -> None:
        """Have the viewer leave the terminal, then put the program's output back."""
        if self._ended:
            return
        self._ended = True
        with suppress(OSError):
            self._socket.settimeout(PATIENCE)
            self._send(END)
            while self._socket.recv(1):
                pass
        with suppress(OSError):
            self._socket.close()
        for number in self._wake:
            with suppress(OSError):
                os.close(number)
        self._capture.stop()
