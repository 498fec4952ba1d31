"""What was measured, as plain values; reads and writes the JSON of a run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """One process: one tool's run of one workload."""

    workload: str
    tool: str
    round: int
    seconds: tuple[float, ...]
    """Wall time of each repetition inside the process."""
    cpu: tuple[float, ...] = ()
    """CPU time of the process during each of them."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What else the process reported: result, hits, errors, core, clock..."""


@dataclass(frozen=True, slots=True)
class PythonRun:
    """All samples taken with one interpreter."""

    version: str
    optimised: bool
    """Whether it was built with `--enable-optimizations` (profile-guided)."""
    samples: tuple[Sample, ...]

    @property
    def minor(self) -> tuple[int, int]:
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)

    def of(self, workload: str, tool: str) -> tuple[Sample, ...]:
        """The samples of that workload under that tool, round by round."""
        return tuple(s for s in self.samples if (s.workload, s.tool) == (workload, tool))

    def fact(self, tool: str, name: str) -> Any:
        """The first fact called `name` that any sample of the tool reported, or None."""
        said = (s.facts[name] for s in self.samples if s.tool == tool and name in s.facts)
        return next(said, None)


@dataclass(frozen=True, slots=True)
class Results:
    """One run of the benchmarks."""

    date: str
    cpu: str
    cores: int
    system: str
    load: float
    """Load average over the minute before the run: 0 on an idle machine."""
    rounds: int
    quick: bool
    line_profiler: str
    pythons: tuple[PythonRun, ...]


def to_json(results: Results) -> str:
    return json.dumps({"format": FORMAT, **asdict(results)}, indent=1) + "\n"


def from_json(text: str) -> Results:
    """ValueError if the text is not what `to_json` writes."""
    try:
        data = json.loads(text)
        if data.pop("format") != FORMAT:
            raise ValueError("written by another version of the benchmarks")
        data["pythons"] = tuple(_python(each) for each in data["pythons"])
        return Results(**data)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a result of the benchmarks: {error!r}") from None


def load(path: Path) -> Results:
    return from_json(path.read_text(encoding="utf-8"))


def _python(data: dict[str, Any]) -> PythonRun:
    return PythonRun(**{**data, "samples": tuple(_samples(data["samples"]))})


def _samples(data: Iterable[dict[str, Any]]) -> Iterable[Sample]:
    for each in data:
        yield Sample(**{**each, "seconds": tuple(each["seconds"]), "cpu": tuple(each["cpu"])})
