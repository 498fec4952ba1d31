"""The two ways of profiling, behind one face: line by line, and with cProfile."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

from kernprof.output import python_command, quoted

if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, TextIO

    from kernprof.cli import Request


class Backend(Protocol):
    """Measures a program, and writes and shows the numbers."""

    suffix: str
    """Of the file with the results."""
    injected: object | None
    """What the program finds as `profile` in builtins; None for nothing."""

    def run(self, code: CodeType, names: dict[str, Any]) -> None:
        """Execute the program's code."""

    def close(self) -> str | None:
        """Measure no more; a line on what went wrong while measuring, if anything did."""

    def dump(self, path: str) -> None:
        """Write the numbers so far to a file, in one step; from any thread."""

    def text(self, out: TextIO | None) -> str:
        """The numbers as -v shows them on this stream."""

    def viewer(self, path: str) -> str:
        """The command that shows a file of results."""

    def unmeasured(self) -> str | None:
        """Why there are no numbers at all; None if there are some."""


class Lines:
    """lineprof: the lines of decorated functions."""

    suffix = ".lprof"

    def __init__(self, request: Request) -> None:
        from lineprof import LineProfiler

        self._profiler = LineProfiler(clock=request.clock)
        self._unit = request.unit
        self._skip_zero = request.skip_zero
        self._rich = request.rich
        self.injected: object | None = self._profiler

    def run(self, code: CodeType, names: dict[str, Any]) -> None:
        exec(code, names)

    def close(self) -> str | None:
        try:
            self._profiler.close()
        except Exception as error:
            return f"kernprof: some lines are missing in the results: {error!r}"
        return None

    def dump(self, path: str) -> None:
        self._profiler.dump_stats(path)

    def text(self, out: TextIO | None) -> str:
        from kernprof.streams import like
        from lineprof import show

        stream = like(out)
        show(
            self._profiler.snapshot(),
            stream,
            unit=self._unit,
            skip_zero=self._skip_zero,
            rich=self._rich,
        )
        return stream.getvalue()

    def viewer(self, path: str) -> str:
        return f"{python_command()} -m lineprof {quoted(path)}"

    def unmeasured(self) -> str | None:
        functions = self._profiler.snapshot(source=False).functions
        if any(function.hits for function in functions):
            return None
        if functions:
            return _never_called([function.key.name for function in functions])
        return _nothing_decorated(self._profiler)


class Functions:
    """cProfile: the whole program, or with -b what is decorated."""

    suffix = ".prof"

    def __init__(self, request: Request) -> None:
        from kernprof.contextual import ContextualProfile

        self._profiler = ContextualProfile(clock=request.clock)
        self._whole = not request.builtin
        self.injected: object | None = self._profiler if request.builtin else None

    def run(self, code: CodeType, names: dict[str, Any]) -> None:
        if not self._whole:
            exec(code, names)
            return
        self._profiler.enable()
        try:
            exec(code, names)
        finally:
            self._profiler.disable()

    def close(self) -> str | None:
        self._profiler.disable()
        return self._profiler.refusal

    def dump(self, path: str) -> None:
        self._profiler.save(path)

    def text(self, out: TextIO | None) -> str:
        import pstats
        from io import StringIO

        stream = StringIO()
        pstats.Stats(self._profiler, stream=stream).strip_dirs().sort_stats(-1).print_stats()
        return stream.getvalue()

    def viewer(self, path: str) -> str:
        return f"{python_command()} -m pstats {quoted(path)}"

    def unmeasured(self) -> str | None:
        if self._profiler.getstats() or self._whole:
            return None
        if self._profiler.decorated:
            return _never_called(self._profiler.decorated)
        return _nothing_decorated(self._profiler)


def backend(request: Request) -> Backend:
    return Lines(request) if request.line_by_line else Functions(request)


def _never_called(names: list[str]) -> str:
    listed = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    one = "the decorated function was" if len(names) == 1 else "the decorated functions were"
    return f"kernprof: nothing was measured: {one} never called ({listed})"


def _nothing_decorated(injected: object) -> str:
    own = getattr(sys.modules.get("__main__"), "profile", injected)
    if own is not injected:
        why = "the program has a `profile` of its own, which hides kernprof's"
    else:
        why = "no function was decorated with @profile"
    return f"kernprof: nothing was measured: {why}"
