"""A profiled caller whose work is all done by Python functions that are not profiled.

The callees are short and call one another, so the cost of a profiler that looks at every line or
every call of the program shows.
"""

from __future__ import annotations

from benchmarks.injected import profile

LENGTH = 12


def clip(value: int) -> int:
    if value > 200:
        return 200
    return value


def series(seed: int) -> list[int]:
    values = []
    for _ in range(LENGTH):
        seed = (seed * 69069 + 1) & 0xFFFFFF
        values.append(clip(seed >> 16))
    return values


def spread(values: list[int]) -> int:
    low = high = values[0]
    for value in values:
        if value < low:
            low = value
        elif value > high:
            high = value
    return high - low


@profile
def caller(size: int) -> int:
    total = 0
    for seed in range(size):
        values = series(seed)
        total += spread(values)
    return total


def run(size: int) -> int:
    return caller(size)
