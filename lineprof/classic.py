"""Members of line_profiler's LineProfiler that follow from how it works, and not from ours.

It replaces functions by wrappers and their code by copies; here functions stay as they are. So
what wraps there gives the object itself back here, measured.
"""

from __future__ import annotations

from . import wrapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FunctionType
    from typing import TypeVar

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

    def __call__(self, func: _F, /) -> _F:
        raise NotImplementedError

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
