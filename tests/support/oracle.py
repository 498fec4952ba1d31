"""The oracle: a line counter in pure Python, on `sys.settrace`.

It is slow and simple on purpose. Every event source of the C core must give its counts.
"""

from __future__ import annotations

import dis
import gc
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, TypeVar

_T = TypeVar("_T")
_RESUME = dis.opmap["RESUME"]


@dataclass(frozen=True)
class Count:
    """Numbers of one code object."""

    calls: int = 0
    """How many frames started; a resumed generator was started once."""
    hits: Mapping[int, int] = field(default_factory=dict)
    """'line' events by line number; lines never reached are left out."""


def count(
    watched: Iterable[CodeType | Callable[..., Any]], driver: Callable[[], _T]
) -> tuple[_T, dict[CodeType, Count]]:
    """Call `driver` and count the lines of `watched` code on all threads it starts.

    Returns what it returned and a count for every watched code object.
    """
    codes = [code_of(item) for item in watched]
    # By identity: equal code objects on one line are still two code objects.
    names = {id(code): index for index, code in enumerate(codes)}
    starts = [start_offsets(code) for code in codes]
    # Threads share these lists: list.append is atomic, incrementing a counter is not.
    lines: list[tuple[int, int]] = []
    calls: list[int] = []

    def local(frame: FrameType, event: str, _arg: object) -> Any:
        if event == "line":
            lines.append((names[id(frame.f_code)], frame.f_lineno))
        return local

    def tracer(frame: FrameType, _event: str, _arg: object) -> Any:
        index = names.get(id(frame.f_code))
        if index is None:
            return None
        if frame.f_lasti in starts[index]:
            calls.append(index)
        return local

    with tracing(tracer):
        result = driver()
    hits: dict[int, dict[int, int]] = {}
    for (index, line), number in Counter(lines).items():
        hits.setdefault(index, {})[line] = number
    started = Counter(calls)
    return result, {
        code: Count(started[index], hits.get(index, {})) for index, code in enumerate(codes)
    }


@contextmanager
def tracing(tracer: Callable[[FrameType, str, Any], Any]) -> Iterator[None]:
    """Trace this thread and those started meanwhile, then restore the tracers of before.

    The collector is off, because the tracer does not see generators that die inside it.
    """
    before, before_threads = sys.gettrace(), threading.gettrace()
    collects = gc.isenabled()
    gc.disable()
    threading.settrace(tracer)
    sys.settrace(tracer)
    try:
        yield
    finally:
        sys.settrace(before)
        threading.settrace(before_threads)
        if collects:
            gc.enable()


def code_of(item: CodeType | Callable[..., Any]) -> CodeType:
    """The code object of a function, or the code object itself."""
    return item if isinstance(item, CodeType) else item.__code__


def nested_codes(code: CodeType) -> list[CodeType]:
    """A code object and all that are nested in it, always in the same order."""
    found = [code]
    for const in code.co_consts:
        if isinstance(const, CodeType):
            found += nested_codes(const)
    return found


def start_offsets(code: CodeType) -> frozenset[int]:
    """Offsets at which a frame is when it starts: RESUME with 0, the others are after a yield."""
    pairs = zip(code.co_code[::2], code.co_code[1::2], strict=True)
    return frozenset(
        2 * index for index, (opcode, arg) in enumerate(pairs) if opcode == _RESUME and arg & 3 == 0
    )
