"""One recorded run: what is put in place for it, and how its results get out whatever ends it."""

from __future__ import annotations

import _thread
import gc
import linecache
import os
import signal
import sys
from time import monotonic, sleep
from typing import TYPE_CHECKING
from weakref import WeakMethod

from kernprof import results
from kernprof.isolation.kept_state import KeptState
from kernprof.isolation.names import ProgramNames
from kernprof.signals import LastWords, Uninterrupted, recall_interrupt
from lineprof.measure.departures import Departures

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernprof.backends import Backend
    from kernprof.isolation.streams import Streams
    from kernprof.option_table import Messages, Writing
    from kernprof.program import Program

_SILENT = -2  # Level of messages at which there are none

PATIENCE = 10.0  # Seconds that the end of the process waits for results that are being written


class Recording:
    """From `start` on, results are written by `finish`, by ticks, and by what ends the process.

    live: the title of a live view, if there is to be one.
    dry_run: say where results would go, and write nothing.
    """

    def __init__(
        self,
        program: Program,
        backend: Backend,
        streams: Streams,
        writing: Writing,
        messages: Messages,
        *,
        live: str | None = None,
        dry_run: bool = False,
    ) -> None:
        self._program = program
        self._backend = backend
        self._streams = streams
        self._is_part = backend.is_part
        self._level = _SILENT if backend.is_part else messages.level
        self._dry_run = dry_run
        self._output = results.Output(writing.outfile or program.label + backend.suffix)
        self._names = ProgramNames(backend.injected, builtin=backend.injected is not None)
        ticks = writing.interval and not backend.is_part
        self._ticker = Ticker(writing.interval, self._tick) if ticks else None
        self._live = None if live is None or backend.is_part else backend.live(live, program.text)
        self._tick_failed = False
        self._process = os.getpid()
        self._state = "new"
        self._writing, self._writer = _thread.allocate_lock(), 0
        self._signals = LastWords(self._last_words)
        self._departures = Departures(self._before_exit, self._before_exec, self._after_refusal)
        self._hint: str | None = None
        self._interrupted = False
        backend.rehearse(listing=self._shows_listing)
        self._kept = KeptState()

    def start(self) -> None:
        if self._live is not None:
            self._live.start()
        self._state = "running"
        self._names.place()
        self._signals.catch()
        self._departures.place()
        if self._ticker is not None:
            self._ticker.start()

    def cancel(self) -> None:
        """There is nothing to record after all."""
        if self._state == "running":
            self._state = "done"
            self._withdraw()
            self._backend.forget()
            self._signals.release()

    def note_end(self, error: BaseException) -> None:
        """The program ended with this exception."""
        self._backend.cut_short(type(error).__name__)
        if isinstance(error, KeyboardInterrupt):
            self._interrupted = True
            self._streams.hurry()
        missing = isinstance(error, NameError) and error.name == "profile"
        if missing and self._backend.injected is None:
            self._hint = "kernprof: `profile` is there only with -l (lines) or -b (functions)"

    def finish(self, *, within: bool = False) -> None:
        """Write the results and say so, once; a forked child only stops measuring.

        within: the process goes on after it.
        """
        if self._state != "running":
            return
        if os.getpid() != self._process:
            self._backend.close()
            return
        self._writer, self._state = _thread.get_ident(), "writing"
        with Uninterrupted() as interrupts:
            self._writing.acquire(blocking=False)
            self._withdraw()
            with self._kept:
                self._departures.place()  # for other threads
                lost = self._backend.close()
                written = self._write()
                self._backend.forget()
                self._state = "telling"
                self._writing.release()
                self._departures.remove()
                interrupts.allow(end_process=not within)
                is_last = not (within or self._live or self._streams.hurried)
                self._tell(lost, written, pager=is_last)
        self._state = "done"
        self._signals.end_if_deferred()
        self._signals.release()
        if self._interrupted:
            recall_interrupt()

    def _pause(self) -> None:
        if self._live is not None:
            self._live.stop()
        if self._ticker is not None:
            self._ticker.stop()

    def _withdraw(self) -> None:
        self._pause()
        self._names.remove()
        self._departures.remove()

    # -- results -----------------------------------------------------------------------------

    @property
    def _shows_listing(self) -> bool:
        return self._level >= 1 or (self._level == 0 and self._live is not None)

    def _write(self) -> results.Written:
        if self._dry_run or self._is_part:
            return results.Written(None)
        if self._output.is_taken() and self._unmeasured() is not None:
            shown = self._output.shown
            note = f"kernprof: {shown!r} was written by another process meanwhile and stays"
            return results.Written(None, note)
        return self._output.write(self._dump)

    def _tell(self, lost: list[str], written: results.Written, *, pager: bool) -> None:
        self._streams.restore()
        if self._dry_run:
            if self._level >= 0:
                where = self._output.shown
                self._streams.say(f"Profile results would have been written to {where!r}")
            return
        if written.note is not None:
            self._streams.complain(written.note)
        elif self._level >= 0:
            self._streams.say(f"Wrote profile results to {written.shown!r}")
        if self._shows_listing:
            text, left_out = self._text(pager=pager)
            if text:  # else a pager has shown it
                self._streams.say(text)
            if left_out is not None:
                self._streams.complain(left_out)
        elif self._level == 0 and written.shown is not None:
            self._streams.say(f"Inspect results with:\n{self._backend.viewer(written.shown)}")
        for note in (*lost, self._hint or self._unmeasured()):
            if note is not None and self._level >= -1:
                self._streams.complain(note)

    def _text(self, *, pager: bool) -> tuple[str, str | None]:
        try:
            with _Cached(self._program.text):
                return self._backend.text(self._streams.out, pager=pager)
        except Exception as error:
            return f"kernprof: cannot show the results: {results.reason(error)}", None

    def _unmeasured(self) -> str | None:
        try:
            return self._backend.unmeasured()
        except Exception:
            return None

    def _dump(self, path: str) -> None:
        with _Cached(self._program.text):
            self._backend.dump(path)

    def _tick(self) -> None:
        try:
            self._output.update(self._dump)
        except Exception as error:
            if not self._tick_failed:
                self._tick_failed = True
                shown, why = self._output.shown, results.reason(error)
                self._streams.complain(f"kernprof: cannot write {shown!r} yet: {why}")

    def _before_exit(self) -> None:
        self.finish()
        self._wait_for_results()

    def _wait_for_results(self) -> None:
        """Let another thread write what it is about to write."""
        is_others = self._state == "writing" and self._writer != _thread.get_ident()
        if is_others and self._writing.acquire(timeout=PATIENCE):
            self._writing.release()

    def _before_exec(self) -> None:
        """Write the results and say so: another program takes the process, or is refused."""
        self._wait_for_results()
        if self._state == "running":
            self._pause()
            with self._kept:
                self._tell([], self._write(), pager=False)
                self._backend.forget()

    def _after_refusal(self) -> None:
        """The program goes on as before."""
        if self._state == "running":
            self._streams.silence(self._level)
            if self._live is not None:
                self._live.start()
            if self._ticker is not None:
                self._ticker.start()
            self._backend.resume()

    def _last_words(self, number: int) -> bool:
        if os.getpid() == self._process:
            if self._state == "writing":
                return False
            if self._state == "telling":
                return True
            self._streams.hurry()
            self._backend.cut_short(signal.Signals(number).name)
        self.finish()
        return True


class Ticker:
    """Calls `act` every `seconds` from `start` until `stop`, never two calls at a time.

    The program does not see its thread, nor is it kept alive by it. The thread ends before each
    fork and begins anew: from Python 3.12 on a fork beside a second thread is a warning.
    """

    def __init__(self, seconds: float, act: Callable[[], object]) -> None:
        self._seconds = min(seconds, _thread.TIMEOUT_MAX)
        self._act = act
        self._due = 0.0
        self._stop, self._ended = _thread.allocate_lock(), _thread.allocate_lock()
        self._thread = self._process = 0
        self._wanted = self._watches_forks = False

    def start(self) -> None:
        self._wanted, self._process = True, os.getpid()
        self._due = monotonic() + self._seconds
        self._begin()
        if not self._watches_forks and sys.version_info >= (3, 12) and hasattr(os, "fork"):
            self._watches_forks = True
            # What is registered stays for good: it must not keep us alive.
            end, begin = WeakMethod(self._end), WeakMethod(self._begin_again)
            os.register_at_fork(
                before=lambda: (method := end()) and method(),
                after_in_parent=lambda: (method := begin()) and method(),
            )

    def stop(self, patience: float = 10.0) -> bool:
        """No call begins from now on; whether one under way has ended in `patience` seconds."""
        self._wanted = False
        return self._end(patience)

    def _begin(self) -> None:
        self._stop.acquire(blocking=False)
        self._ended.acquire()
        _thread.start_new_thread(self._run, ())

    def _end(self, patience: float = -1) -> bool:
        if self._stop.locked():
            self._stop.release()
        if not self._ended.acquire(timeout=patience):
            return False
        self._ended.release()
        # Its last moments are the system's.
        for _ in range(100):
            if not os.path.exists(f"/proc/self/task/{self._thread}"):
                break
            sleep(1e-4)
        return True

    def _begin_again(self) -> None:
        """After a fork. Later versions look for threads only then, so it has to be later yet."""
        if sys.version_info < (3, 13):
            self._begin_if_wanted()
        elif self._wanted and self._begin_if_wanted not in gc.callbacks:
            gc.callbacks.append(self._begin_if_wanted)

    def _begin_if_wanted(self, *_: object) -> None:
        if self._begin_if_wanted in gc.callbacks:
            gc.callbacks.remove(self._begin_if_wanted)
        if self._wanted and os.getpid() == self._process and not self._ended.locked():
            self._begin()

    def _left(self) -> float:
        return min(max(0.0, self._due - monotonic()), self._seconds)

    def _run(self) -> None:
        self._thread = _thread.get_native_id()
        try:
            while not self._stop.acquire(timeout=self._left()):
                self._act()
                self._due = monotonic() + self._seconds
        finally:
            self._ended.release()


class _Cached:
    """While entered, `linecache` has the text of code that no file holds."""

    def __init__(self, text: tuple[str, str] | None) -> None:
        self._text = text

    def __enter__(self) -> None:
        if self._text is None:
            return
        name, source = self._text
        self._before = linecache.cache.get(name)
        if self._before is None:
            linecache.cache[name] = (len(source), None, source.splitlines(True), name)

    def __exit__(self, *_: object) -> None:
        if self._text is not None and self._before is None:
            linecache.cache.pop(self._text[0], None)
