"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import catalogue, collect, env, report, results
from benchmarks.env import BenchmarkError, Environment

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
ROUNDS, QUICK_ROUNDS = 5, 3
LEAST_ROUNDS = 2

_INTRODUCTION = """# Benchmark results

`python -m benchmarks --write-results` writes this page. `benchmarks/__init__.py` says how it is
measured, and why that is fair. *Factors* are run times over the plain run's. *Added ratio* is the
time line_profiler adds over the time lineprof adds: higher is better for lineprof. *ns/line* is
what lineprof adds for each line it counts, *floor* what a callback that does nothing adds.

"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; 1 if something could not be measured or, with --check, missed its limit, else 0."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        if arguments.from_json is not None:
            found = _read(arguments.from_json)
        else:
            found = _measure(arguments)
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    text = report.render(found, cpu=arguments.cpu_time)
    print(text)
    if arguments.json is not None:
        arguments.json.write_text(results.to_json(found), encoding="utf-8")
    if arguments.write_results:
        RESULTS.write_text(_INTRODUCTION + text, encoding="utf-8")
    return 1 if arguments.check and report.misses(found, cpu=arguments.cpu_time) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare lineprof with line_profiler and cProfile, side by side.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="smaller workloads and fewer rounds: less exact"
    )
    parser.add_argument(
        "--python",
        action="append",
        metavar="X",
        help="interpreter to measure with; repeatable (default: every CPython found)",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=catalogue.names(),
        metavar="NAME",
        help=f"measure only this; repeatable: {', '.join(catalogue.names())}",
    )
    parser.add_argument("--rounds", type=_rounds, metavar="N", help="turns of each tool")
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="compare CPU time instead of wall time: steadier on a busy machine",
    )
    parser.add_argument("--json", type=Path, metavar="F", help="write all samples to this file")
    parser.add_argument(
        "--from-json", type=Path, metavar="F", help="report on such a file, measure nothing"
    )
    parser.add_argument(
        "--write-results", action="store_true", help="write benchmarks/RESULTS.md too"
    )
    parser.add_argument("--check", action="store_true", help="exit status 1 if a limit is not met")
    return parser


def _rounds(text: str) -> int:
    value = int(text)
    if value < LEAST_ROUNDS:
        raise argparse.ArgumentTypeError(f"at least {LEAST_ROUNDS} rounds are needed")
    return value


def _read(path: Path) -> results.Results:
    try:
        return results.load(path)
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path}: {error}") from None


def _measure(arguments: argparse.Namespace) -> results.Results:
    wanted = arguments.python
    interpreters = [env.ask(python) for python in wanted] if wanted else env.find()
    environments: list[Environment] = []
    for interpreter in interpreters:
        if any(interpreter.version == each.interpreter.version for each in environments):
            raise BenchmarkError(f"Python {interpreter.version} was given twice")
        _progress(f"setting up Python {interpreter.version}")
        environments.append(env.prepare(interpreter, env.cache_folder()))
    default = QUICK_ROUNDS if arguments.quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="lineprof-benchmarks-") as folder:
        plan = collect.Plan(
            tuple(arguments.only or catalogue.names()),
            arguments.rounds or default,
            arguments.quick,
            Path(folder),
        )
        return collect.collect(environments, plan, _progress)


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
