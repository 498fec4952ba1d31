"""The logic of `python -m benchmarks`; no benchmark is run here."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import catalogue, cli, collect, env, measure, report, results, runner
from benchmarks.catalogue import Limits
from benchmarks.figures import FIGURES, Figure
from benchmarks.results import PythonRun, Results, Sample
from tests.support import ROOT

MILLION = 1_000_000


def samples(
    workload: str, tool: str, *seconds: float, facts: dict[str, object] | None = None
) -> list[Sample]:
    """One process per time, each of a single repetition."""
    return [
        Sample(workload, tool, turn, (value,), (value / 2,), {"result": "7", **(facts or {})})
        for turn, value in enumerate(seconds)
    ]


def python(*groups: list[Sample], version: str = "3.12.1") -> PythonRun:
    return PythonRun(version, False, tuple(sample for group in groups for sample in group))


def results_of(*pythons: PythonRun) -> Results:
    return Results(
        date="2026-01-02",
        cpu="A Processor",
        cores=2,
        system="Linux x86_64",
        load=0.25,
        rounds=2,
        quick=False,
        line_profiler="5.1.0",
        pythons=pythons,
    )


def tight_loop(ours: float = 1.5, theirs: float = 6.0) -> PythonRun:
    return python(
        samples("tight_loop", "plain", 1.0, 1.01),
        samples("tight_loop", "lineprof", ours, ours, facts={"hits": 10 * MILLION}),
        samples("tight_loop", "line_profiler", theirs, theirs, facts={"hits": 10 * MILLION}),
        samples("tight_loop", "cprofile", 2.0, 2.0),
        samples("tight_loop", "floor", 1.25, 1.25),
    )


def figure(title: str) -> Figure:
    return next(each for each in FIGURES if each.title.startswith(title))


class TestMeasure:
    def test_a_process_counts_with_its_best_repetition_in_order_of_rounds(self) -> None:
        second = Sample("w", "t", 1, (5.0, 4.0), (3.0, 2.0))
        first = Sample("w", "t", 0, (7.0, 9.0), (6.0, 8.0))
        assert measure.times([second, first]) == [7.0, 4.0]
        assert measure.times([second, first], cpu=True) == [6.0, 2.0]

    def test_minimum_ignores_disturbed_rounds(self) -> None:
        assert measure.factor([1.0, 9.0], [8.0, 2.0]) == 2.0
        assert measure.added([1.0, 9.0], [8.0, 2.0]) == 1.0

    def test_ratio_is_of_added_times(self) -> None:
        ratio = measure.added_ratio([1.0, 1.0], [6.0, 6.5], [1.5, 1.5])
        assert ratio == measure.Ratio(10.0, False, 10.5)
        assert str(ratio) == "10.0"

    def test_ratio_is_a_lower_bound_when_the_addition_drowns_in_noise(self) -> None:
        ratio = measure.added_ratio([1.0, 1.1], [6.0, 6.0], [1.01, 1.01])
        assert ratio.at_least
        assert ratio.value == pytest.approx(50)
        assert str(ratio) == ">= 50.0"

    def test_ratio_survives_an_addition_below_nothing(self) -> None:
        ratio = measure.added_ratio([1.0, 1.0], [6.0, 6.0], [0.99, 0.99])
        assert ratio.at_least
        assert ratio.paired is None
        assert ratio.value == pytest.approx(5.0 / measure.LEAST_RESOLUTION)
        assert str(ratio) == ">= 5000"

    def test_resolution_is_how_well_the_best_two_agree(self) -> None:
        assert measure.resolution([3.0, 1.0, 1.2]) == pytest.approx(0.2)
        assert measure.resolution([2.0, 2.0]) == 2 * measure.LEAST_RESOLUTION
        assert measure.resolution([1.0]) == measure.LEAST_RESOLUTION

    def test_median_ratio_pairs_rounds(self) -> None:
        assert measure.median_ratio([2.0, 9.0, 3.0], [1.0, 1.0, 3.0]) == 2.0


class TestLimits:
    def test_later_versions_are_held_to_the_last(self) -> None:
        limits = Limits(None, 2, 3)
        assert [limits.on((3, minor)) for minor in (11, 12, 13, 15)] == [None, 2, 3, 3]

    def test_every_workload_exists_and_has_a_name_of_its_own(self) -> None:
        found = [workload.name for workload in catalogue.WORKLOADS]
        assert len(set(found)) == len(found)
        folder = ROOT / "benchmarks" / "workloads"
        for workload in catalogue.WORKLOADS:
            assert (folder / f"{workload.module}.py").exists(), workload.name

    def test_plain_comes_first(self) -> None:
        assert all(workload.tools[0] == "plain" for workload in catalogue.WORKLOADS)


class TestTable:
    def test_row(self) -> None:
        (row,) = report.rows(tight_loop())
        assert row.plain == 1.0
        assert dict(row.factors) == {
            "lineprof": 1.5,
            "line_profiler": 6.0,
            "cprofile": 2.0,
            "floor": 1.25,
        }
        assert row.ns_per_line == pytest.approx(50)
        assert row.floor_ns == pytest.approx(25)
        assert row.ratio is not None and row.ratio.value == pytest.approx(10)
        assert (row.demanded, row.meets) == (7, True)

    def test_cpu_time_is_taken_where_asked_for(self) -> None:
        (row,) = report.rows(tight_loop(), cpu=True)
        assert row.plain == 0.5

    def test_a_miss_is_named(self) -> None:
        found = results_of(tight_loop(theirs=4.0))
        assert report.misses(found) == ["3.12.1: tight loop, 3 short lines: 6.0"]
        text = report.render(found)
        assert " MISS |" in text
        assert "Limits not met:" in text

    def test_a_workload_that_fails_is_a_miss_and_says_why(self) -> None:
        run = tight_loop()
        broken = tuple(
            replace(sample, seconds=(), facts={"failed": "no such tool"})
            if sample.tool == "lineprof"
            else sample
            for sample in run.samples
        )
        found = results_of(replace(run, samples=broken))
        assert report.misses(found) == ["3.12.1: tight loop, 3 short lines: could not be measured"]
        assert "lineprof failed: no such tool" in report.render(found)

    def test_text(self) -> None:
        lines = report.render(results_of(tight_loop())).splitlines()
        assert lines[0] == (
            "2026-01-02, A Processor, 2 cores, Linux x86_64; load before the run 0.2."
        )
        (row,) = [line for line in lines if line.startswith("| tight loop, 3 short lines ")]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells == [
            "tight loop, 3 short lines",
            "1.0000 s",
            "1.50 x",
            "6.00 x",
            "2.00 x",
            "50.0",
            "25.0",
            "10.0",
            "7",
            "ok",
        ]
        table = [line for line in lines if line.startswith("|")]
        assert len({len(line) for line in table[:3]}) == 1
        assert lines[-1] == "All limits measured are met."

    def test_nothing_measured_is_still_a_report(self) -> None:
        assert "Single figures" not in report.render(results_of(python()))


class TestNotes:
    def threads(self, **facts: object) -> PythonRun:
        return python(
            samples("threads", "plain", 1.0, 1.0),
            samples("threads", "lineprof", 1.5, 1.5, facts={"hits": 1000}),
            samples("threads", "line_profiler", 6.0, 6.0, facts=facts),
        )

    def test_nothing_to_say(self) -> None:
        assert report.notes(self.threads(hits=1000)) == []

    def test_exceptions_raised_into_the_program(self) -> None:
        errors = {"hits": 1000, "error_count": 3, "errors": ["ValueError: tool 2 is not in use"]}
        assert report.notes(self.threads(**errors)) == [
            "4 threads in one profiled function: line_profiler raised 6 exceptions into the "
            "program in 2 runs: ValueError: tool 2 is not in use"
        ]

    def test_lost_hits(self) -> None:
        assert report.notes(self.threads(hits=310)) == [
            "4 threads in one profiled function: line_profiler counted 31 % of the hits"
        ]

    def test_wrong_result(self) -> None:
        assert report.notes(self.threads(hits=1000, result="8")) == [
            "4 threads in one profiled function: the program's result was wrong under line_profiler"
        ]

    def test_rounds_that_disagree(self) -> None:
        run = python(
            samples("threads", "plain", 1.0, 2.0, 1.0),
            samples("threads", "lineprof", 2.0, 2.1, 2.0),
            samples("threads", "line_profiler", 30.0, 12.0, 12.0),
        )
        assert report.notes(run) == [
            "4 threads in one profiled function: disturbed; the ratio round by round is 29.0"
        ]


class TestFigures:
    def test_over_the_floor(self) -> None:
        over = figure("tight loop, added per line")
        assert over.value(tight_loop(), False) == pytest.approx(2.0)
        assert over.meets(2.0, (3, 12)) is True
        assert over.meets(2.1, (3, 13)) is False
        assert over.meets(9.9, (3, 11)) is None

    def test_idle(self) -> None:
        run = python(
            samples("idle_none", "plain", 1.0, 1.0), samples("idle_none", "lineprof", 1.03, 1.05)
        )
        idle = figure("slow-down, no profiled function")
        assert idle.show(idle.value(run, False)) == "+3.0 %"  # type: ignore[arg-type]
        assert report.misses(results_of(run)) == ["3.12.1: slow-down, no profiled function: +3.0 %"]

    def test_corrected_total_is_paired_and_limited_both_ways(self) -> None:
        run = python(
            samples("log_parser", "plain", 1.0, 2.0),
            [
                *samples("log_parser", "lineprof", 1.2, facts={"total:main": 880_000_000}),
                replace(
                    samples("log_parser", "lineprof", 2.4, facts={"total:main": 1_760_000_000})[0],
                    round=1,
                ),
            ],
        )
        corrected = figure("log parser, corrected total")
        assert corrected.value(run, False) == pytest.approx(-0.12)
        assert corrected.meets(-0.12, (3, 12)) is False
        assert corrected.meets(-0.12, (3, 11)) is True

    def test_memory_is_what_more_lines_need(self) -> None:
        few, many = catalogue.MEMORY_LINES
        grown = (many - few) * catalogue.MEMORY_THREADS * 40
        run = python(
            [Sample(f"memory_{few}", "lineprof", 0, (), (), {"bytes": 9000})],
            [Sample(f"memory_{many}", "lineprof", 0, (), (), {"bytes": grown + 9000})],
        )
        assert figure("memory").value(run, False) == 40

    def test_flat(self) -> None:
        groups = []
        for lines in catalogue.LENGTHS:
            name = f"length_{lines}"
            slower = 0.2 if lines == 5000 else 0.1
            groups.append(samples(name, "plain", 1.0))
            groups.append(samples(name, "lineprof", 1.0 + slower, facts={"hits": MILLION}))
        flat = figure("added per line, dearest / cheapest")
        assert flat.value(python(*groups), False) == pytest.approx(2.0)
        assert flat.value(python(*groups[2:]), False) is None
        longest = figure("added per line, function of 5,000 lines")
        assert longest.show(longest.value(python(*groups), False)) == "200.0 ns"  # type: ignore[arg-type]
        assert longest.meets(200, (3, 12)) is None

    def test_start_up(self) -> None:
        run = python(samples("startup", "bare", 0.020), samples("startup", "import", 0.0275))
        found = figure("import of LineProfiler")
        assert found.show(found.value(run, False)) == "7.5 ms"  # type: ignore[arg-type]

    def test_without_samples_no_figure(self) -> None:
        assert [each.value(python(), False) for each in FIGURES] == [None] * len(FIGURES)


class TestResults:
    def test_json_round_trip(self) -> None:
        found = results_of(tight_loop(), replace(tight_loop(), version="3.13.0"))
        assert results.from_json(results.to_json(found)) == found

    @pytest.mark.parametrize(
        "text", ["", "[]", "{}", '{"format": 99}', '{"format": 1}', '{"format": 1, "pythons": 3}']
    )
    def test_other_files_are_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            results.from_json(text)


class TestPlan:
    def plan(self, *only: str, quick: bool = False) -> collect.Plan:
        return collect.Plan(only, 2, quick, ROOT)

    def test_tools_take_turns(self) -> None:
        found = [(name, tool) for name, tool, _ in collect.jobs(self.plan("recursion", "memory"))]
        assert found == [
            ("recursion", "plain"),
            ("recursion", "lineprof"),
            ("recursion", "line_profiler"),
            ("recursion", "cprofile"),
            *((f"memory_{lines}", "lineprof") for lines in catalogue.MEMORY_LINES),
        ]

    def test_small_differences_get_more_turns(self) -> None:
        found = [tool for _, tool, _ in collect.jobs(self.plan("idle_none"))]
        assert found == ["plain", "lineprof"] * 3

    def test_quick_is_smaller(self) -> None:
        sizes = [
            {job["size"] for _, _, job in collect.jobs(self.plan("log_parser", quick=quick))}
            for quick in (False, True)
        ]
        assert sizes == [{500_000}, {50_000}]


class TestEnvironment:
    def test_cache_folder(self, tmp_path: Path) -> None:
        home = Path.home() / ".cache" / "lineprof-benchmarks"
        assert env.cache_folder({}) == home
        assert env.cache_folder({"XDG_CACHE_HOME": str(tmp_path)}).parent == tmp_path
        chosen = {"LINEPROF_BENCHMARKS_CACHE": str(tmp_path / "c"), "XDG_CACHE_HOME": "/no"}
        assert env.cache_folder(chosen) == tmp_path / "c"

    def test_digest_sees_names_and_contents(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("1")
        first = env.digest(tmp_path)
        (tmp_path / "a").write_text("2")
        second = env.digest(tmp_path)
        (tmp_path / "a").rename(tmp_path / "b")
        assert len({first, second, env.digest(tmp_path)}) == 3

    def test_this_interpreter(self) -> None:
        assert env.ask(sys.executable).minor == sys.version_info[:2]

    def test_measured_processes_see_no_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("PYTHONPATH", "LINEPROF_CORE", "LINE_PROFILE", "PYTHONDEVMODE"):
            monkeypatch.setenv(name, "1")
        assert set(runner.environment()) <= {*runner._KEPT, "PYTHONHASHSEED"}

    def test_a_failing_child_is_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(env.BenchmarkError) as caught:
            runner.ask_child(sys.executable, {"kind": "run", "tool": "nonsense"}, tmp_path)
        assert str(caught.value) == "run under nonsense: KeyError: 'nonsense'"


class TestCommandLine:
    @pytest.mark.parametrize(
        "arguments", [["--only", "nonsense"], ["--rounds", "1"], ["--rounds", "x"], ["extra"]]
    )
    def test_wrong_usage(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        assert caught.value.code == 2
        assert "Traceback" not in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["no-such-python", __file__])
    def test_not_an_interpreter(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["--python", name]) == 1
        assert capsys.readouterr().err == f"benchmarks: not a Python interpreter: {name}\n"

    def test_no_such_file(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["--from-json", str(tmp_path / "none.json")]) == 1
        assert capsys.readouterr().err.count("\n") == 1

    def test_report_on_a_file(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(cli, "RESULTS", tmp_path / "RESULTS.md")
        kept, copy = tmp_path / "kept.json", tmp_path / "copy.json"
        kept.write_text(results.to_json(results_of(tight_loop())))
        arguments = ["--from-json", str(kept), "--json", str(copy), "--write-results", "--check"]
        assert cli.main(arguments) == 0
        shown = capsys.readouterr().out
        written = (tmp_path / "RESULTS.md").read_text()
        assert written.startswith("# Benchmark results\n")
        assert written.endswith(shown.rstrip("\n") + "\n")
        assert copy.read_text() == kept.read_text()

    def test_check_fails_on_a_miss(self, tmp_path: Path) -> None:
        kept = tmp_path / "kept.json"
        kept.write_text(results.to_json(results_of(tight_loop(theirs=2.0))))
        assert cli.main(["--from-json", str(kept)]) == 0
        assert cli.main(["--from-json", str(kept), "--check"]) == 1


@pytest.mark.parametrize(
    "workload", catalogue.WORKLOADS, ids=[workload.name for workload in catalogue.WORKLOADS]
)
def test_every_workload_runs_plain(workload: catalogue.Workload, tmp_path: Path) -> None:
    job = {**collect.run_job(workload, quick=True), "size": 60, "repeat": 1, "tool": "plain"}
    if workload.module == "recursion":
        job["size"] = 5
    answer = runner.ask_child(sys.executable, job, tmp_path)
    assert len(answer["seconds"]) == len(answer["cpu"]) == 1
    assert answer["facts"]["result"] not in ("", "None")
    assert "errors" not in answer["facts"]
