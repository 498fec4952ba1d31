"""Members of line_profiler's LineProfiler that follow from how it works, and not from ours.

It replaces functions by wrappers and their code by copies; here functions stay as they are. So
what wraps there gives the object itself back here, measured.
"""

from __future__ import annotations

import sys

from ..code import callables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType, FunctionType
    from typing import Any, TypeVar

    from ..code.scoping import Policies
    from ..compat.stats import LineStats

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

    def __call__(self, func: _F) -> _F:
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

    @property
    def code_hash_map(self) -> dict[CodeType, list[int]]:
        """Code objects -> the keys of their lines in `c_code_map`."""
        return {code: list(_keys(code)) for code in list(self._codes.values())}

    @property
    def c_code_map(self) -> dict[int, dict[int, dict[str, int]]]:
        """As `code_map`, by the key of each line; that is what "code" is here, too."""
        found: dict[int, dict[int, dict[str, int]]] = {}
        for code, lines in self.code_map.items():
            for key, number in _keys(code).items():
                numbers = found.setdefault(key, {})
                if number in lines:
                    numbers[number] = {**lines[number], "code": key}
        return found

    @property
    def dupes_map(self) -> dict[bytes, list[CodeType]]:
        """Bytecode -> the code objects that have it."""
        found: dict[bytes, list[CodeType]] = {}
        for code in list(self._codes.values()):
            found.setdefault(code.co_code, []).append(code)
        return found

    @property
    def last_time(self) -> dict[CodeType, dict[str, int]]:
        """Code objects that run on this thread -> "f_lineno", the line that each is at, and "time",
        which is now, in nanoseconds: when a line began is not to be had while it is open.
        """
        from time import monotonic_ns

        running: dict[CodeType, dict[str, int]] = {}
        now = monotonic_ns()
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if id(frame.f_code) in self._codes:
                running.setdefault(frame.f_code, {"f_lineno": frame.f_lineno, "time": now})
            frame = frame.f_back
        return running

    @property
    def c_last_time(self) -> dict[int, dict[str, int]]:
        """As `last_time`, by the hash of the bytecode; KeyError if nothing has run as yet."""
        running = {hash(code.co_code): entry for code, entry in self.last_time.items()}
        if not running and not any(self.get_stats().timings.values()):
            raise KeyError("no profiling data")
        return running

    @property
    def threaddata(self) -> _ThreadData:
        """What line_profiler keeps for each thread, its `enable_count`; here it is that of all."""
        return _ThreadData(self)

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
        elif callables.is_module(item):
            new = profiler.add_module(item, scoping_policy=scoping_policy, wrap=wrap)
        else:
            new = profiler.add_callable(item) if callables.functions_of(item) else 0
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
        functions = callables.functions_of(func)
        if not functions and not callables.can_hold_functions(func):
            raise TypeError(f"no functions behind {func!r}: it is not callable")
        return functions


class _ThreadData:
    def __init__(self, profiler: Any) -> None:
        self._profiler = profiler

    @property
    def enable_count(self) -> int:
        count: int = self._profiler.enable_count
        return count

    @enable_count.setter
    def enable_count(self, count: int) -> None:
        self._profiler.enable_count = count


def _keys(code: CodeType) -> dict[int, int]:
    """Keys that line_profiler would give the lines of a code object, and these lines."""
    lines = {line for *_, line in code.co_lines() if line is not None}
    return {hash(code.co_code) ^ line: line for line in sorted(lines)}
