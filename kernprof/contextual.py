"""ContextualProfile: a cProfile that measures what is decorated, and only while that runs."""

from __future__ import annotations

import cProfile
import marshal
import types
from _thread import RLock, get_ident
from functools import wraps
from time import process_time

from kernprof.frames import own
from kernprof.output import save_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200
"""Flags of code objects, as `inspect` names them; importing that takes too long."""


class ContextualProfile(cProfile.Profile):
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
        self.decorated: list[str] = []
        """Qualified names of the functions that were decorated."""
        self.refusal: str | None = None
        """Why something was not measured: another profiler was active."""
        self._count = 0
        self._thread = 0
        self._lock = RLock()

    # -- by count ----------------------------------------------------------------------------

    def enable_by_count(self) -> None:
        """Enable, and count; it takes as many `disable_by_count` to undo it."""
        with self._lock:
            if self._count == 0:
                try:
                    self.enable()
                except ValueError as error:
                    # The program must not fail because its numbers cannot be had.
                    self.refusal = f"kernprof: some calls were not measured: {error}"
                    return
                self._thread = get_ident()
            if self._thread == get_ident():
                self._count += 1

    def disable_by_count(self) -> None:
        """Undo one `enable_by_count` of this thread; without effect if there is none."""
        with self._lock:
            if self._count and self._thread == get_ident():
                self._count -= 1
                if self._count == 0:
                    self.disable()

    @property
    def enable_count(self) -> int:
        """How often `enable_by_count` is still to be undone."""
        return self._count

    def __enter__(self) -> ContextualProfile:
        self.enable_by_count()
        return self

    def __exit__(self, *_: object) -> None:
        self.disable_by_count()

    # -- decorating --------------------------------------------------------------------------

    def __call__(self, func: Any) -> Any:
        """What to use in place of `func`: a wrapper that enables while `func` runs.

        func: a function of any kind, classmethod, staticmethod, property, class (its own
        functions are wrapped in place) or another callable. TypeError if not callable.
        """
        if isinstance(func, classmethod | staticmethod):
            return type(func)(self(func.__func__))
        if isinstance(func, property):
            get, put, delete = (part and self(part) for part in (func.fget, func.fset, func.fdel))
            return property(get, put, delete, func.__doc__)
        if isinstance(func, type):
            for name, member in list(vars(func).items()):
                if isinstance(member, types.FunctionType | classmethod | staticmethod | property):
                    setattr(func, name, self(member))
            return func
        if not callable(func):
            raise TypeError(f"cannot profile {func!r}: it is not callable")
        self.decorated.append(getattr(func, "__qualname__", repr(func)))
        return self._wrapped(func)

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

    # -- results -----------------------------------------------------------------------------

    def snapshot_stats(self) -> None:
        """Make `stats` of the numbers so far, those of our own code left out."""
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
        save_bytes(marshal.dumps(self.stats), path)

    def dump_stats(self, file: Any) -> None:
        """Disable, and write the numbers as a .prof file, in one step."""
        self.disable()
        self.save(file)


_OURS = frozenset(
    (
        "<built-in method _thread.get_ident>",
        "<method '__exit__' of '_thread.RLock' objects>",
        "<method 'disable' of '_lsprof.Profiler' objects>",
    )
)


def _for_us(function: tuple[str, int, str], callers: Any) -> bool:
    """Whether this is a C function that our own code called, between enabling and disabling."""
    return function[2] in _OURS and all(own(caller[0]) for caller in callers)
