"""One recorded run: what is put in place for it, and how its results get out whatever ends it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kernprof import output
from kernprof.inject import Injected
from kernprof.shadow import OwnImports
from kernprof.signals import LastWords, Uninterrupted, recall_interrupt
from kernprof.ticker import Ticker

if TYPE_CHECKING:
    from typing import Any

    from kernprof.backends import Backend
    from kernprof.cli import Request
    from kernprof.streams import Streams
    from kernprof.target import Target


class Recording:
    """From `start` on, results are written by `finish`, by every tick, and by a deadly signal."""

    def __init__(
        self, request: Request, target: Target, backend: Backend, streams: Streams
    ) -> None:
        self._request = request
        self._target = target
        self._backend = backend
        self._streams = streams
        self._output = output.place(request.outfile or target.label + backend.suffix)
        self._imports = OwnImports()
        self._injected = Injected(backend.injected, builtin=backend.injected is not None)
        self._ticker = Ticker(request.interval, self._tick) if request.interval else None
        self._live = None
        if request.live:
            self._live = backend.live(" ".join([target.label, *request.args]), target.text)
        self._tick_failed = False
        self._process = os.getpid()
        self._state = "new"
        self._signals = LastWords(self._last_words)
        self._hint: str | None = None
        self._interrupted = False

    def start(self) -> None:
        if self._live is not None:
            self._live.start()
        self._state = "running"
        self._injected.place()
        self._signals.catch()
        if self._ticker is not None:
            # Everything the thread will import, while nothing of the program is in the way.
            self._dump(os.devnull)
            self._ticker.start()

    def cancel(self) -> None:
        """There is nothing to record after all."""
        if self._state == "running":
            self._state = "done"
            self._withdraw()
            self._signals.release()

    def note_end(self, error: BaseException) -> None:
        """The program ended with this exception."""
        self._interrupted = isinstance(error, KeyboardInterrupt)
        missing = isinstance(error, NameError) and error.name == "profile"
        if missing and self._backend.injected is None:
            self._hint = "kernprof: `profile` is there only with -l (lines) or -b (functions)"

    def finish(self) -> None:
        """Write the results and say so; only once, and only in the process that started.

        A child that was forked meanwhile only stops measuring.
        """
        if self._state != "running":
            return
        if os.getpid() != self._process:
            self._backend.close()
            return
        self._state = "finishing"
        with Uninterrupted():
            self._withdraw()
            with self._imports:
                self._report()
        self._state = "done"
        self._signals.end_if_deferred()
        self._signals.release()
        if self._interrupted:
            recall_interrupt()

    def _withdraw(self) -> None:
        if self._live is not None:
            self._live.stop()
        if self._ticker is not None:
            self._ticker.stop()
        self._injected.remove()

    # -- results -----------------------------------------------------------------------------

    def _report(self) -> None:
        level = self._request.verbosity
        lost = self._backend.close()
        if self._request.dry_run:
            self._streams.restore()
            where = self._output.shown
            if level >= 0:
                self._streams.say(f"Profile results would have been written to {where!r}")
            return
        written = output.write(self._output, self._dump)
        self._streams.restore()
        if written.fault is not None:
            self._streams.complain(written.fault)
        elif level >= 0:
            self._streams.say(f"Wrote profile results to {written.shown!r}")
        if level >= 1 or (level == 0 and self._live is not None):
            self._streams.say(self._text())
        elif level == 0 and written.shown is not None:
            self._streams.say(f"Inspect results with:\n{self._backend.viewer(written.shown)}")
        for note in (*lost, self._hint or self._unmeasured()):
            if note is not None and level >= -1:
                self._streams.complain(note)

    def _text(self) -> str:
        try:
            with _Shown(self._target.text):
                return self._backend.text(self._streams.out)
        except Exception as error:
            return f"kernprof: cannot show the results: {output.reason(error)}"

    def _unmeasured(self) -> str | None:
        try:
            return self._backend.unmeasured()
        except Exception:
            return None

    def _dump(self, path: str) -> None:
        with _Shown(self._target.text):
            self._backend.dump(path)

    def _tick(self) -> None:
        try:
            self._dump(self._output.path)
        except Exception as error:
            if not self._tick_failed:
                self._tick_failed = True
                shown, why = self._output.shown, output.reason(error)
                self._streams.complain(f"kernprof: cannot write {shown!r} yet: {why}")

    def _last_words(self) -> bool:
        if self._state == "finishing" and os.getpid() == self._process:
            return False
        self.finish()
        return True


class _Shown:
    """While entered, `linecache` has the text of code that no file holds."""

    def __init__(self, text: tuple[str, str] | None) -> None:
        self._text = text

    def __enter__(self) -> None:
        if self._text is None:
            return
        import linecache

        name, source = self._text
        self._before = linecache.cache.get(name)
        if self._before is None:
            linecache.cache[name] = (len(source), None, source.splitlines(True), name)

    def __exit__(self, *_: object) -> None:
        cache: dict[str, Any] | None = getattr(sys.modules.get("linecache"), "cache", None)
        if self._text is not None and cache is not None and self._before is None:
            cache.pop(self._text[0], None)
