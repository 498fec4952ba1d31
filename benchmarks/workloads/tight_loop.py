"""A loop of three short lines: what a line costs, and nothing else."""

from __future__ import annotations

from benchmarks.injected import profile


@profile
def tight(n: int) -> int:
    total = 0
    for i in range(n):
        low = i & 7
        high = low + 1
        total += high
    return total


def run(size: int) -> int:
    return tight(size)
