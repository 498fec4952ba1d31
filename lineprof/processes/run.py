"""Following the processes of a program, as their owner."""

from __future__ import annotations

import os

from ..measure.calibration import known_costs
from . import by_value, notes
from .arrivals import PICKLERS, SPAWN, Arrivals
from .child import python_tag
from .folder import BUILTIN, CHOICE, FORMAT, RUN, VARIABLE, RunFolder, born
from .spawned import change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType
    from typing import Any, Self

    from ..measure.profiler import LineProfiler
    from ..model.profile import Profile


class Processes:
    """From `start` to `finish` the processes that this one starts or forks measure, too.

    profiler: of this process; its functions are measured in the others as well.
    label: what this process is called in the results; by default its rank, or "main".
    """

    def __init__(self, profiler: LineProfiler, *, label: str = "") -> None:
        self._profiler = profiler
        self._label = label or notes.own_label() or "main"
        self._process = 0
        self._folder: RunFolder | None = None
        self._files: dict[str, Mapping[str, Any]] = {}
        self._before: str | None = None
        self._arrivals = Arrivals({})
        self._undo: list[Callable[[], object]] = []
        self._final: Profile | None = None

    def rehearse(self) -> None:
        """Import what the end will need."""
        from . import collect  # noqa: F401

    def start(
        self,
        *,
        choice: Mapping[str, Any] | None = None,
        builtin: bool = False,
        output: str = "",
    ) -> None:
        """Begin; OSError, or NotImplementedError on a system where it cannot be done.

        choice: what is measured in other processes without being decorated: arguments of
            `Selection`. By default the functions that the profiler has now.
        builtin: other processes have a `profile` among their builtins; somebody else takes care
            of those that multiprocessing starts.
        output: the file that the results will be written to, if that is known; see `part_of_run`.
        """
        folder = RunFolder.make()
        try:
            self._profiler._keep_in(folder.new_shard(), by_value.about)
            notes.introduce(self._profiler, self._label)
            choice = _choice_of(self._profiler) if choice is None else choice
            self._files = {
                RUN: {**_run(self._profiler), "output": output and os.path.realpath(output)},
                **({BUILTIN: {}} if builtin else {}),
                **({CHOICE: choice} if choice else {}),
            }
            self._enter(folder)
        except BaseException:
            folder.remove()
            raise
        self._process, self._folder, self._final = os.getpid(), folder, None
        acts: dict[str, Callable[[ModuleType], object]] = {}
        acts |= dict.fromkeys(PICKLERS, self._change_pickler)
        if not builtin:
            acts |= dict.fromkeys(SPAWN, self._change_spawn)
        self._arrivals = Arrivals(acts)
        self._arrivals.place()

    def _enter(self, folder: RunFolder) -> None:
        for name, content in self._files.items():
            folder.write(name, content)
        self._before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = folder.path

    def _leave(self) -> None:
        if self._folder is None or os.environ.get(VARIABLE) != self._folder.path:
            return
        if self._before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = self._before

    def _change_pickler(self, module: ModuleType) -> None:
        by_value.change(module, self._profiler.watch)

    def _change_spawn(self, module: ModuleType) -> None:
        self._undo.append(change(module))

    @property
    def _is_owner(self) -> bool:
        """Whether this is the process that started it, and no child that was forked since."""
        return self._folder is not None and self._process == os.getpid()

    @property
    def folder(self) -> str:
        """The folder with the numbers; "" before the start."""
        return "" if self._folder is None else self._folder.path

    @property
    def faults(self) -> list[str]:
        """What went wrong in the processes, a line each."""
        return [] if self._folder is None else self._folder.faults()

    def collect(self) -> Profile:
        """The numbers so far of all processes, or, once it is finished, those until then."""
        if self._final is not None:
            return self._final
        own = self._profiler.snapshot()
        if self._folder is None or not self._is_owner:
            return own
        from .collect import collect

        return collect(self._folder, own=own, label=self._label)

    def finish(self) -> None:
        """Follow no more, and collect for the last time; what that raises is raised in the end."""
        if self._is_owner and self._final is None:
            self._leave()
            self._arrivals.remove()
            while self._undo:
                self._undo.pop()()
            self._final = self.collect()

    def forget(self) -> None:
        """Remove the folder: the results are in a safe place, or another program takes over."""
        if self._folder is not None and self._is_owner:
            self._leave()
            self._folder.remove()

    def resume(self) -> None:
        """Go on after `forget`, with what is measured from now on."""
        if self._folder is not None and self._is_owner:
            os.mkdir(self._folder.path, 0o700)
            self._enter(self._folder)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.finish()
        finally:
            self.forget()


def part_of_run(output: str) -> LineProfiler | None:
    """The profiler of this process if it is part of a run whose results go to the same file.

    A program that starts itself anew, as reloaders of web servers do, is such a part.
    """
    try:
        run = RunFolder.open(os.environ.get(VARIABLE, "")).read(RUN)
    except (OSError, ValueError):
        return None
    if run.get("output") != os.path.realpath(output) or run.get("owner") == os.getpid():
        return None
    from .child import profiler

    return profiler()


def _run(profiler: LineProfiler) -> dict[str, Any]:
    """What every process must know."""
    costs = [(core, clock, cost) for (core, clock), cost in known_costs().items()]
    return {
        "format": FORMAT,
        "owner": os.getpid(),
        "born": born(os.getpid()),
        "folder": _here(),
        "clock": profiler.clock.partition("/")[0],
        "cost": {"python": python_tag(), "costs": costs},
    }


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def _choice_of(profiler: LineProfiler) -> dict[str, Any]:
    """The functions of a profiler, as a selection."""
    codes = [function.__code__ for function in profiler.functions]
    targets = [f"{os.path.realpath(code.co_filename)}:{code.co_qualname}" for code in codes]
    return choice(targets) if targets else {}


def choice(
    targets: list[str],
    *,
    folder: str | None = None,
    nested: bool = False,
    module_level: bool = False,
    program: str = "",
) -> dict[str, Any]:
    """What other processes measure without a decorator: see `Selection`."""
    return {
        "targets": targets,
        "folder": folder,
        "nested": nested,
        "module_level": module_level,
        "program": program,
    }
