"""Fibonacci the slow way; `size` is the number."""

from __future__ import annotations

from benchmarks.injected import profile


@profile
def fib(n: int) -> int:
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def run(size: int) -> int:
    return fib(size)
