"""The C core: event sources and recorder. Only `lineprof.measure.profiler` imports it."""

import sys
from collections.abc import Callable
from mmap import mmap
from os import PathLike
from types import CodeType
from typing import Any, final

CORES: tuple[str, ...]
"""Event sources this build has: "trace", and "monitor" from Python 3.12 on."""

LINE_KIND: str
"""What the kind of a line is, which says how dear a hit is: its number of "instructions", or
(0 plain, 1 could be specialised, 2 head of a loop) its "first instruction"."""

# line, hits, total, self, suspended, cost within total, cost within self (ticks but for hits)
_Line = tuple[int, int, int, int, int, int, int]
# line of the caller, callee, calls, total, cost within total (ticks)
_Edge = tuple[int, CodeType, int, int, int]
# code, calls, total, cost within total (ticks), lines by number, edges by line
_Function = tuple[CodeType, int, int, int, list[_Line], list[_Edge]]
# thread identifier (threading.get_ident()), functions
_Thread = tuple[int, list[_Function]]

def run_top_level(code: CodeType, names: dict[str, Any], /) -> Any:
    """Execute code in a namespace, with no frame below it, as Python does a script."""

if sys.version_info < (3, 12):
    def watch_modules(watcher: Callable[[CodeType], object] | None, /) -> bool:
        """Have watcher called with the code of modules as they begin.

        That of modules and scripts that have a file, imported or not, each time; None: no more.
        What the watcher raises does not reach the program. False, and nothing is done, if there
        is a watcher already, or an evaluator (PEP 523) that is not ours.
        """

@final
class Profiler:
    """Records hits and times of the lines of watched code objects.

    core: event source, one of CORES.
    clock: "wall" or "cpu" (CPU time of each thread).
    timer: callable returning int nanoseconds, instead of the clock; for tests.
    shard: path of a file to keep the numbers in, which must not exist; ShardSum reads it. It stays
        and holds every number, whatever ends the process. The child of a fork has one of its own
        in the same folder, PARENT-NUMBER.shard; its numbers begin at zero.

    ValueError for an unknown core or clock, TypeError for a timer that is not callable; OSError if
    the shard cannot be made, NotImplementedError where the system has none (Windows).
    """

    def __new__(
        cls,
        *,
        core: str = ...,
        clock: str = "wall",
        timer: Callable[[], int] | None = None,
        shard: str | PathLike[str] | None = None,
    ) -> Profiler: ...
    @property
    def core(self) -> str: ...
    @property
    def clock(self) -> str:
        """What is read: "tsc", "cntvct", "monotonic", "qpc", "thread_cpu" or "timer"."""
    @property
    def clock_reason(self) -> str:
        """Why that clock was chosen, in one clause; "" where there was no choice."""
    @property
    def tick(self) -> float:
        """Seconds per tick; of the TSC, measured against the monotonic clock up to now."""
    @property
    def active(self) -> bool:
        """Whether hooks are in place: started, or code is watched for always."""
    @property
    def tool_id(self) -> int | None:
        """The sys.monitoring tool id in use, if any."""
    @property
    def shard(self) -> str | None:
        """The file the numbers are in, that of the child after a fork.

        None if they are on the heap, also after a fork for which no file could be made.
        """
    @property
    def lost(self) -> int:
        """Bytes of numbers that are not in the shard since it could not grow."""
    def watch(
        self, code: CodeType, /, always: bool = False, about: bytes | bytearray = b""
    ) -> bool:
        """Measure this code object: between start() and stop(), or always until close().

        What is not measured always is measured also beneath calls, on the same thread, of what is.
        True if it was not watched (in this way) before. RuntimeError if always and no hook
        can be placed.

        about: what a reader of the shard is told of the code object, as is; at most 64 KiB. It is
        kept the first time the code object is watched.
        """
    def note(self, text: bytes | bytearray, /) -> None:
        """Append a note to the shard, as is; at most 64 KiB. No effect without a shard."""
    def unwatch(self, code: CodeType, /) -> None:
        """Stop measuring it; its numbers stay."""
    def start(self) -> None:
        """Begin to measure all watched code, on all threads. No effect if started."""
    def stop(self) -> None:
        """Measure no more but code watched for always, and beneath its calls. No effect if stopped.

        After some starts the tool of sys.monitoring is kept until close(), for the next one.

        MemoryError, or what the timer raised, if events were dropped since start().
        """
    def close(self) -> None:
        """stop(), and no more of code watched for always either; every hook is undone."""
    def set_cost(
        self,
        enter: int,
        line: int,
        leave: int,
        hits: tuple[int, ...] = (),
        end: int = 0,
        resume: int = 0,
        back: int = 0,
        made: int = 0,
        raised: int = 0,
        pace: int = 0,
        /,
    ) -> None:
        """Ticks each kind of event costs the program; added up beside the times.

        hits: ticks that a hit costs on top, by kind of its line (see LINE_KIND); at most 256.
        end: ticks that the end of a call whose last line ran untraced (3.11) costs the line that
            called it.
        enter, resume: of a frame that starts (where that is an event), and of one that comes back.
        leave, back: within the line that is left, and within the line that made the call.
        made: of a generator or coroutine that starts, on top: making it is no event.
        raised: of a trace function's exception event.
        pace: what pace() said when this was measured. Costs follow the pace from then on; 0: they
            do not.
        """
    def pace(self) -> int:
        """Ticks that a fixed piece of work takes: how fast the processor is now.

        0 where the clock is not the processor's counter.
        """
    def clear(self) -> None:
        """Forget all numbers, keep what is watched."""
    def snapshot(self) -> list[_Thread]:
        """The numbers so far, open lines included, thread by thread."""

# As _Edge, with the callee's about; ns
_ShardEdge = tuple[int, bytes, int, int, int]
# about, calls, total, cost within total, lines by number, edges by line; ns
_ShardFunction = tuple[bytes, int, int, int, list[_Line], list[_ShardEdge]]

@final
class ShardSum:
    """Adds the numbers of processes up, by what their shards say of a function (about); in ns."""

    def __new__(cls) -> ShardSum: ...
    def add(
        self, data: bytes | bytearray | memoryview | mmap, /, lines: bool = False
    ) -> tuple[dict[str, int | float | str], list[bytes], list[_ShardFunction]]:
        """Add a shard: its header, its notes, and its functions that have numbers.

        lines: list the functions' lines and edges, too.

        Calls that are open, or were when the process ended, last until their thread's last event.

        Header: pid (0: the child of a fork was ended before it began), parent, born (when the
        process began, as /proc tells), started (unix ns), last (unix ns of the latest event; 0:
        none), events, lost (as Profiler.lost), tick (s), clock, core, boot.

        ValueError with a reason, and nothing is added, if it is not a shard, is damaged, or is of
        another version or type of machine.
        """
    def functions(self) -> list[_ShardFunction]:
        """The sums, lines and edges included."""
