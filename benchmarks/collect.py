"""Takes all samples: rounds of workloads of tools, in turn."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import catalogue, env, runner
from benchmarks.catalogue import Workload
from benchmarks.env import BenchmarkError, Environment
from benchmarks.results import PythonRun, Results, Sample

STARTUPS = 5
"""Starts of each command in one round."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and how often."""

    only: tuple[str, ...]
    """Names of workloads and probes."""
    rounds: int
    quick: bool
    folder: Path
    """Working folder of the measured processes."""


def collect(
    environments: Sequence[Environment], plan: Plan, progress: Callable[[str], None]
) -> Results:
    """Carry out the plan in all environments, round by round."""
    date = datetime.date.today().isoformat()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    samples: list[list[Sample]] = [[] for _ in environments]
    for turn in range(plan.rounds):
        for environment, taken in zip(environments, samples, strict=True):
            version = environment.interpreter.version
            progress(f"round {turn + 1} of {plan.rounds}, Python {version}")
            taken.extend(one_round(environment, plan, turn))
    runs = (
        PythonRun(each.interpreter.version, each.interpreter.optimised, tuple(taken))
        for each, taken in zip(environments, samples, strict=True)
    )
    return Results(
        date=date,
        cpu=cpu_model(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}",
        load=round(load, 2),
        rounds=plan.rounds,
        quick=plan.quick,
        line_profiler=env.LINE_PROFILER,
        pythons=tuple(runs),
    )


def one_round(environment: Environment, plan: Plan, turn: int) -> Iterator[Sample]:
    """Every workload under every tool, and every probe, once."""
    for name, tool, job in jobs(plan):
        yield ask(environment, Sample(name, tool, turn, ()), job, plan.folder)
    if "startup" in plan.only:
        yield from startup(environment, turn, plan.folder)


def jobs(plan: Plan) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, tool and job (for child.py) of each measurement of a round."""
    for workload in catalogue.WORKLOADS:
        if workload.name in plan.only:
            for tool in workload.tools * workload.turns:
                yield workload.name, tool, run_job(workload, plan.quick)
    if "register" in plan.only:
        yield "register", "lineprof", {"kind": "register", "lines": catalogue.REGISTERED_LINES}
    if "switch" in plan.only:
        for count in catalogue.SWITCHED_FUNCTIONS:
            yield f"switch_{count}", "lineprof", {"kind": "switch", "functions": count}
    if "memory" in plan.only:
        for lines in catalogue.MEMORY_LINES:
            size = {"lines": lines, "threads": catalogue.MEMORY_THREADS}
            yield f"memory_{lines}", "lineprof", {"kind": "memory", **size}


def run_job(workload: Workload, quick: bool) -> dict[str, Any]:
    """The job that child.py gets for a workload."""
    return {
        "kind": "run",
        "module": workload.module,
        "argument": workload.argument,
        "size": workload.quick if quick else workload.size,
        "repeat": workload.repeat,
    }


def ask(environment: Environment, empty: Sample, job: dict[str, Any], folder: Path) -> Sample:
    """Fill in a sample. If its process fails, it has no times and says why."""
    try:
        python = environment.python(empty.tool)
        answer = runner.ask_child(python, {**job, "tool": empty.tool}, folder)
    except BenchmarkError as error:
        return replace(empty, facts={"failed": str(error)})
    return replace(
        empty, seconds=tuple(answer["seconds"]), cpu=tuple(answer["cpu"]), facts=answer["facts"]
    )


def startup(environment: Environment, turn: int, folder: Path) -> Iterator[Sample]:
    """Whole processes: a bare interpreter, one that imports LineProfiler, and `kernprof -l`."""
    python = str(env.executable(environment.ours))
    empty = folder / "empty.py"
    empty.write_text("", encoding="utf-8")
    commands = {
        "bare": [python, "-s", "-c", "pass"],
        "import": [python, "-s", "-c", "from lineprof import LineProfiler"],
        "script": [python, str(empty)],
        "kernprof": [str(env.executable(environment.ours, "kernprof")), "-l", str(empty)],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    failed: dict[str, str] = {}
    for _ in range(STARTUPS):
        for name, command in commands.items():
            try:
                seconds[name].append(runner.time_command(command, folder))
            except BenchmarkError as error:
                failed[name] = str(error)
    for name, series in seconds.items():
        facts = {"failed": failed[name]} if name in failed else {}
        yield Sample("startup", name, turn, () if facts else tuple(series), (), facts)


def cpu_model() -> str:
    """Name of the processor, as far as the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2] for line in text.splitlines() if line.startswith("model name"))
    return next(names, platform.machine()).strip()
