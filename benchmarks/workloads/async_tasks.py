"""A hundred tasks that take turns on one event loop; `size` is the number of steps of each."""

from __future__ import annotations

import asyncio

from benchmarks.injected import profile

TASKS = 100


@profile
async def step(value: int) -> int:
    await asyncio.sleep(0)
    return (value * 31 + 7) & 0xFFFF


@profile
async def worker(number: int, steps: int) -> int:
    value = number
    for _ in range(steps):
        value = await step(value)
    return value


async def everybody(steps: int) -> int:
    results = await asyncio.gather(*(worker(number, steps) for number in range(TASKS)))
    return sum(results)


def run(size: int) -> int:
    return asyncio.run(everybody(size))
