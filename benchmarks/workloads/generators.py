"""Four generators, one feeding the next; `size` is the number of records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.injected import profile


@profile
def numbers(n: int) -> Iterator[int]:
    value = 1
    for _ in range(n):
        value = (value * 1103515245 + 12345) & 0x7FFFFFFF
        yield value


@profile
def records(values: Iterable[int]) -> Iterator[tuple[str, int]]:
    for value in values:
        name = "even" if value & 65536 else "odd"
        yield name, value >> 8


@profile
def only(name: str, pairs: Iterable[tuple[str, int]]) -> Iterator[int]:
    for key, value in pairs:
        if key == name:
            yield value


@profile
def total(values: Iterable[int]) -> int:
    result = 0
    for value in values:
        result += value
    return result


def run(size: int) -> int:
    return total(only("even", records(numbers(size))))
