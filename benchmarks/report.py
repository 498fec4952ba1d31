"""Results as rows of values, and rows as Markdown that reads well in a terminal too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks import measure
from benchmarks.catalogue import WORKLOADS, Workload
from benchmarks.figures import FIGURES, Figure, ns_per_line, series
from benchmarks.measure import Ratio
from benchmarks.results import PythonRun, Results

_NAMES = frozenset(workload.name for workload in WORKLOADS)

HITS_LOST = 0.98
"""A tool with less than this share of lineprof's hits has lost some."""
DISAGREE = 1.5
"""How far ratios from minima and from pairs may differ before a note says so."""


@dataclass(frozen=True, slots=True)
class Row:
    """One workload on one Python."""

    workload: Workload
    plain: float
    """Seconds."""
    factors: tuple[tuple[str, float], ...]
    """(tool, times plain) of each tool that was measured."""
    ns_per_line: float | None
    floor_ns: float | None
    ratio: Ratio | None
    demanded: float | None
    meets: bool | None


def row(run: PythonRun, workload: Workload, *, cpu: bool = False) -> Row | None:
    """The numbers of a workload; None if it was not measured plain."""
    plain = series(run, workload.name, "plain", cpu)
    if plain is None:
        return None
    known = {tool: series(run, workload.name, tool, cpu) for tool in workload.tools[1:]}
    times = {tool: found for tool, found in known.items() if found is not None}
    ratio = meets = None
    demanded = workload.reach.on(run.minor) if workload.reach else None
    if "lineprof" in times and "line_profiler" in times:
        ratio = measure.added_ratio(plain, times["line_profiler"], times["lineprof"])
        meets = None if demanded is None else ratio.value >= demanded
    return Row(
        workload,
        min(plain),
        tuple((tool, measure.factor(plain, found)) for tool, found in times.items()),
        ns_per_line(run, workload.name, "lineprof", cpu),
        ns_per_line(run, workload.name, "floor", cpu),
        ratio,
        demanded,
        meets,
    )


def rows(run: PythonRun, *, cpu: bool = False) -> list[Row]:
    """All workloads of the table that were measured, in the order of the catalogue."""
    found = (row(run, workload, cpu=cpu) for workload in WORKLOADS if workload.reach)
    return [each for each in found if each is not None]


def notes(run: PythonRun, *, cpu: bool = False) -> list[str]:
    """What a reader must know beside the numbers: failures, wrong results, lost hits, noise."""
    return [note for workload in WORKLOADS for note in _notes(run, workload, cpu)] + [
        f"{sample.workload}: {sample.tool} failed: {sample.facts['failed']}"
        for sample in run.samples
        if sample.workload not in _NAMES and sample.round == 0 and "failed" in sample.facts
    ]


def _notes(run: PythonRun, workload: Workload, cpu: bool) -> Iterator[str]:
    expected = {s.facts.get("result") for s in run.of(workload.name, "plain")}
    hits = max((s.facts.get("hits", 0) for s in run.of(workload.name, "lineprof")), default=0)
    for tool in workload.tools:
        samples = run.of(workload.name, tool)
        failed = [s.facts["failed"] for s in samples if "failed" in s.facts]
        if failed:
            yield f"{workload.title}: {tool} failed: {failed[0]}"
            continue
        raised = sum(s.facts.get("error_count", 0) for s in samples)
        if raised:
            kinds = sorted({error for s in samples for error in s.facts.get("errors", [])})
            yield (
                f"{workload.title}: {tool} raised {raised} exceptions into the program in "
                f"{len(samples)} runs: {'; '.join(kinds)}"
            )
        if any(s.facts.get("result") not in expected for s in samples):
            yield f"{workload.title}: the program's result was wrong under {tool}"
        counted = [s.facts["hits"] for s in samples if "hits" in s.facts]
        if counted and hits and min(counted) < HITS_LOST * hits:
            share = 100 * min(counted) / hits
            yield f"{workload.title}: {tool} counted {share:.0f} % of the hits"
    found = row(run, workload, cpu=cpu) if workload.reach else None
    if found and found.ratio and found.ratio.paired and not found.ratio.at_least:
        distance = found.ratio.value / found.ratio.paired
        if not 1 / DISAGREE < distance < DISAGREE:
            yield (
                f"{workload.title}: disturbed; the ratio round by round is {found.ratio.paired:.1f}"
            )


def misses(results: Results, *, cpu: bool = False) -> list[str]:
    """A line for every limit that was measured and is not met."""
    found = []
    for run in results.pythons:
        measured = {each.workload: each for each in rows(run, cpu=cpu)}
        for workload in WORKLOADS:
            if not workload.reach or not run.of(workload.name, "plain"):
                continue
            each = measured.get(workload)
            if each is None or each.ratio is None:
                found.append(f"{run.version}: {workload.title}: could not be measured")
            elif not each.meets:
                found.append(f"{run.version}: {workload.title}: {each.ratio}")
        for figure in FIGURES:
            value = figure.value(run, cpu)
            if value is not None and figure.meets(value, run.minor) is False:
                found.append(f"{run.version}: {figure.title}: {figure.show(value)}")
    return found


def render(results: Results, *, cpu: bool = False) -> str:
    """The whole report."""
    parts = [_header(results, cpu)]
    for run in results.pythons:
        found = rows(run, cpu=cpu)
        if found:
            parts.append(f"## Python {run.version}\n\n{_about(run)}\n")
            parts.append(_table(_WORKLOAD_HEAD, (_cells(each) for each in found)))
        remarks = notes(run, cpu=cpu)
        if remarks:
            parts.append("\n".join(f"* {remark}" for remark in remarks) + "\n")
    figures = [_figure_cells(figure, results.pythons, cpu) for figure in FIGURES]
    shown = [cells for cells in figures if any(cells[1:-1])]
    if shown:
        head = ["figure", *(run.version for run in results.pythons), "at most"]
        parts.append("## Single figures\n")
        parts.append(_table(head, shown))
    missed = misses(results, cpu=cpu)
    parts.append("Limits not met:\n" if missed else "All limits measured are met.\n")
    parts.append("\n".join(f"* {miss}" for miss in missed) + "\n" if missed else "")
    return "\n".join(part for part in parts if part)


def _header(results: Results, cpu: bool) -> str:
    return (
        f"{results.date}, {results.cpu}, {results.cores} cores, {results.system}; "
        f"load before the run {results.load:.1f}.\n"
        f"{results.rounds} rounds{', quick sizes' if results.quick else ''}; "
        f"{'CPU' if cpu else 'wall'} time, minimum of the rounds; "
        f"line_profiler {results.line_profiler}.\n"
    )


def _about(run: PythonRun) -> str:
    build = "profile-guided build" if run.optimised else "build without profile-guided optimisation"
    core, clock = run.fact("lineprof", "core"), run.fact("lineprof", "clock")
    ours = f"; lineprof's core: {core}, clock: {clock}" if core else ""
    return f"CPython, {build}{ours}."


_WORKLOAD_HEAD = (
    "workload",
    "plain",
    "lineprof",
    "line_profiler",
    "cProfile",
    "ns/line",
    "floor",
    "added ratio",
    "at least",
    "",
)


def _cells(found: Row) -> list[str]:
    factors = dict(found.factors)
    return [
        found.workload.title,
        f"{found.plain:.4f} s",
        *(
            f"{factors[tool]:.2f} x" if tool in factors else "-"
            for tool in ("lineprof", "line_profiler", "cprofile")
        ),
        "-" if found.ns_per_line is None else f"{found.ns_per_line:.1f}",
        "" if found.floor_ns is None else f"{found.floor_ns:.1f}",
        "-" if found.ratio is None else str(found.ratio),
        "" if found.demanded is None else f"{found.demanded:g}",
        _verdict(found.meets),
    ]


def _figure_cells(figure: Figure, runs: Iterable[PythonRun], cpu: bool) -> list[str]:
    cells, limits = [figure.title], []
    for run in runs:
        value = figure.value(run, cpu)
        limit = figure.limits.on(run.minor)
        limits.append("none" if limit is None else figure.show(limit).lstrip("+"))
        if value is None:
            cells.append("")
        else:
            cells.append(f"{figure.show(value)} {_verdict(figure.meets(value, run.minor))}".strip())
    common = limits if len(set(limits)) > 1 else limits[:1]
    return [*cells, ", ".join(common)]


def _verdict(meets: bool | None) -> str:
    return {True: "ok", False: "MISS", None: ""}[meets]


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [list(head), *map(list, body)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    text = [_line(lines[0], widths), f"| {' | '.join(rule)} |"]
    text += [_line(line, widths) for line in lines[1:]]
    return "\n".join(text) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    others = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return f"| {' | '.join([first, *others])} |"
