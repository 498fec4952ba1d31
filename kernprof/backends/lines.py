"""Lines: lineprof, for the functions that are decorated or chosen."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.machinery import EXTENSION_SUFFIXES
from shlex import quote
from typing import TYPE_CHECKING

from kernprof.backends import never_called, nothing_decorated
from kernprof.isolation.streams import like
from kernprof.isolation.top_level import run_top_level
from lineprof import LineProfiler, save
from lineprof.interpreter import python_command
from lineprof.processes.run import Processes, choice, part_of_run

if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, TextIO

    from kernprof.backends import Live
    from kernprof.isolation.streams import Steps
    from kernprof.program import Program
    from kernprof.request import Request
    from lineprof import Profile, Selection


class Lines:
    """The backend with -l."""

    suffix = ".lprof"

    def __init__(self, program: Program, request: Request, steps: Steps) -> None:
        choosing = request.choosing
        self._clock = request.measuring.clock
        self._format = request.writing.format
        self._output = request.writing.outfile or program.label + self.suffix
        follows = request.running.processes
        part = part_of_run(self._output) if follows else None
        self.is_part = part is not None
        self._profiler = part or LineProfiler(clock=self._clock)
        self._choosing = choosing
        self._listing = request.listing
        # Code that has no file can hardly be chosen otherwise.
        self._everything = choosing.own_code or program.text is not None
        self._selection: Selection | None = None
        own = (program.path0 or os.curdir) if choosing.own_code else None
        self._folder = own and os.path.realpath(own)
        self._processes = Processes(self._profiler) if follows and part is None else None
        self._steps = steps
        if choosing.targets or choosing.module_level or self._everything:
            from lineprof import Selection

            self._selection = Selection(
                self._profiler,
                choosing.targets,
                folder=self._folder,
                nested=choosing.nested,
                module_level=choosing.module_level,
                tell=steps.say if steps.wanted else None,
            )
        self.injected: object | None = self._profiler
        steps.note(lambda: f"measuring: {self._profiler!r}")

    def rehearse(self, *, listing: bool) -> None:
        profiler = LineProfiler(clock=self._clock)
        profiler(_sample)()
        profiler.close()
        profiler.dump_stats(os.devnull, format=self._format)
        if listing:
            self._show(profiler.snapshot(), None, False)
        if self._processes is not None:
            self._processes.rehearse()

    def prepare(self) -> None:
        if self._selection is not None:
            self._selection.place()

    def take(self, code: CodeType, names: Mapping[str, Any]) -> list[str]:
        if self._selection is not None:
            self._selection.add_program(
                code,
                name=getattr(names.get("__spec__"), "name", ""),
                everything=self._everything,
                imports=self._choosing.import_targets,
            )
        self._follow(code)
        if self._selection is None or not self._choosing.preimports:
            return []
        return self._selection.preimport()

    def _follow(self, code: CodeType) -> None:
        """Have the processes that the program will start measure, too."""
        if self._processes is None:
            return
        chosen = {}
        if self._selection is not None:
            chosen = choice(
                self._selection.targets,
                folder=self._folder,
                nested=self._choosing.nested,
                module_level=self._choosing.module_level,
                program=os.path.realpath(code.co_filename),
            )
        try:
            self._processes.start(choice=chosen, builtin=True, output=self._output)
        except Exception as error:  # the program runs whether or not its processes are followed
            self._processes = None
            said = f"child processes are not measured: {error}"
            self._steps.note(lambda: said)

    def run(self, code: CodeType, names: dict[str, Any]) -> None:
        run_top_level(code, names)

    def cut_short(self, reason: str) -> None:
        self._profiler.cut_short = reason

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
            faults += [f"kernprof: {text!r}: no code found" for text in self._selection.unmatched]
        for name in filter(_is_compiled, self._choosing.targets):
            faults.append(f"kernprof: {name!r} was compiled: only Python functions are measured")
        if self._processes is not None:
            try:
                self._processes.finish()
            except Exception as error:
                faults.append(f"kernprof: what child processes measured is missing: {error!r}")
            found = self._processes.faults
            for fault in dict.fromkeys(found):
                times = f" ({found.count(fault)} times)" if found.count(fault) > 1 else ""
                faults.append(f"kernprof: {fault}{times}")
        return faults

    def forget(self) -> None:
        if self._processes is not None:
            self._processes.forget()

    def resume(self) -> None:
        if self._processes is not None:
            self._processes.resume()

    def _collected(self, *, source: bool = True) -> Profile:
        """The numbers so far, of all processes if that is possible."""
        if self._processes is not None:
            with suppress(Exception):  # `close` has said so
                return self._processes.collect()
        return self._profiler.snapshot(source=source)

    def dump(self, path: str) -> None:
        save(self._collected(), path, format=self._format)

    def text(self, out: TextIO | None, *, pager: bool) -> tuple[str, str | None]:
        return self._show(self._collected(), out, pager)

    def _show(self, profile: Profile, out: TextIO | None, pager: bool) -> tuple[str, str | None]:
        from lineprof.report.options import TextOptions
        from lineprof.report.show import shortened, write

        stream = like(out)
        listing = self._listing
        rich = False if listing.plain else None
        options = TextOptions(
            unit=listing.unit,
            skip_zero=listing.skip_zero,
            sort=listing.sort,
            summarize=listing.summarize,
            columns=listing.columns,
            widths=listing.widths,
            top=listing.top,
            min_percent=listing.min_percent,
            filter=listing.filter,
        )
        options, note = shortened(profile, stream, options, rich)
        write(profile, stream, options, rich, pager=pager and listing.pager)
        return stream.getvalue(), None if note is None else f"kernprof: {note}"

    def live(self, title: str, text: tuple[str, str] | None) -> Live | None:
        from lineprof import LiveView

        return LiveView(self._profiler, title=title, texts=dict([text] if text else ()))

    def viewer(self, path: str) -> str:
        return f"{python_command()} -m lineprof {quote(path)}"

    def unmeasured(self) -> str | None:
        functions = self._collected(source=False).functions
        followed = self._processes is not None
        if any(function.hits for function in functions):
            return None
        if functions:
            names = [function.key.name for function in functions]
            how = "decorated" if self._selection is None else "chosen"
            return never_called(names, how, followed=followed)
        if self._choosing.targets or self._choosing.own_code:
            return "kernprof: nothing was measured: no function was chosen or decorated"
        return nothing_decorated(self._profiler, _CHOOSE, followed=followed)


def _is_compiled(name: str) -> bool:
    """Whether a module was not written in Python."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    origin = getattr(spec, "origin", None) or ""
    return origin == "built-in" or origin.endswith(tuple(EXTENSION_SUFFIXES))


_CHOOSE = "; --all profiles all of your own functions, -p MODULE those of a module"


def _sample() -> int:
    """What is measured, written and listed once so that all is loaded which that takes."""
    return 1
