"""Single numbers beside the table of workloads, each with the limit it is held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import measure
from benchmarks.catalogue import (
    LENGTHS,
    MEMORY_LINES,
    MEMORY_THREADS,
    REGISTERED_LINES,
    SWITCHED_FUNCTIONS,
    Limits,
    Version,
)
from benchmarks.results import PythonRun

Measured = Callable[[PythonRun, bool], float | None]
"""Takes a run and whether to compare CPU times; None if it was not measured."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, how it is taken, shown and judged."""

    title: str
    value: Measured
    show: Callable[[float], str]
    limits: Limits
    both_ways: bool = False
    """The limit is for the distance from 0, not only upwards."""

    def meets(self, value: float, version: Version) -> bool | None:
        """Whether the value is within the limit; None where there is no limit."""
        limit = self.limits.on(version)
        if limit is None:
            return None
        return (abs(value) if self.both_ways else value) <= limit


def series(run: PythonRun, workload: str, tool: str, cpu: bool) -> list[float] | None:
    """Times of a tool, one for each process; None if it was not measured or any process failed."""
    samples = run.of(workload, tool)
    if not samples or any(not sample.seconds for sample in samples):
        return None
    return measure.times(samples, cpu=cpu and bool(samples[0].cpu))


def ns_per_line(run: PythonRun, workload: str, tool: str, cpu: bool) -> float | None:
    """What a tool adds for each line that lineprof counted, in nanoseconds."""
    plain, under = series(run, workload, "plain", cpu), series(run, workload, tool, cpu)
    counted = [s.facts.get("hits", 0) for s in run.of(workload, "lineprof")]
    if plain is None or under is None or not counted or not counted[0]:
        return None
    return float(measure.added(plain, under) / counted[0] * 1e9)


def _factor_over(workload: str, tool: str, base: str) -> Measured:
    def value(run: PythonRun, cpu: bool) -> float | None:
        divisor, under = series(run, workload, base, cpu), series(run, workload, tool, cpu)
        if divisor is None or under is None:
            return None
        return measure.factor(divisor, under)

    return value


def _slower(workload: str) -> Measured:
    factor = _factor_over(workload, "lineprof", "plain")

    def value(run: PythonRun, cpu: bool) -> float | None:
        found = factor(run, cpu)
        return None if found is None else found - 1

    return value


def _over_floor(run: PythonRun, cpu: bool) -> float | None:
    ours = ns_per_line(run, "tight_loop", "lineprof", cpu)
    least = ns_per_line(run, "tight_loop", "floor", cpu)
    return ours / least if ours is not None and least is not None and least > 0 else None


def _startup(command: str, base: str) -> Measured:
    def value(run: PythonRun, cpu: bool) -> float | None:
        longer, shorter = series(run, "startup", command, cpu), series(run, "startup", base, cpu)
        return None if longer is None or shorter is None else measure.added(shorter, longer)

    return value


def _least(workload: str) -> Measured:
    def value(run: PythonRun, cpu: bool) -> float | None:
        found = series(run, workload, "lineprof", cpu)
        return min(found) if found else None

    return value


def _memory(run: PythonRun, _cpu: bool) -> float | None:
    few, many = MEMORY_LINES
    small, large = (
        [s.facts["bytes"] for s in run.of(f"memory_{lines}", "lineprof") if "bytes" in s.facts]
        for lines in MEMORY_LINES
    )
    if not small or not large:
        return None
    per_line = (min(large) - min(small)) / ((many - few) * MEMORY_THREADS)
    # The system counts in pages, so whole bytes per line are as exact as it gets.
    return float(round(per_line))


def _corrected(run: PythonRun, _cpu: bool) -> float | None:
    plain = series(run, "log_parser", "plain", False)
    totals = [s.facts.get("total:main") for s in run.of("log_parser", "lineprof")]
    known = [total / 1e9 for total in totals if total]
    if plain is None or len(known) != len(plain):
        return None
    return measure.median_ratio(known, plain) - 1


def _flat(run: PythonRun, cpu: bool) -> float | None:
    costs = [ns_per_line(run, f"length_{lines}", "lineprof", cpu) for lines in LENGTHS]
    known = [cost for cost in costs if cost is not None]
    return max(known) / min(known) if len(known) == len(costs) and min(known) > 0 else None


def _added_at(lines: int) -> Measured:
    return lambda run, cpu: ns_per_line(run, f"length_{lines}", "lineprof", cpu)


def _nanoseconds(value: float) -> str:
    return f"{value:.1f} ns"


def _times(value: float) -> str:
    return f"{value:.2f}"


def _percent(value: float) -> str:
    return f"{100 * value:+.1f} %"


def _microseconds(value: float) -> str:
    return f"{value * 1e6:.1f} us"


def _milliseconds(value: float) -> str:
    return f"{1000 * value:.1f} ms"


def _bytes(value: float) -> str:
    return f"{value:.0f} B"


FIGURES = (
    Figure(
        "log parser, lineprof / plain",
        _factor_over("log_parser", "lineprof", "plain"),
        _times,
        Limits(1.6, 1.3, 1.3),
    ),
    Figure(
        "log parser, lineprof / cProfile",
        _factor_over("log_parser", "lineprof", "cprofile"),
        _times,
        Limits(1, 1, 1),
    ),
    Figure(
        "tight loop, added per line / floor callback",
        _over_floor,
        _times,
        Limits(None, 2, 2),
    ),
    Figure(
        "added per line, dearest / cheapest of 20 to 5,000 line functions",
        _flat,
        _times,
        Limits(1.5, 1.5, 1.5),
    ),
    *(
        Figure(
            f"added per line, function of {lines:,} lines",
            _added_at(lines),
            _nanoseconds,
            Limits(None, None, None),
        )
        for lines in LENGTHS
    ),
    Figure(
        "slow-down, profiled function never called",
        _slower("idle_uncalled"),
        _percent,
        Limits(None, 0.02, 0.02),
    ),
    Figure(
        "slow-down, no profiled function",
        _slower("idle_none"),
        _percent,
        Limits(None, 0.02, 0.02),
    ),
    Figure(
        "log parser, corrected total of main against plain run",
        _corrected,
        _percent,
        Limits(0.15, 0.10, 0.10),
        both_ways=True,
    ),
    Figure(
        f"registering a function of {REGISTERED_LINES:,} lines",
        _least("register"),
        _milliseconds,
        Limits(0.1, 0.1, 0.1),
    ),
    *(
        Figure(
            f"enable() and disable() with {count:,} function{'s' * (count > 1)}",
            _least(f"switch_{count}"),
            _microseconds,
            Limits(*[2e-5 + 1e-6 * count] * 3),
        )
        for count in SWITCHED_FUNCTIONS
    ),
    Figure(
        "import of LineProfiler, over a bare interpreter",
        _startup("import", "bare"),
        _milliseconds,
        Limits(0.010, 0.010, 0.010),
    ),
    Figure(
        "kernprof -l on an empty script, over python",
        _startup("kernprof", "script"),
        _milliseconds,
        Limits(0.080, 0.080, 0.080),
    ),
    Figure("memory per line and thread", _memory, _bytes, Limits(64, 64, 64)),
)
