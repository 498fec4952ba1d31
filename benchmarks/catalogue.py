"""What is measured, and what each measurement must reach."""

from __future__ import annotations

from dataclasses import dataclass

COMPARED = ("plain", "lineprof", "line_profiler", "cprofile")
WITH_FLOOR = (*COMPARED, "floor")
OURS = ("plain", "lineprof")

Version = tuple[int, int]
OLDEST: Version = (3, 11)


@dataclass(frozen=True, slots=True)
class Limits:
    """A number for 3.11, 3.12 and 3.13; the last holds for later versions, too."""

    py311: float | None
    py312: float | None
    py313: float | None

    def on(self, version: Version) -> float | None:
        """The limit on that Python; None if there is none."""
        if version <= (3, 11):
            return self.py311
        return self.py312 if version == (3, 12) else self.py313


@dataclass(frozen=True, slots=True)
class Workload:
    """A program to run under several tools."""

    name: str
    title: str
    module: str
    size: int
    quick: int
    """Size with `--quick`."""
    repeat: int = 3
    """Repetitions in each process."""
    turns: int = 1
    """Turns of each tool in a round: more where a small difference matters."""
    argument: str = ""
    tools: tuple[str, ...] = COMPARED
    reach: Limits | None = None
    """Least ratio of line_profiler's added time to lineprof's; None: not in the table."""


LENGTHS = (20, 120, 250, 500, 1000, 5000)
"""Lengths in lines of the functions whose cost per line is compared."""

WORKLOADS = (
    Workload(
        "tight_loop",
        "tight loop, 3 short lines",
        "tight_loop",
        size=200_000,
        quick=50_000,
        repeat=7,
        tools=WITH_FLOOR,
        reach=Limits(4, 7, 10),
    ),
    Workload(
        "one_line_calls",
        "one-line function called in a loop",
        "one_line_calls",
        size=20_000,
        quick=5_000,
        repeat=7,
        reach=Limits(6, 100, 100),
    ),
    Workload(
        "unprofiled_callees",
        "caller, all work in unprofiled callees",
        "unprofiled_callees",
        size=5_000,
        quick=2_000,
        repeat=7,
        reach=Limits(6, 20, 20),
    ),
    Workload(
        "recursion",
        "recursion (fib)",
        "recursion",
        size=20,
        quick=18,
        repeat=7,
        reach=Limits(7, 20, 20),
    ),
    Workload(
        "log_parser",
        "log parser of examples/",
        "log_parser",
        size=500_000,
        quick=50_000,
        repeat=1,
        tools=WITH_FLOOR,
        reach=Limits(4, 10, 12),
    ),
    Workload(
        "generators",
        "generator pipeline",
        "generators",
        size=30_000,
        quick=10_000,
        repeat=7,
        reach=Limits(4, 8, 8),
    ),
    Workload(
        "async_tasks",
        "100 async tasks interleaved",
        "async_tasks",
        size=50,
        quick=20,
        repeat=7,
        reach=Limits(4, 8, 8),
    ),
    Workload(
        "threads",
        "4 threads in one profiled function",
        "threads",
        size=200_000,
        quick=100_000,
        repeat=3,
        reach=Limits(4, 8, 8),
    ),
    Workload(
        "objects",
        "object program, every method profiled",
        "objects",
        size=1_000,
        quick=400,
        repeat=7,
        reach=Limits(6, 30, 30),
    ),
    Workload(
        "idle_uncalled",
        "profiled function never called",
        "idle",
        size=20,
        quick=10,
        repeat=15,
        turns=3,
        argument="uncalled",
        tools=OURS,
    ),
    Workload(
        "idle_none",
        "no profiled function",
        "idle",
        size=20,
        quick=10,
        repeat=15,
        turns=3,
        argument="none",
        tools=OURS,
    ),
    *(
        Workload(
            f"length_{lines}",
            f"function of {lines} lines",
            "long_function",
            size=200_000,
            quick=50_000,
            argument=str(lines),
            tools=OURS,
        )
        for lines in LENGTHS
    ),
)

PROBES = ("startup", "register", "switch", "memory")
"""Measurements that are not workloads; `collect` knows how each is taken."""

REGISTERED_LINES = 16_000
SWITCHED_FUNCTIONS = (1, 100, 3_000)
"""How many functions the profiler has that is enabled and disabled."""
MEMORY_LINES = (20, 16_020)
"""Lengths of the two functions whose memory is compared, for memory per line."""
MEMORY_THREADS = 8


def names() -> tuple[str, ...]:
    """All names that `--only` takes."""
    return (*(workload.name for workload in WORKLOADS), *PROBES)
