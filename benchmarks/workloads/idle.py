"""Programs in which nothing is measured: they must run as if there were no profiler.

With the argument "uncalled" a function is profiled that is never called; with "none", no function
is. The work is sorting, dictionaries and small objects, in functions that are not profiled, `size`
times over the same few points. A working set that fits into the cache is disturbed least, and a
difference of one per cent has to show.
"""

from __future__ import annotations

from benchmarks.injected import profile

POINTS = 500


class Point:
    def __init__(self, x: int, y: int) -> None:
        self.x = x
        self.y = y

    def distance(self, other: Point) -> int:
        return abs(self.x - other.x) + abs(self.y - other.y)


def points(n: int) -> list[Point]:
    value = 1
    result = []
    for _ in range(n):
        value = (value * 1103515245 + 12345) & 0x7FFFFFFF
        result.append(Point(value & 1023, value >> 20))
    return result


def neighbours(cloud: list[Point]) -> dict[int, int]:
    counts: dict[int, int] = {}
    previous = cloud[-1]
    for point in sorted(cloud, key=lambda p: (p.x, p.y)):
        distance = point.distance(previous)
        counts[distance] = counts.get(distance, 0) + 1
        previous = point
    return counts


def uncalled(cloud: list[Point]) -> int:
    total = 0
    for point in cloud:
        total += point.x
    return total


def prepare(argument: str, size: int) -> None:
    if argument == "uncalled":
        globals()["uncalled"] = profile(uncalled)


def run(size: int) -> int:
    total = 0
    for _ in range(size):
        for distance, count in neighbours(points(POINTS)).items():
            total += distance * count
    return total
