"""Decorating for profilers that are enabled and disabled: wrappers that do so around each call.

The profilers of lineprof have no need of it. cProfile has.
"""

from __future__ import annotations

import types
from functools import cached_property, partial, partialmethod, wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType, FunctionType
    from typing import Any, Self

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200
"""Flags of code objects, as `inspect` names them; importing that takes too long."""


class ByCountProfilerMixin:
    """To be inherited from, beside a profiler with `enable()` and `disable()`."""

    enable_count = 0
    """How often `enable_by_count` is still to be undone."""

    def enable_by_count(self) -> None:
        """Enable, and count; it takes as many `disable_by_count` to undo it."""
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

        func: a function of any kind, bound method, partial, partialmethod, classmethod,
        staticmethod, property, cached_property, class (its own functions are wrapped in place)
        or another callable. TypeError if not callable.
        """
        for kinds, wrap in _WRAPPERS:
            if isinstance(func, kinds):
                return wrap(self, func)
        if not callable(func):
            raise TypeError(f"cannot profile {func!r}: it is not callable")
        return self._wrapped(func)

    wrap_async_generator = wrap_callable
    wrap_coroutine = wrap_callable
    wrap_generator = wrap_callable
    wrap_function = wrap_callable

    def wrap_classmethod(self, func: Any) -> Any:
        """As `wrap_callable`, for this kind."""
        return type(func)(self.wrap_callable(func.__func__))

    wrap_staticmethod = wrap_classmethod

    def wrap_boundmethod(self, func: Any) -> types.MethodType:
        """As `wrap_callable`, for this kind."""
        return types.MethodType(self.wrap_callable(func.__func__), func.__self__)

    def wrap_partial(self, func: Any) -> Any:
        """As `wrap_callable`, for this kind."""
        return type(func)(self.wrap_callable(func.func), *func.args, **func.keywords)

    wrap_partialmethod = wrap_partial

    def wrap_property(self, func: property) -> property:
        """As `wrap_callable`, for this kind."""
        get, put, delete = (
            part and self.wrap_callable(part) for part in (func.fget, func.fset, func.fdel)
        )
        return property(get, put, delete, func.__doc__)

    def wrap_cached_property(self, func: cached_property[Any]) -> cached_property[Any]:
        """As `wrap_callable`, for this kind."""
        wrapped = type(func)(self.wrap_callable(func.func))
        if func.attrname is not None:
            wrapped.__set_name__(object, func.attrname)
        return wrapped

    def wrap_class(self, func: type) -> type:
        """As `wrap_callable`, for this kind; the class is changed."""
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
