"""Small functions to be measured."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

has_monitoring = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="sys.monitoring needs Python 3.12"
)


def since(*version: int, why: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(sys.version_info < version, reason=why)


def before(*version: int, why: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(sys.version_info >= version, reason=why)


LONG = 300
"""Lines below the def line that are far for every version (see tests/csrc/test_traps.py)."""


def function(source: str, name: str = "work") -> Callable[..., object]:
    space: dict[str, Callable[..., object]] = {}
    exec(compile(source, "<structure>", "exec", dont_inherit=True), space)
    return space[name]


def long_function(last: str = "return x") -> Callable[..., object]:
    lines = [f"    x = {n}\n" for n in range(LONG)]
    return function(f"def work(xs=()):\n{''.join(lines)}    {last}\n")


def plain(n: int) -> int:
    total = 0
    for i in range(n):
        total += i
    return total


def generator(n: int) -> Iterator[int]:
    for i in range(n):
        n -= 0
        yield i


def consumer(n: int) -> int:
    total = 0
    for i in generator(n):
        total += i
    return total


def fails() -> None:
    raise KeyError


def catches() -> int:
    try:
        fails()
    except KeyError:
        return 1
    return 0


def fib(n: int) -> int:
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


# fmt: off
def returns_at_once() -> int: return 1
# fmt: on
