"""LineProfiler: which functions are measured, and when.

The C core measures code objects, so nothing is ever wrapped: decorating returns the same object,
which pickles, compares and is inspected as before.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock
from _weakref import ref
from time import monotonic_ns, time

from .. import _core
from ..code import callables
from ..code.source_cache import SourceCache
from .caller import outside, short, warn, warn_of_nothing
from .event_source import choose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import CodeType, FrameType, FunctionType, ModuleType
    from typing import IO, Any, ParamSpec, Self, TypeVar

    from .._core import _Thread
    from ..code.scoping import Policies
    from ..compat.stats import LineStats
    from ..model.profile import Profile
    from .calibration import Cost

    _F = TypeVar("_F")
    _P = ParamSpec("_P")
    _R = TypeVar("_R")


class LineProfiler:
    """Counts and times the lines of chosen functions.

    A decorated function (`@profiler`) is measured from then on, until `disable` or `close`.
    Functions added in other ways, here or by `add_function` and the like, are measured while the
    profiler is enabled, and when decorated functions call them.

    functions: callables, classes or descriptors to add.
    core: the event source, "trace" or "monitor"; by default that of the variable LINEPROF_CORE, or
        else the cheapest this Python has.
    clock: "wall", or "cpu" for the CPU time of each thread.
    timer: callable returning integer nanoseconds; read instead of a clock.
    calibrate: measure the profiler's own cost when measuring first starts, so that reports can
        take it out. That takes a few ms, once in a process.
    nested: also measure functions, lambdas, comprehensions and classes inside a function.
    wrap_trace, set_frame_local_trace: accepted for line_profiler's sake, without effect.

    ValueError for an unknown core or clock, TypeError for what is not callable.
    """

    cut_short: str
    """What cut the run short, such as "SIGTERM", or ""; kept in the profiles made from now on."""

    def __init__(
        self,
        *functions: object,
        core: str | None = None,
        clock: str = "wall",
        timer: Callable[[], int] | None = None,
        calibrate: bool = True,
        nested: bool = False,
        wrap_trace: bool | None = None,
        set_frame_local_trace: bool | None = None,
    ) -> None:
        source, _reason = choose(core, os.environ, _core.CORES)
        self._core = _core.Profiler(core=source, clock=clock, timer=timer)
        self._clock, self._timer = clock, timer
        self._to_calibrate = calibrate and timer is None
        self._cost: Cost = (0, 0, 0, (), 0, 0, 0, 0, 0, 0)
        self._nested = nested
        self._enabled = False
        self._decorated: set[int] = set()
        self._about: Callable[[CodeType], bytes] = _no_about
        self._earlier: list[_Thread] = []
        self._count = 0
        self.wrap_trace = bool(wrap_trace)
        self.set_frame_local_trace = bool(set_frame_local_trace)
        # Reentrant: a signal handler may enable or disable while we do.
        self._lock = RLock()
        # By identity, as in the core: hashing takes longer the larger a code object is.
        self._codes: dict[int, CodeType] = {}
        self._functions: dict[int, Callable[[], FunctionType | None]] = {}
        self._modules: dict[int, str] = {}
        self._stand_ins: dict[int, FunctionType] = {}
        self._sources = SourceCache()
        self.cut_short = ""
        self._started, self._began = time(), monotonic_ns()
        for function in functions:
            self.add_callable(function)

    # -- choosing ----------------------------------------------------------------------------

    def __call__(self, func: _F) -> _F:
        """Measure `func` from now on, on every call, whoever calls it; returns `func` itself.

        func: function of any kind, class (the functions in its body), classmethod, staticmethod,
            property, cached_property, partial, bound method or callable instance. Decorators that
            keep `__wrapped__`, as functools.wraps and lru_cache do, are seen through.

        TypeError if it is not callable; a warning if no Python function stands behind it.
        """
        frame = outside()[0]
        functions = self._functions_of(func, None, frame)
        for function in functions:
            if callables.is_of_library(function, func, frame):
                warn(f"no function written here behind {short(func)}: its __call__ is measured")
        self._register(functions, always=True, nested=None)
        return func

    def add_function(
        self, func: FunctionType | CodeType | Callable[..., object], *, nested: bool | None = None
    ) -> None:
        """Measure a function while the profiler is enabled, and when a decorated function calls it.

        func: a function or what stands for one. A code object is taken as it is, so the wrapper
            that a decorator made can be measured as `wrapper.__code__`.
        nested: also the code inside it; by default as the profiler was made.

        Warns, and does nothing, if there is no Python function behind `func`.
        """
        if callables.is_code(func):
            self._register_code(func, None, always=False, nested=nested)
            return
        functions = callables.functions_of(func)
        if not functions:
            warn_of_nothing(func, None)
        for function in functions:
            self._register_code(function.__code__, function, always=False, nested=nested)

    def add_callable(
        self,
        func: object,
        guard: Callable[[FunctionType], object] | None = None,
        name: str | None = None,
        *,
        nested: bool | None = None,
    ) -> int:
        """Measure the functions behind `func` as `add_function` does; 1 if one was new, else 0.

        guard: called with each function; if true, the function is left out.
        name: what to call `func` in a warning or error, which are those of decorating.
        """
        functions = self._functions_of(func, name)
        if guard is not None:
            functions = [function for function in functions if not guard(function)]
        return int(self._register(functions, always=False, nested=nested) > 0)

    def add_class(
        self, cls: type | ModuleType, *, scoping_policy: Policies = None, wrap: bool = False
    ) -> int:
        """Measure the functions found in `cls` and in the classes there; how many were new.

        scoping_policy: which of them; a `lineprof.code.scoping.ScopingPolicy` or its name, or a
            mapping of such for "func", "class" and "module". By default those written in the same
            module; what was inherited or generated is left out.
        wrap: measure always, as if each were decorated, and not just while enabled.

        TypeError if `cls` is neither class nor module, ValueError for a policy that does not exist.
        """
        if not isinstance(cls, type) and not callables.is_module(cls):
            raise TypeError(f"not a class: {short(cls)}")
        return self._add_namespace(cls, scoping_policy, wrap)

    def add_module(
        self, mod: ModuleType | type, *, scoping_policy: Policies = None, wrap: bool = False
    ) -> int:
        """Measure the functions found in a module and in the classes there.

        By default, those written in the module or elsewhere in its package; see `add_class`.
        """
        if not isinstance(mod, type) and not callables.is_module(mod):
            raise TypeError(f"not a module: {short(mod)}")
        return self._add_namespace(mod, scoping_policy, wrap)

    def watch(self, code: CodeType) -> bool:
        """Measure a code object from now on, and no code inside it; whether it is new.

        TypeError if it is not a code object.
        """
        if not callables.is_code(code):
            raise TypeError(f"not a code object: {short(code)}")
        return self._register_code(code, None, always=True, nested=False)

    def _add_namespace(self, namespace: type | ModuleType, policies: Policies, wrap: bool) -> int:
        from ..code.scoping import functions_in

        functions = functions_in(namespace, policies)
        return self._register(functions, always=wrap, nested=None)

    @property
    def functions(self) -> list[FunctionType]:
        """The functions registered, in order; of code that several share, the first.

        The profiler keeps none alive. One that is gone is listed as a function of the same code,
        name and module that knows nothing else.
        """
        return [
            function() or self._stand_in(key) for key, function in list(self._functions.items())
        ]

    def _stand_in(self, key: int) -> FunctionType:
        if key not in self._stand_ins:
            from types import CellType, FunctionType

            code = self._codes[key]
            names = {"__name__": self._modules[key]}
            cells = tuple(CellType() for _ in code.co_freevars)
            made = FunctionType(code, names, code.co_name, None, cells)
            made.__qualname__ = code.co_qualname
            self._stand_ins[key] = made
        return self._stand_ins[key]

    def _functions_of(
        self, func: object, name: str | None, decorating: FrameType | None = None
    ) -> list[FunctionType]:
        functions = callables.functions_of(func, decorating)
        if not functions:
            if not callables.can_hold_functions(func):
                raise TypeError(f"cannot profile {name or short(func)}: it is not callable")
            warn_of_nothing(func, name)
        return functions

    def _register(self, functions: list[FunctionType], *, always: bool, nested: bool | None) -> int:
        # A subclass that adds functions in its own way expects to be asked, as by line_profiler.
        is_overridden = type(self).add_function is not LineProfiler.add_function
        new = 0
        for function in functions:
            code = function.__code__
            new += id(code) not in self._codes
            if is_overridden:
                self.add_function(function)
            self._register_code(code, function, always=always, nested=nested)
        return new

    def _register_code(
        self, code: CodeType, function: FunctionType | None, *, always: bool, nested: bool | None
    ) -> bool:
        if nested is None:
            nested = self._nested
        if always:
            self._prepare()
        if function is not None and self._functions.get(id(code), _gone)() is None:
            self._functions[id(code)] = ref(function)
            self._modules[id(code)] = function.__module__
        new = self._watch(code, function, always)
        if nested:
            for inner in callables.codes_within(code):
                self._watch(inner, function, always)
        return new

    def _watch(self, code: CodeType, function: FunctionType | None, always: bool) -> bool:
        with self._lock:
            self._watch_in_core(code, always)
            if always:
                self._decorated.add(id(code))
        if id(code) in self._codes:
            return False
        self._codes[id(code)] = code
        self._sources.keep(code, None if function is None else function.__globals__)
        return True

    def _watch_in_core(self, code: CodeType, always: bool) -> None:
        if self._about is _no_about:
            self._core.watch(code, always)
        else:
            self._core.watch(code, always, b"" if id(code) in self._codes else self._about(code))

    # -- measuring ---------------------------------------------------------------------------

    def enable(self) -> None:
        """Measure what was added, on all threads, until `disable`. No effect if enabled."""
        self._prepare()
        with self._lock:
            self._core.start()
            self._enabled = True

    def disable(self) -> None:
        """Measure nothing more, however often the profiler was enabled.

        What was decorated until now is measured again while the profiler is enabled.
        MemoryError, or what the timer raised, if events had to be dropped since `enable`.
        """
        if self._decorated:
            self.close()
            return
        with self._lock:
            self._enabled = False
            self._count = 0
            self._core.stop()

    def enable_by_count(self) -> None:
        """Enable until as many `disable_by_count` were called, from any thread."""
        self._prepare()
        with self._lock:
            self._core.start()
            self._count += 1

    def disable_by_count(self) -> None:
        """Undo one `enable_by_count`. No effect if there is none; `enable` stays in force.

        Errors as for `disable`.
        """
        with self._lock:
            if self._count:
                self._count -= 1
                if not self._count and not self._enabled:
                    self._core.stop()

    @property
    def enable_count(self) -> int:
        """How many `enable_by_count` of all threads were not undone yet.

        Setting it calls `enable_by_count` or `disable_by_count` as often as needed; below 0 is 0.
        """
        return self._count

    @enable_count.setter
    def enable_count(self, count: int) -> None:
        with self._lock:
            while self._count < count:
                self.enable_by_count()
            while self._count > max(count, 0):
                self.disable_by_count()

    def __enter__(self) -> Self:
        """`enable_by_count`; returns the profiler."""
        self.enable_by_count()
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        try:
            self.disable_by_count()
        except Exception as fault:
            # The program's own exception matters more than a gap in our numbers.
            if error is None:
                raise
            warn(f"events were dropped while profiling: {fault!r}")

    def run(self, cmd: str | CodeType) -> Self:
        """Execute `cmd` in the namespace of `__main__`, enabled; returns the profiler."""
        import __main__

        names = vars(__main__)
        return self.runctx(cmd, names, names)

    def runctx(
        self,
        cmd: str | CodeType,
        globals: dict[str, Any],  # noqa: A002  (named as in cProfile)
        locals: Mapping[str, object] | None = None,  # noqa: A002
    ) -> Self:
        """Execute `cmd` in these namespaces, enabled; returns the profiler."""
        with self:
            exec(cmd, globals, locals)
        return self

    def runcall(self, func: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Call `func` with these arguments, enabled; returns what it returns."""
        with self:
            return func(*args, **kwargs)

    def reset(self) -> None:
        """Forget all numbers and begin the run anew; functions stay registered."""
        self._core.clear()
        self._earlier = []
        self._started, self._began = time(), monotonic_ns()

    def close(self) -> None:
        """As `disable`, and every hook is undone; the numbers stay.

        Decorating or enabling afterwards begins again.
        """
        with self._lock:
            self._enabled = False
            self._decorated.clear()
            self._count = 0
            try:
                self._core.close()
            finally:
                for code in self._codes.values():
                    self._core.watch(code)

    def __del__(self) -> None:
        core = self.__dict__.get("_core")
        try:
            if core is not None:
                core.close()
        except Exception:
            # Events were dropped, but nobody is left to read the numbers.
            return

    def _prepare(self) -> None:
        """Measure what an event costs, before the first one."""
        if not self._to_calibrate:
            return
        self._to_calibrate = False
        from .calibration import event_cost

        core, clock = self._core.core, self._clock
        self._cost = event_cost(lambda: _core.Profiler(core=core, clock=clock), core, clock)
        self._core.set_cost(*self._cost)

    def _keep_in(self, shard: str, about: Callable[[CodeType], bytes]) -> None:
        """Keep the numbers in a file from now on, where other processes can read them.

        shard: path of a file that does not exist.
        about: what the file says of a function.

        OSError, or NotImplementedError on a system without such files; nothing has changed then.
        """
        self._prepare()
        source, clock, timer = self._core.core, self._clock, self._timer
        core = _core.Profiler(core=source, clock=clock, timer=timer, shard=shard)
        core.set_cost(*self._cost)
        with self._lock:
            before, self._core, self._about = self._core, core, about
            for code in self._codes.values():
                core.watch(code, id(code) in self._decorated, about(code))
            if self._enabled or self._count:
                core.start()
        self._earlier += before.snapshot()
        before.close()

    def _note(self, text: bytes) -> None:
        """Add a note to that file, as it is; no effect without one."""
        self._core.note(text)

    def _picoseconds(self) -> tuple[int, int, int]:
        """Picoseconds that an enter, line and leave event cost."""
        enter, line, leave = (round(ticks * self._core.tick * 1e12) for ticks in self._cost[:3])
        return enter, line, leave

    # -- what it is ----------------------------------------------------------------------------

    @property
    def core(self) -> str:
        """The event source in use, "trace" or "monitor"."""
        return self._core.core

    @property
    def tool_id(self) -> int | None:
        """The `sys.monitoring` tool id in use; None if none is."""
        return self._core.tool_id

    @property
    def clock(self) -> str:
        """The kind of time and the clock that is read, e.g. "wall/tsc"."""
        return f"{self._clock}/{self._core.clock}"

    def __repr__(self) -> str:
        count = len(self._codes)
        state = "measuring" if self._core.active else "idle"
        plural = "" if count == 1 else "s"
        return f"<LineProfiler: {count} function{plural}, {self.core}, {self.clock}, {state}>"

    def __reduce__(self) -> Any:
        home = sys.modules.get(f"{__package__}.global_profile")
        if home is not None and home.profile.is_measured_by(self):
            return home.the_one, ()
        raise TypeError("a LineProfiler cannot be copied or pickled; its snapshot() can")

    # -- results -------------------------------------------------------------------------------

    def snapshot(self, *, per_thread: bool = False, source: bool = True) -> Profile:
        """The numbers so far as a profile, with the time so far of lines that are running.

        per_thread: also keep the numbers of each thread; source: keep the text of the functions.
        """
        from .snapshot import profile_from, run_metadata

        threads, codes, elapsed, tick, cost = self._read()
        run = run_metadata(
            started=self._started,
            duration=elapsed,
            core=self._core.core,
            clock=self.clock,
            tick=tick,
            cost=cost,
            cut_short=self.cut_short,
        )
        return profile_from(
            threads,
            codes,
            tick * 1e9,
            run,
            source=self._sources.text if source else _no_source,
            version=self._sources.version,
            per_thread=per_thread,
        )

    def _read(self) -> tuple[list[_Thread], list[CodeType], int, float, tuple[int, int, int]]:
        """The numbers so far, the code registered, ns since the beginning, seconds per tick, and
        ticks that enter, line and leave events cost.
        """
        threads = [*self._earlier, *self._core.snapshot()]
        duration = monotonic_ns() - self._began
        return threads, list(self._codes.values()), duration, self._core.tick, self._cost[:3]

    def get_stats(self) -> LineStats:
        """The numbers so far as line_profiler has them, functions in the order of adding."""
        from ..compat.stats import LineStats

        order = [(c.co_filename, c.co_firstlineno, c.co_qualname) for c in self._codes.values()]
        stats = LineStats.from_profile(self.snapshot(source=False))
        return stats.arranged(order, self.timer_unit)

    def dump_stats(
        self,
        filename: str | os.PathLike[str],
        *,
        format: str | None = None,  # noqa: A002
    ) -> None:
        """Write a .lprof file as `lineprof.save` does; OSError if it cannot be written."""
        from ..files.lprof import save

        save(self.snapshot(), filename, format=format)

    def print_stats(  # noqa: PLR0917  (those of line_profiler, in its order)
        self,
        stream: IO[str] | None = None,
        output_unit: float | None = None,
        stripzeros: bool = False,
        details: bool = True,
        summarize: bool = False,
        sort: bool = False,
        rich: bool = False,
        *,
        config: str | os.PathLike[str] | bool | None = None,
        columns: Sequence[str] | None = None,
        raw: bool = False,
    ) -> None:
        """Print the numbers so far as an annotated listing.

        stream: where to; standard output by default.
        output_unit: seconds that times are shown in multiples of; nanoseconds by default.
        stripzeros: leave out functions in which nothing was measured.
        details: show the lines of each function; summarize: one line per function at the end.
        sort: by ascending total time, and not by file and line.
        rich: in colour with a summary first, if the stream is a terminal or FORCE_COLOR is set.
        config: file with the least widths of columns (`lineprof.load_config`); False for none.
        columns: which to show; "self" and "await" are there besides the usual ones.
        raw: times as measured, the profiler's own cost included.

        UsageError for a unit or column that makes no sense, LineprofError for a bad configuration.
        """
        from ..compat.stats import column_widths
        from ..report.options import TextOptions
        from ..report.rows import sort_of
        from ..report.show import write

        options = TextOptions(
            unit=output_unit,
            skip_zero=stripzeros,
            details=details,
            summarize=summarize,
            sort=sort_of(sort),
            columns=None if columns is None else tuple(columns),
            raw=raw,
            widths=column_widths(config),
        )
        stream = sys.stdout if stream is None else stream
        write(
            self.snapshot(), stream, options, None if rich else False, classic_unit=self.timer_unit
        )

    # -- line_profiler's names -----------------------------------------------------------------

    timer_unit: float = 1e-9
    """Seconds of one unit of the times in `get_stats()` and of the listing; may be set."""

    @property
    def code_map(self) -> dict[CodeType, dict[int, dict[str, Any]]]:
        """Code objects -> lines -> their numbers so far: a copy.

        A line has "code", "lineno", "nhits", and "total_time" in `timer_unit`.
        """
        timings = self.get_stats().timings
        return {
            code: {
                number: {"code": code, "lineno": number, "total_time": time, "nhits": hits}
                for number, hits, time in timings.get(
                    (code.co_filename, code.co_firstlineno, code.co_qualname), ()
                )
            }
            for code in list(self._codes.values())
        }

    def add_imported_function_or_module(
        self, item: object, *, scoping_policy: Policies = None, wrap: bool = False
    ) -> int:
        """Measure what was imported from now on; 1 if anything was new to the profiler, else 0.

        Arguments as for `add_class`.
        """
        if isinstance(item, type) or callables.is_module(item):
            new = self._add_namespace(item, scoping_policy, wrap)
        else:
            new = self.add_callable(item) if callables.functions_of(item) else 0
        if new:
            self.enable_by_count()
        return int(new > 0)

    def wrap_callable(self, func: _F) -> _F:
        """Measure `func` as if it were decorated."""
        return self(func)

    wrap_function = wrap_generator = wrap_coroutine = wrap_async_generator = wrap_callable
    wrap_classmethod = wrap_staticmethod = wrap_boundmethod = wrap_partial = wrap_callable
    wrap_partialmethod = wrap_property = wrap_cached_property = wrap_class = wrap_callable

    @classmethod
    def get_underlying_functions(cls, func: object) -> list[FunctionType]:
        """The functions that are measured if `func` is; TypeError if it is not callable."""
        functions = callables.functions_of(func)
        if not functions and not callables.can_hold_functions(func):
            raise TypeError(f"no functions behind {func!r}: it is not callable")
        return functions

    # A plugin that takes LineProfiler further, pytest-autoprofile, overrides these two.
    _get_underlying_functions = get_underlying_functions

    def _wrap_namespace_members(self, namespace: object, members: object, **_: object) -> None:
        """Does nothing: members stay as they are."""


def _gone() -> None: ...


def _no_about(code: CodeType) -> bytes:
    return b""


def _no_source(code: CodeType) -> str | None:
    return None
