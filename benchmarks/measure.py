"""From samples to numbers; `benchmarks/__init__.py` says why these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.results import Sample

LEAST_RESOLUTION = 0.001
"""Differences below this share of the plain time always count as noise."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Added time of one tool over that of another."""

    value: float
    at_least: bool
    """The divisor was below the resolution of the run: the true ratio may be larger."""
    paired: float | None
    """Median of the ratios of neighbouring processes; None if there is no such ratio."""

    def __str__(self) -> str:
        digits = 1 if self.value < 100 else 0
        return f"{'>= ' if self.at_least else ''}{self.value:.{digits}f}"


def times(samples: Sequence[Sample], *, cpu: bool = False) -> list[float]:
    """The best repetition of each process, in seconds, in the order of the rounds."""
    ordered = sorted(samples, key=lambda sample: sample.round)
    return [min(sample.cpu if cpu else sample.seconds) for sample in ordered]


def factor(plain: Sequence[float], tool: Sequence[float]) -> float:
    """How many times longer the tool makes the program run."""
    return min(tool) / min(plain)


def added(plain: Sequence[float], tool: Sequence[float]) -> float:
    """Seconds the tool adds; negative if noise is larger."""
    return min(tool) - min(plain)


def resolution(plain: Sequence[float]) -> float:
    """The smallest addition in seconds that differs from nothing.

    It is the distance between the two best processes of the plain run. If the plain minimum is too
    high by that much, the tool looks that much cheaper. (If the tool's own minimum is too high, the
    tool only looks dearer.)
    """
    best = sorted(plain)[:2]
    return max(best[-1] - best[0], LEAST_RESOLUTION * best[0])


def added_ratio(plain: Sequence[float], other: Sequence[float], ours: Sequence[float]) -> Ratio:
    """Added time of `other` over added time of `ours`."""
    divisor = added(plain, ours)
    smallest = resolution(plain)
    value = added(plain, other) / max(divisor, smallest)
    return Ratio(value, divisor < smallest, _paired(plain, other, ours))


def _paired(plain: Sequence[float], other: Sequence[float], ours: Sequence[float]) -> float | None:
    rounds = zip(plain, other, ours, strict=False)
    ratios = [(theirs - base) / (own - base) for base, theirs, own in rounds if own > base]
    return median(ratios) if ratios else None


def median_ratio(numerators: Sequence[float], divisors: Sequence[float]) -> float:
    """Median over the rounds of one number over another of the same round."""
    return median(n / d for n, d in zip(numerators, divisors, strict=True))
