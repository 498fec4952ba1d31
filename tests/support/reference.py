"""A second recorder, in Python on `sys.settrace`, that follows the contract and nothing else.

Its times are exact with a clock that only the program moves, and the C recorder must give the same
to the nanosecond. The C recorder adds up as it goes along; this one keeps every span of time and
adds up at the end.
"""

from __future__ import annotations

import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, TypeVar

from .oracle import start_offsets, tracing

_T = TypeVar("_T")


@dataclass(frozen=True)
class LineTimes:
    hits: int = 0
    total: int = 0
    self_time: int = 0
    suspended: int = 0


@dataclass(frozen=True)
class Times:
    """Numbers of one code object; callees are named by their place in the list of codes."""

    calls: int = 0
    total: int = 0
    lines: dict[int, LineTimes] = field(default_factory=dict)
    edges: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    """(line, callee): calls, total."""


@dataclass
class _Activation:
    frame: FrameType
    code: int
    entered: int
    edge: tuple[int, int, int] | None  # caller, line, callee
    line: int | None = None
    opened: int = 0


# Beginning and end; the spans of one line or function may overlap.
_Span = tuple[int, int]


class _Recorder:
    def __init__(self, codes: list[CodeType], clock: Callable[[], int]) -> None:
        self.codes = {id(code): index for index, code in enumerate(codes)}
        self.starts = [start_offsets(code) for code in codes]
        self.clock = clock
        self.local = threading.local()
        self.left: dict[int, tuple[int, int]] = {}
        self.calls: dict[int, int] = defaultdict(int)
        self.hits: dict[tuple[int, int], int] = defaultdict(int)
        self.edge_calls: dict[tuple[int, int, int], int] = defaultdict(int)
        # Keys begin with the thread, because each thread has its own recursion.
        self.totals: dict[Any, list[_Span]] = defaultdict(list)
        self.functions: dict[Any, list[_Span]] = defaultdict(list)
        self.edges: dict[Any, list[_Span]] = defaultdict(list)
        self.selves: dict[tuple[int, int], int] = defaultdict(int)
        self.suspended: dict[tuple[int, int], int] = defaultdict(int)

    def trace(self, frame: FrameType, _event: str, _arg: object) -> Any:
        code = self.codes.get(id(frame.f_code))
        if code is None:
            return None
        stack = self.stack()
        caller = stack[-1] if stack else None
        edge = (caller.code, caller.line, code) if caller and caller.line else None
        now = self.charge()
        act = _Activation(frame, code, now, edge)
        stack.append(act)
        if frame.f_lasti in self.starts[code]:
            self.calls[code] += 1
            if edge:
                self.edge_calls[edge] += 1
            self.left.pop(id(frame), None)
        elif frame.f_lasti < min(self.starts[code]):
            # Thrown into before it ever ran: it does not come back, some other frame had this id.
            self.left.pop(id(frame), None)
        elif id(frame) in self.left:
            line, moment = self.left.pop(id(frame))
            self.suspended[code, line] += now - moment
            act.line, act.opened = line, now
        return self.event

    def event(self, frame: FrameType, event: str, _arg: object) -> Any:
        stack = self.stack()
        if not stack or stack[-1].frame is not frame:
            return self.come_back(frame, event)
        act = stack[-1]
        if event == "line":
            now = self.charge()
            self.close(act, now)
            act.line, act.opened = frame.f_lineno, now
            self.hits[act.code, frame.f_lineno] += 1
        elif event == "return":
            now = self.charge()
            self.close(act, now)
            thread = threading.get_ident()
            self.functions[thread, act.code].append((act.entered, now))
            if act.edge:
                self.edges[thread, act.edge].append((act.entered, now))
            if act.line is not None:
                self.left[id(frame)] = act.line, now
            self.stack().pop()
        return self.event

    def come_back(self, frame: FrameType, event: str) -> Any:
        """3.11 reports no return to a frame if the awaited object swallowed a thrown exception.

        The frame is seen again at its next line.
        """
        assert sys.version_info < (3, 12)
        if event != "line":
            return self.event
        self.trace(frame, "call", None)
        return self.event(frame, event, None)

    def stack(self) -> list[_Activation]:
        if not hasattr(self.local, "stack"):
            self.local.stack, self.local.last = [], 0
        stack: list[_Activation] = self.local.stack
        return stack

    def charge(self) -> int:
        now = self.clock()
        stack = self.stack()
        if stack and stack[-1].line is not None:
            self.selves[stack[-1].code, stack[-1].line] += now - self.local.last
        self.local.last = now
        return now

    def close(self, act: _Activation, now: int) -> None:
        if act.line is not None:
            key = (threading.get_ident(), act.code, act.line)
            self.totals[key].append((act.opened, now))

    def times(self, count: int) -> list[Times]:
        total = dict.fromkeys(range(count), 0)
        for (_thread, code), spans in self.functions.items():
            total[code] += _covered(spans)
        line_total: dict[tuple[int, int], int] = defaultdict(int)
        for (_thread, code, line), spans in self.totals.items():
            line_total[code, line] += _covered(spans)
        edge_total: dict[tuple[int, int, int], int] = defaultdict(int)
        for (_thread, edge), spans in self.edges.items():
            edge_total[edge] += _covered(spans)
        lines: list[dict[int, LineTimes]] = [{} for _ in range(count)]
        for code, line in sorted({*self.hits, *line_total, *self.selves, *self.suspended}):
            key = code, line
            numbers = self.hits[key], line_total[key], self.selves[key], self.suspended[key]
            if any(numbers):
                lines[code][line] = LineTimes(*numbers)
        edges: list[dict[tuple[int, int], tuple[int, int]]] = [{} for _ in range(count)]
        for edge in {*self.edge_calls, *edge_total}:
            both = self.edge_calls[edge], edge_total[edge]
            if any(both):
                edges[edge[0]][edge[1], edge[2]] = both
        return [Times(self.calls[c], total[c], lines[c], edges[c]) for c in range(count)]


def _covered(spans: Iterable[_Span]) -> int:
    """The length of the union of the spans."""
    covered, reached = 0, -1
    for start, end in sorted(spans):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered


def times(
    codes: list[CodeType], clock: Callable[[], int], driver: Callable[[], _T]
) -> tuple[_T, list[Times]]:
    """Call `driver`; what it returned, and the times of each of `codes`."""
    recorder = _Recorder(codes, clock)
    with tracing(recorder.trace):
        result = driver()
    return result, recorder.times(len(codes))
