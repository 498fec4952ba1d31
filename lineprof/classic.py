"""Members of line_profiler's LineProfiler that follow from how it works, and not from ours.

It replaces functions by wrappers and their code by copies; here functions stay as they are. So
what wraps there gives the object itself back here, measured.
"""

from __future__ import annotations

from . import wrapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FunctionType
    from typing import Any, TypeVar

    from .linestats import LineStats
    from .scoping import Policies

    _F = TypeVar("_F")


class Classic:
    """For programs written for line_profiler; new ones have no use for these."""

    wrap_trace: bool = False
    """Without effect: trace functions of others are always called."""

    set_frame_local_trace: bool = False
    """Without effect: trace functions of others are left alone."""

    @property
    def timer_unit(self) -> float:
        """Seconds of one unit of the times in `get_stats()`."""
        return 1e-9

    _codes: dict[int, CodeType]

    def __call__(self, func: _F, /) -> _F:
        raise NotImplementedError

    def get_stats(self) -> LineStats:
        raise NotImplementedError

    @property
    def code_map(self) -> dict[CodeType, dict[int, dict[str, Any]]]:
        """Code objects -> lines -> their numbers so far: a copy.

        Those of a line: "code", "lineno", "nhits", and "total_time" in nanoseconds. Code objects
        made of the same lines have the same numbers, those of all of them.
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
        """Measure what was imported, be it a function, a class or a module, from now on.

        Arguments as for `add_class`. Returns 1 if anything was new to the profiler, else 0;
        0 also for what is nothing of the kind.
        """
        profiler: Any = self
        if isinstance(item, type):
            new = profiler.add_class(item, scoping_policy=scoping_policy, wrap=wrap)
        elif wrapping.is_module(item):
            new = profiler.add_module(item, scoping_policy=scoping_policy, wrap=wrap)
        else:
            new = profiler.add_callable(item) if wrapping.functions_of(item) else 0
        if new:
            profiler.enable_by_count()
        return int(new > 0)

    def wrap_callable(self, func: _F) -> _F:
        """Measure `func` from now on, as if it were decorated; returns `func` itself."""
        return self(func)

    wrap_function = wrap_callable
    wrap_generator = wrap_callable
    wrap_coroutine = wrap_callable
    wrap_async_generator = wrap_callable
    wrap_classmethod = wrap_callable
    wrap_staticmethod = wrap_callable
    wrap_boundmethod = wrap_callable
    wrap_partial = wrap_callable
    wrap_partialmethod = wrap_callable
    wrap_property = wrap_callable
    wrap_cached_property = wrap_callable
    wrap_class = wrap_callable

    @classmethod
    def get_underlying_functions(cls, func: object) -> list[FunctionType]:
        """The functions that are measured if `func` is; TypeError if it is not callable."""
        functions = wrapping.functions_of(func)
        if not functions and not wrapping.can_hold_functions(func):
            raise TypeError(f"no functions behind {func!r}: it is not callable")
        return functions
