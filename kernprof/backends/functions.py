"""Functions, not lines: cProfile for the whole program, or for what is decorated."""

from __future__ import annotations

import cProfile
import io
import marshal
import pstats
import types
from _thread import RLock, get_ident
from functools import cached_property, partial, partialmethod, wraps
from shlex import quote
from time import process_time

from kernprof.backends import never_called, nothing_decorated
from kernprof.isolation.top_level import run_top_level
from kernprof.isolation.tracebacks import own
from lineprof.files import whole_file
from lineprof.interpreter import python_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType, FunctionType
    from typing import Any, Self, TextIO

    from kernprof.backends import Live
    from kernprof.isolation.streams import Steps
    from kernprof.option_table import Measuring

# -- decorating for profilers that are enabled and disabled ----------------------------------------

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200
"""Flags of code objects, as `inspect` names them, which takes long to import."""


class ByCountProfilerMixin:
    """`@profile`, `with profile:` and counted enabling for a class with `enable()` and `disable()`.

    The profilers of lineprof have no need of it; cProfile has.
    """

    enable_count = 0  # How often `enable_by_count` is still to be undone

    def enable_by_count(self) -> None:
        """Enable; as many calls of `disable_by_count` undo it."""
        if self.enable_count == 0:
            self.enable()  # type: ignore[attr-defined]
        self.enable_count += 1

    def disable_by_count(self) -> None:
        """Undo one `enable_by_count`; without effect if there is none."""
        if self.enable_count:
            self.enable_count -= 1
            if self.enable_count == 0:
                self.disable()  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        """`enable_by_count`; the value is the profiler."""
        self.enable_by_count()
        return self

    def __exit__(self, *_: object) -> None:
        self.disable_by_count()

    def run(self, cmd: str | CodeType) -> Self:
        """Execute `cmd` in the namespace of `__main__`, enabled; returns the profiler."""
        import __main__

        return self.runctx(cmd, vars(__main__), vars(__main__))

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

    def runcall(self, func: Callable[..., Any], /, *args: Any, **kw: Any) -> Any:
        """Call `func` with these arguments, enabled; returns what it returns."""
        with self:
            return func(*args, **kw)

    @classmethod
    def get_underlying_functions(cls, func: object) -> list[FunctionType]:
        """The functions that run if `func` is used; TypeError if it is not callable."""
        from lineprof import LineProfiler

        return LineProfiler.get_underlying_functions(func)

    # -- wrappers ----------------------------------------------------------------------------

    def wrap_callable(self, func: Any) -> Any:
        """What to use in place of `func`: something of its kind that enables while it runs.

        func: a function of any kind, or what `_WRAPPERS` names; TypeError if not callable.
        """
        for kinds, wrap in _WRAPPERS:
            if isinstance(func, kinds):
                return wrap(self, func)
        if not callable(func):
            raise TypeError(f"cannot profile {func!r}: it is not callable")
        return self._wrapped(func)

    wrap_function = wrap_generator = wrap_coroutine = wrap_async_generator = wrap_callable

    def wrap_classmethod(self, func: Any) -> Any:
        return type(func)(self.wrap_callable(func.__func__))

    wrap_staticmethod = wrap_classmethod

    def wrap_boundmethod(self, func: Any) -> types.MethodType:
        return types.MethodType(self.wrap_callable(func.__func__), func.__self__)

    def wrap_partial(self, func: Any) -> Any:
        return type(func)(self.wrap_callable(func.func), *func.args, **func.keywords)

    wrap_partialmethod = wrap_partial

    def wrap_property(self, func: property) -> property:
        get, put, delete = (
            part and self.wrap_callable(part) for part in (func.fget, func.fset, func.fdel)
        )
        return property(get, put, delete, func.__doc__)

    def wrap_cached_property(self, func: cached_property[Any]) -> cached_property[Any]:
        wrapped = type(func)(self.wrap_callable(func.func))
        if func.attrname is not None:
            wrapped.__set_name__(object, func.attrname)
        return wrapped

    def wrap_class(self, func: type) -> type:
        """As `wrap_callable`; the class is changed."""
        for name, member in list(vars(func).items()):
            if isinstance(member, _OF_CLASSES):
                setattr(func, name, self.wrap_callable(member))
        return func

    def _wrapped(self, func: Callable[..., Any]) -> Callable[..., Any]:
        flags = getattr(getattr(func, "__code__", None), "co_flags", 0)
        wrapper: Callable[..., Any]
        if flags & _ASYNC_GENERATOR:

            @wraps(func)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                generator = func(*args, **kwargs)
                resume, value = generator.asend, None
                while True:
                    try:
                        item = await self._driven(resume(value))
                    except StopAsyncIteration:
                        return
                    finally:
                        value = None
                    try:
                        resume, value = generator.asend, (yield item)
                    except BaseException as error:
                        resume, value = generator.athrow, error

        elif flags & _COROUTINE:

            @wraps(func)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                return await self._driven(func(*args, **kwargs))

        elif flags & _GENERATOR:

            @wraps(func)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                return (yield from self._driven(func(*args, **kwargs)))

        else:

            @wraps(func)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return func(*args, **kwargs)

        return wrapper

    @types.coroutine
    def _driven(self, inner: Any) -> Any:
        """Run a generator, coroutine or awaitable step by step, enabled in each step only."""
        resume, value = inner.send, None
        while True:
            try:
                with self:
                    item = resume(value)
            except StopIteration as stop:
                return stop.value
            finally:
                value = None  # an exception must not keep itself alive by way of this frame
            try:
                resume, value = inner.send, (yield item)
            except BaseException as error:
                resume, value = inner.throw, error


_WRAPPERS: tuple[tuple[Any, Callable[[ByCountProfilerMixin, Any], Any]], ...] = (
    ((classmethod, staticmethod), ByCountProfilerMixin.wrap_classmethod),
    (types.MethodType, ByCountProfilerMixin.wrap_boundmethod),
    ((partial, partialmethod), ByCountProfilerMixin.wrap_partial),
    (property, ByCountProfilerMixin.wrap_property),
    (cached_property, ByCountProfilerMixin.wrap_cached_property),
    (type, ByCountProfilerMixin.wrap_class),
)
"""What is more than a function, and how it is wrapped."""

_OF_CLASSES = (
    types.FunctionType,
    classmethod,
    staticmethod,
    property,
    cached_property,
    partialmethod,
)
"""What of a class is wrapped."""


# -- cProfile --------------------------------------------------------------------------------------


class ContextualProfile(ByCountProfilerMixin, cProfile.Profile):
    """cProfile with `@profile`, `with profile:` and counted enabling.

    cProfile follows one thread: while decorated code runs on one, calls on others are not
    measured.

    timer, timeunit, subcalls, builtins: as for cProfile.Profile.
    clock: "wall", or "cpu" for the CPU time of the process; without a timer.
    """

    def __init__(
        self,
        timer: Callable[[], float] | None = None,
        timeunit: float = 0.0,
        subcalls: bool = True,
        builtins: bool = True,
        *,
        clock: str = "wall",
    ) -> None:
        if timer is None and clock == "cpu":
            timer = process_time
        if timer is None:
            super().__init__(subcalls=subcalls, builtins=builtins)
        else:
            super().__init__(timer, timeunit, subcalls, builtins)
        # From 3.14 on enable() takes what it is not given to be True.
        self._choice = {"subcalls": subcalls, "builtins": builtins}
        self.decorated: list[str] = []  # Qualified names of the functions that were decorated
        self.refusal: str | None = None
        """Why something was not measured: another profiler was active."""
        self._thread = 0
        self._lock = RLock()

    # -- by count ----------------------------------------------------------------------------

    def enable_by_count(self, subcalls: bool | None = None, builtins: bool | None = None) -> None:
        """Enable until undone by as many `disable_by_count`; arguments as for `enable`."""
        given = {"subcalls": subcalls, "builtins": builtins}
        with self._lock:
            if self.enable_count == 0:
                try:
                    self.enable(**self._choice | {k: v for k, v in given.items() if v is not None})
                except ValueError as error:
                    # The program must not fail because its numbers cannot be had.
                    self.refusal = f"kernprof: some calls were not measured: {error}"
                    return
                self._thread = get_ident()
            if self._thread == get_ident():
                self.enable_count += 1

    def disable_by_count(self) -> None:
        """Undo one `enable_by_count` of this thread; without effect if there is none."""
        with self._lock:
            if self.enable_count and self._thread == get_ident():
                self.enable_count -= 1
                if self.enable_count == 0:
                    self.disable()

    # -- decorating --------------------------------------------------------------------------

    def __call__(self, func: Any) -> Any:
        """As `wrap_callable`."""
        return self.wrap_callable(func)

    def _wrapped(self, func: Callable[..., Any]) -> Callable[..., Any]:
        self.decorated.append(getattr(func, "__qualname__", repr(func)))
        return super()._wrapped(func)

    # -- results -----------------------------------------------------------------------------

    def snapshot_stats(self) -> None:
        """Make `stats` of the numbers so far, without those of our own code."""
        super().snapshot_stats()
        stats: Any = self.stats
        self.stats = {
            function: (*numbers, {c: n for c, n in callers.items() if not own(c[0])})
            for function, (*numbers, callers) in stats.items()
            if not own(function[0]) and not _for_us(function, callers)
        }

    def save(self, path: str) -> None:
        """Write the numbers so far as a .prof file, in one step, without disabling."""
        self.snapshot_stats()
        whole_file.write(marshal.dumps(self.stats), path)

    def dump_stats(self, file: Any) -> None:
        """Disable, and write the numbers as a .prof file, in one step."""
        self.disable()
        self.save(file)


_OURS = frozenset(
    (
        "<built-in method _thread.get_ident>",
        "<built-in method lineprof._core.run_top_level>",
        "<method '__enter__' of '_thread.RLock' objects>",
        "<method '__exit__' of '_thread.RLock' objects>",
        "<method 'disable' of '_lsprof.Profiler' objects>",
    )
)


def _for_us(function: tuple[str, int, str], callers: Any) -> bool:
    """Whether this is a C function that our own code called, between enabling and disabling."""
    return function[2] in _OURS and all(own(caller[0]) for caller in callers)


# -- behind kernprof -------------------------------------------------------------------------------


class Functions:
    """The backend without -l: cProfile of the whole program, or with -b of what is decorated."""

    suffix = ".prof"
    is_part = False

    def __init__(self, measuring: Measuring, steps: Steps) -> None:
        self._profiler = ContextualProfile(clock=measuring.clock)
        self._whole = not measuring.builtin
        self.injected: object | None = self._profiler if measuring.builtin else None
        steps.note(lambda: f"measuring: {self._profiler!r}")

    def rehearse(self, *, listing: bool) -> None:
        """All is imported at the top of this file."""

    def prepare(self) -> None:
        """Nothing is chosen here."""

    def take(self, code: CodeType, names: Mapping[str, Any]) -> list[str]:
        return []

    def run(self, code: CodeType, names: dict[str, Any]) -> None:
        if not self._whole:
            run_top_level(code, names)
            return
        self._profiler.enable()
        try:
            run_top_level(code, names)
        finally:
            self._profiler.disable()

    def cut_short(self, reason: str) -> None:
        """Files of cProfile have no place for it."""

    def close(self) -> list[str]:
        self._profiler.disable()
        return [self._profiler.refusal] if self._profiler.refusal is not None else []

    def forget(self) -> None: ...

    def resume(self) -> None: ...

    def dump(self, path: str) -> None:
        self._profiler.save(path)

    def text(self, out: TextIO | None, *, pager: bool) -> tuple[str, None]:
        stream = io.StringIO()
        pstats.Stats(self._profiler, stream=stream).strip_dirs().sort_stats(-1).print_stats()
        return stream.getvalue(), None

    def live(self, title: str, text: tuple[str, str] | None) -> Live | None:
        return None

    def viewer(self, path: str) -> str:
        return f"{python_command()} -m pstats {quote(path)}"

    def unmeasured(self) -> str | None:
        if self._profiler.getstats() or self._whole:
            return None
        if self._profiler.decorated:
            return never_called(self._profiler.decorated)
        return nothing_decorated(self._profiler)
