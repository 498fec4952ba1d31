"""The two ways of profiling, behind one face: line by line, and with cProfile."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from kernprof.output import python_command, quoted

if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, TextIO

    from kernprof.cli import Request
    from kernprof.diary import Diary
    from kernprof.target import Target
    from lineprof import Selection


class Live(Protocol):
    """A view of the program's numbers that has the terminal between `start` and `stop`."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Backend(Protocol):
    """Measures a program, and writes and shows the numbers."""

    suffix: str
    """Of the file with the results."""
    injected: object | None
    """What the program finds as `profile` in builtins; None for nothing."""

    def prepare(self, target: Target) -> None:
        """The program's modules will be imported from now on."""

    def take(self, code: CodeType, names: Mapping[str, Any]) -> list[str]:
        """The program's code, and the names of its module, before it runs; what to complain of."""

    def run(self, code: CodeType, names: dict[str, Any]) -> None:
        """Execute the program's code."""

    def close(self) -> list[str]:
        """Measure no more; a line on each thing that went wrong while measuring."""

    def dump(self, path: str) -> None:
        """Write the numbers so far to a file, in one step; from any thread."""

    def text(self, out: TextIO | None) -> str:
        """The numbers as -v shows them on this stream."""

    def live(self, title: str, text: tuple[str, str] | None) -> Live | None:
        """A view of the numbers while the program runs; None if there is no such thing.

        text: file name and source where no file has it.
        """

    def viewer(self, path: str) -> str:
        """The command that shows a file of results."""

    def unmeasured(self) -> str | None:
        """Why there are no numbers at all; None if there are some."""


class Lines:
    """lineprof: the lines of decorated functions."""

    suffix = ".lprof"

    def __init__(self, request: Request, diary: Diary) -> None:
        from lineprof import LineProfiler

        self._profiler = LineProfiler(clock=request.clock)
        self._request = request
        self._diary = diary
        self._selection: Selection | None = None
        self.injected: object | None = self._profiler
        diary.note(lambda: f"measuring: {self._profiler!r}")

    def prepare(self, target: Target) -> None:
        request = self._request
        # Code that has no file can hardly be chosen otherwise.
        bare = target.text is not None
        if not (request.targets or request.own_code or request.module_level or bare):
            return
        from lineprof import Selection

        self._selection = Selection(
            self._profiler,
            request.targets,
            folder=(target.path0 or os.curdir) if request.own_code else None,
            nested=request.nested,
            module_level=request.module_level,
            tell=self._diary.say if self._diary.is_kept else None,
        )
        self._selection.place()

    def take(self, code: CodeType, names: Mapping[str, Any]) -> list[str]:
        if self._selection is None:
            return []
        request = self._request
        spec = names.get("__spec__")
        self._selection.add_program(
            code,
            name=getattr(spec, "name", ""),
            everything=request.own_code or request.kind in ("code", "stdin"),
            imports=request.import_targets,
        )
        return self._selection.preimport() if request.preimports else []

    def run(self, code: CodeType, names: dict[str, Any]) -> None:
        exec(code, names)

    def close(self) -> list[str]:
        faults = []
        try:
            self._profiler.close()
        except Exception as error:
            faults.append(f"kernprof: some lines are missing in the results: {error!r}")
        if self._selection is not None:
            self._selection.remove()
            if self._selection.failure is not None:
                faults.append(f"kernprof: some code was not found: {self._selection.failure!r}")
            faults += [f"kernprof: {text}: no code found" for text in self._unmatched()]
        return faults

    def _unmatched(self) -> list[str]:
        return [repr(text) for text in self._selection.unmatched] if self._selection else []

    def dump(self, path: str) -> None:
        self._profiler.dump_stats(path)

    def text(self, out: TextIO | None) -> str:
        from kernprof.streams import like
        from lineprof import show

        stream = like(out)
        show(
            self._profiler.snapshot(),
            stream,
            unit=self._request.unit,
            skip_zero=self._request.skip_zero,
            summarize=self._request.summarize,
            widths=self._request.widths,
            rich=self._request.rich,
        )
        return stream.getvalue()

    def live(self, title: str, text: tuple[str, str] | None) -> Live | None:
        from lineprof import LiveView

        return LiveView(self._profiler, title=title, texts=dict([text] if text else ()))

    def viewer(self, path: str) -> str:
        return f"{python_command()} -m lineprof {quoted(path)}"

    def unmeasured(self) -> str | None:
        functions = self._profiler.snapshot(source=False).functions
        if any(function.hits for function in functions):
            return None
        if functions:
            names = [function.key.name for function in functions]
            return _never_called(names, "decorated" if self._selection is None else "chosen")
        if self._request.targets or self._request.own_code:
            return "kernprof: nothing was measured: no function was chosen or decorated"
        return _nothing_decorated(self._profiler)


class Functions:
    """cProfile: the whole program, or with -b what is decorated."""

    suffix = ".prof"

    def __init__(self, request: Request, diary: Diary) -> None:
        from kernprof.contextual import ContextualProfile

        self._profiler = ContextualProfile(clock=request.clock)
        self._whole = not request.builtin
        self.injected: object | None = self._profiler if request.builtin else None
        diary.note(lambda: f"measuring: {self._profiler!r}")

    def prepare(self, target: Target) -> None:
        pass

    def take(self, code: CodeType, names: Mapping[str, Any]) -> list[str]:
        return []

    def run(self, code: CodeType, names: dict[str, Any]) -> None:
        if not self._whole:
            exec(code, names)
            return
        self._profiler.enable()
        try:
            exec(code, names)
        finally:
            self._profiler.disable()

    def close(self) -> list[str]:
        self._profiler.disable()
        return [self._profiler.refusal] if self._profiler.refusal is not None else []

    def dump(self, path: str) -> None:
        self._profiler.save(path)

    def text(self, out: TextIO | None) -> str:
        import pstats
        from io import StringIO

        stream = StringIO()
        pstats.Stats(self._profiler, stream=stream).strip_dirs().sort_stats(-1).print_stats()
        return stream.getvalue()

    def live(self, title: str, text: tuple[str, str] | None) -> Live | None:
        return None

    def viewer(self, path: str) -> str:
        return f"{python_command()} -m pstats {quoted(path)}"

    def unmeasured(self) -> str | None:
        if self._profiler.getstats() or self._whole:
            return None
        if self._profiler.decorated:
            return _never_called(self._profiler.decorated)
        return _nothing_decorated(self._profiler)


def backend(request: Request, diary: Diary) -> Backend:
    return Lines(request, diary) if request.line_by_line else Functions(request, diary)


def _never_called(names: list[str], how: str = "decorated") -> str:
    listed = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    one = f"the {how} function was" if len(names) == 1 else f"the {how} functions were"
    return f"kernprof: nothing was measured: {one} never called ({listed})"


def _nothing_decorated(injected: object) -> str:
    own = getattr(sys.modules.get("__main__"), "profile", injected)
    if own is not injected:
        why = "the program has a `profile` of its own, which hides kernprof's"
    else:
        why = "no function was decorated with @profile"
    return f"kernprof: nothing was measured: {why}"
