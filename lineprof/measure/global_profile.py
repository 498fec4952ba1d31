"""`from lineprof import profile`: off until asked for, results written as the program ends.

    @profile            a function or class: measured whenever it runs
    with profile:       the lines of this block

The environment (LINE_PROFILE=1), the command line (--line-profile) or `profile.enable()` switches
it on. Until then `@profile` returns the function itself and `with profile:` does nothing. Under
kernprof, its profiler measures and kernprof writes.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ..config import Config
    from ..model.profile import Profile
    from .departures import Departures

    _F = TypeVar("_F")

OWNER = "LINEPROF_OWNER_PID"
"""Environment variable with the number of the process that writes; those it starts do not."""

_HELPERS = ("--multiprocessing-fork", "from multiprocessing.")
"""Beginnings of arguments of processes that multiprocessing starts."""


class GlobalProfiler:
    """A profiler for the whole program that measures only if asked to.

    config: configuration file; True or None for the one that is found, False for none.
    """

    enabled: bool | None
    """Whether it measures; None until somebody needs to know."""

    def __init__(self, config: str | os.PathLike[str] | bool | None = None) -> None:
        self.enabled = None
        self._config = config
        self._tables: dict[str, dict[str, Any]] | None = None
        self._profile: Any = None
        self._process = 0
        self._folder = ""
        self._foreign = False
        self._before: tuple[bool | None, Any] | None = None
        self._departures: Departures | None = None
        self._is_ending = False
        self._shown: object = None
        self._processes: Any = None
        self._blocks: dict[int, list[Any]] = {}

    def __reduce__(self) -> Any:
        # Pickled by value, a function takes its `profile` along; other processes have their own.
        return "profile" if self is profile else (GlobalProfiler, (self._config,))

    # -- configuration -----------------------------------------------------------------------

    @property
    def setup_config(self) -> dict[str, Any]:
        """What switches it on: `environ_flags` and `cli_flags`; may be changed."""
        return self._table("setup")

    @property
    def write_config(self) -> dict[str, Any]:
        """What is written: `lprof`, `text`, `timestamped_text`, `stdout`; may be changed."""
        return self._table("write")

    @property
    def show_config(self) -> dict[str, Any]:
        """What a listing shows: `sort`, `stripzeros`, `rich`, `details`, `summarize`, and if set
        `output_unit`, `columns` and `raw`; may be changed."""
        return self._table("show")

    @property
    def output_prefix(self) -> str:
        """The beginning of the names of the files with results."""
        prefix: str = self.write_config["output_prefix"]
        return prefix

    @output_prefix.setter
    def output_prefix(self, prefix: str | os.PathLike[str]) -> None:
        self.write_config["output_prefix"] = os.fspath(prefix)

    def _table(self, name: str) -> dict[str, Any]:
        if self._tables is None:
            config = self._load()
            names = ("setup", "write", "show", "show.column_widths")
            self._tables = {name: config.table(name) for name in names}
        return self._tables[name]

    def _load(self) -> Config:
        from ..config import load_config

        config = load_config(self._config)
        if config.problems:
            import warnings

            for problem in config.problems:
                warnings.warn(problem, UserWarning, stacklevel=2)
        return config

    # -- switching ---------------------------------------------------------------------------

    def enable(self, output_prefix: str | os.PathLike[str] | None = None) -> None:
        """Measure what is decorated from now on, and write the results as the program ends.

        output_prefix: what the names of their files begin with; relative to the folder that is
            the working folder now.

        Without effect in processes that multiprocessing starts, and in programs started by one
        that is being profiled: only the first one writes.
        """
        if output_prefix is not None:
            self.output_prefix = output_prefix
        if self._foreign:
            self.enabled = self._profile is not None
            return
        if _is_child():
            self.enabled = False
            return
        if self._profile is None:
            from .profiler import LineProfiler

            self._profile = LineProfiler()
            self._follow_processes()
        if self._process != os.getpid():
            self._process = os.getpid()
            os.environ[OWNER] = str(self._process)
            self._folder = _here()
        if self._departures is None:
            import atexit

            from .departures import Departures

            atexit.register(self._finish)
            self._departures = Departures(self._finish, self.show, lambda: None)
            self._departures.place()
        self.enabled = True

    def _follow_processes(self) -> None:
        from ..config import is_false
        from ..processes.run import Processes

        if is_false(os.environ.get("LINEPROF_PROCESSES") or str(self._table("setup")["processes"])):
            return
        try:
            processes = Processes(self._profile)
            processes.start(choice={})
            self._processes = processes
        except (OSError, NotImplementedError):  # no temporary folder, or Windows
            return

    def disable(self) -> None:
        """Measure nothing that is decorated from now on; what was decorated stays measured."""
        self.enabled = False

    def _decide(self) -> bool:
        """Whether the environment or the command line ask for it."""
        from ..config import is_false

        setup = self.setup_config
        words = sys.argv[1:] if hasattr(sys, "argv") else ()
        asked = any(not is_false(os.environ.get(name, "")) for name in setup["environ_flags"])
        if asked or not set(setup["cli_flags"]).isdisjoint(words):
            self.enable()
        else:
            self.enabled = False
        return bool(self.enabled)

    def _is_on(self) -> bool:
        return self._decide() if self.enabled is None else self.enabled

    def is_measured_by(self, profiler: object) -> bool:
        """Whether this profiler measures for it."""
        return self._profile is profiler

    def _kernprof_overwrite(self, profile: object) -> None:
        """Have another profiler measure, whose owner writes the results; None: measure nothing."""
        self._before = self._before or (self.enabled, self._profile)
        self._foreign = True
        self._profile = profile
        self.enabled = profile is not None

    def _kernprof_restore(self) -> None:
        """Undo `_kernprof_overwrite`."""
        if self._before is not None:
            self.enabled, self._profile = self._before
            self._before, self._foreign = None, False

    # -- measuring ---------------------------------------------------------------------------

    def __call__(self, func: _F) -> _F:
        """Measure a function, a class or anything else that `LineProfiler` takes.

        Returns `func` itself, measured or not.
        """
        if not self._is_on():
            return func
        measured: _F = self._profile(func)
        return measured

    def __enter__(self) -> GlobalProfiler:
        """Measure the lines of the block, each time it runs."""
        measuring = self._is_on()
        # Whatever is switched meanwhile, a block undoes just what it did.
        self._blocks.setdefault(get_ident(), []).append(self._profile if measuring else None)
        if measuring:
            watch = getattr(self._profile, "add_function", None)
            if watch is not None:
                # The core takes up frames that are running already, from their next line on.
                watch(sys._getframe(1).f_code)
            self._profile.enable_by_count()
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        blocks = self._blocks.get(get_ident())
        profiler = blocks.pop() if blocks else None
        if not blocks:
            self._blocks.pop(get_ident(), None)
        if profiler is not None:
            profiler.disable_by_count()

    # -- results -----------------------------------------------------------------------------

    def show(self) -> None:
        """Write the results now, as `write_config` says.

        Nothing happens in a process that does not own them, or if it is not on.
        """
        if self._profile is None or self._foreign or os.getpid() != self._process:
            return
        from .exit_report import write_all

        snapshot = self._collected()
        if snapshot.functions == self._shown:
            return
        self._shown = snapshot.functions
        prefix = os.path.join(self._folder, self.output_prefix)
        write_all(
            snapshot,
            prefix,
            self.output_prefix,
            what=self.write_config,
            how=self.show_config,
            widths=self._table("show.column_widths"),
            at_end=self._is_ending,
        )

    def _collected(self) -> Profile:
        if self._processes is not None:
            try:
                found: Profile = self._processes.collect()
                return found
            except Exception as error:
                _complain(f"what child processes measured is missing: {error!r}")
        own: Profile = self._profile.snapshot()
        return own

    def _finish(self) -> None:
        if self._profile is None or os.getpid() != self._process:
            return
        if self._departures is not None:
            self._departures.remove()
        try:
            self._profile.close()
        except Exception as error:
            _complain(f"some lines are missing in the results: {error!r}")
        try:
            self._is_ending = True
            self.show()
        except Exception as error:
            _complain(f"cannot write the results: {error!r}")
        if self._processes is not None:
            self._processes.forget()


def _is_child() -> bool:
    """Whether another process writes: one that started us and is profiled itself."""
    owner = os.environ.get(OWNER) or os.environ.get("LINE_PROFILER_OWNER_PID")
    return bool(owner and owner != str(os.getpid()) and _is_running(owner)) or is_mp_bootstrap()


def _is_running(process: str) -> bool:
    """Whether there is such a process: a variable outlives the process that set it."""
    if os.name != "posix":  # elsewhere there is no signal that only asks
        return True
    try:
        os.kill(int(process), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def is_mp_bootstrap() -> bool:
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        return True
    return any(word.startswith(_HELPERS) for word in sys.orig_argv[1:])


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def _complain(text: str) -> None:
    if sys.stderr is not None:
        print(f"lineprof: {text}", file=sys.stderr)


profile = GlobalProfiler()
"""The one of this program."""


def the_one() -> GlobalProfiler:
    return profile
