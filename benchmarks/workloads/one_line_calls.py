"""A one-line function, called from a loop that is not profiled: what a call costs."""

from __future__ import annotations

from benchmarks.injected import profile


@profile
def one_line(i: int) -> int:
    return i & 7


def run(size: int) -> int:
    total = 0
    for i in range(size):
        total += one_line(i)
    return total
