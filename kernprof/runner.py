"""Runs a program as `python` would, with a recording around it."""

from __future__ import annotations

import atexit
import builtins
import linecache
import os
import sys
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

from kernprof import program
from kernprof.isolation import stdlib_names, tracebacks
from kernprof.isolation.names import takes_builtins_for_dict
from kernprof.isolation.streams import Steps, Streams
from kernprof.isolation.top_level import run_top_level
from kernprof.recording import Recording
from lineprof import LineprofError, UsageError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from types import TracebackType

    from kernprof.backends import Backend
    from kernprof.request import Request


class Run:
    """A program about to run under a recording; LineprofError if it cannot be found."""

    def __init__(self, request: Request) -> None:
        try:
            os.getcwd()
        except OSError:
            raise LineprofError("kernprof: the current folder does not exist any more") from None
        self.request = request
        self.program = program.find(request.program)
        _spare_program(request.writing.outfile, self.program)
        setup = request.running.setup
        self.setup = program.script(setup) if setup else None
        self.streams = Streams()
        messages = request.messages
        self.steps = Steps(self.streams, messages.level >= 2 or messages.step_by_step)
        self.steps.note(lambda: f"request: {request}")
        self.backend = _backend(request, self.program, self.steps)
        self.recording = Recording(
            self.program,
            self.backend,
            self.streams,
            request.writing,
            messages,
            live=self._title() if request.listing.live else None,
            dry_run=request.running.dry_run,
        )

    def _title(self) -> str:
        return " ".join([self.program.label, *self.request.program.args])

    def go(self) -> None:
        """Run it and let through what ends it; LineprofError if there turns out to be nothing to
        run.
        """
        sys.argv[:] = [self.program.argv0, *self.request.program.args]
        if self.setup is not None:
            self._run_setup(self.setup)
        if self.program.needs_path or not sys.flags.safe_path:
            sys.path.insert(0, self.program.path0)
        stdlib_names.release(self.program.path0)
        self.streams.silence(self.request.messages.level)
        main = sys.modules["__main__"] = ModuleType("__main__")
        self.recording.start()
        self.backend.prepare()
        try:
            loaded = self.program.load()
        except (LineprofError, SyntaxError):
            self.backend.close()
            self.recording.cancel()
            raise
        code, names, source = loaded
        if self.backend.injected is not None and takes_builtins_for_dict(code, source):
            names["__builtins__"] = vars(builtins)
        vars(main).update(names)
        _show_code_as_python_does(self.program)
        for fault in self.backend.take(code, names):
            self.streams.complain(f"kernprof: warning: {fault}")
        if self.request.running.dry_run:
            return
        self.steps.note(lambda: f"running {code.co_filename} with {sys.argv}")
        self.backend.run(code, vars(main))

    def _run_setup(self, setup: program.Program) -> None:
        sys.path.insert(0, setup.path0)
        stdlib_names.release(setup.path0)
        code, names, _ = setup.load()
        run_top_level(code, names)


def _backend(request: Request, found: program.Program, steps: Steps) -> Backend:
    if request.measuring.line_by_line:
        from kernprof.backends.lines import Lines

        return Lines(found, request, steps)
    from kernprof.backends.functions import Functions

    return Functions(request.measuring, steps)


def _spare_program(outfile: str, found: program.Program) -> None:
    """UsageError if the results would take the place of the program, or of a folder."""
    if os.path.isdir(outfile):
        raise UsageError(f"option -o/--outfile: {outfile!r} is a folder")
    with suppress(OSError):  # one of the two is no file
        if outfile and os.path.samefile(outfile, found.argv0):
            raise UsageError(f"option -o/--outfile: {outfile!r} is the program itself")


def run_process(request: Request) -> int:
    """Run the program as this process: results are written when the interpreter exits."""
    run = Run(request)
    # Python borrows the module of the script that it runs, kernprof's own: it must outlive us.
    atexit.register(_outlive, sys.modules["__main__"])
    # Handlers run last in, first out: results come after all that the program has to say.
    atexit.register(run.recording.finish)
    try:
        run.go()
    except (SystemExit, LineprofError):
        raise
    except BaseException as error:
        run.recording.note_end(error)
        tracebacks.strip(error)
        _present(error)
        raise
    finally:
        if not _is_exit_handler(run.recording.finish):
            atexit.register(run.recording.finish)
    return 0


def run_within(request: Request) -> int:
    """Run the program in this process and leave all as it was, but for KeyboardInterrupt."""
    before = sys.argv[:], sys.path[:], sys.modules["__main__"]
    threads = _threads()
    run = Run(request)
    try:
        run.go()
    except SystemExit as error:
        return _status(error)
    except (KeyboardInterrupt, LineprofError):
        raise
    except BaseException as error:
        run.recording.note_end(error)
        tracebacks.strip(error)
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    finally:
        for thread in _threads() - threads:
            thread.join()
        run.recording.finish(within=True)
        sys.argv[:], sys.path[:], sys.modules["__main__"] = before
    return 0


def _outlive(kept: object) -> None:
    """An exit handler for the sake of what it holds."""


def _is_exit_handler(handler: object) -> bool:
    """Whether it will be called at exit; programs may forget all handlers (`atexit._clear`)."""

    class Seeker:
        found = False

        def __eq__(self, other: object) -> bool:
            self.found = self.found or handler == other
            return False

        __hash__ = None  # type: ignore[assignment]

    seeker = Seeker()  # unregister() compares it with each handler
    atexit.unregister(seeker)  # type: ignore[arg-type]
    return seeker.found


def leave_own_path() -> None:
    """Drop the folder that Python put on the path for kernprof's sake."""
    main = sys.modules["__main__"]
    if sys.flags.safe_path or not sys.path:
        return
    own = [""]
    if getattr(main, "__spec__", None) is None:
        own.append(os.path.dirname(os.path.realpath(getattr(main, "__file__", ""))))
    else:  # python -m kernprof
        with suppress(OSError):
            own.append(os.getcwd())
    if sys.path[0] in own:
        del sys.path[0]


def _present(error: BaseException) -> None:
    """Let the program's hook, or Python's, report the exception as if we were not there."""
    traceback = error.__traceback__
    report: Callable[..., object] = getattr(sys, "excepthook", sys.__excepthook__)

    def hook(kind: type[BaseException], error: BaseException, whole: TracebackType | None) -> None:
        sys.excepthook = report
        error.__traceback__ = traceback
        if hasattr(sys, "last_traceback"):
            sys.last_traceback = traceback
        report(kind, error, traceback)

    sys.excepthook = hook


def _show_code_as_python_does(found: program.Program) -> None:
    """Since Python 3.13 tracebacks show the lines of `-c` code."""
    if found.text is not None and found.argv0 == "-c" and sys.version_info >= (3, 13):
        name, source = found.text
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)


def _status(error: SystemExit) -> int:
    """The exit status of a SystemExit, which is shown as Python shows it."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code
    print(error.code, file=sys.stderr)
    return 1


def _threads() -> set[threading.Thread]:
    """Threads that Python would wait for at its end, this one apart."""
    module: Any = sys.modules.get("threading")
    if module is None:
        return set()
    here = module.current_thread()
    return {t for t in module.enumerate() if not t.daemon and t is not here}
