"""Generators and coroutines: where a listing needs the column Await.

    kernprof -l -v pipeline_async.py [ITEMS]

A line of a generator or coroutine takes Time while it runs. While it is suspended, at a `yield`
or `await`, others run: that is Await, and belongs to nobody's Time. `fetch` waits for most of
its life and works for none of it; `readings` is suspended while its consumer works.
"""

from __future__ import annotations

import asyncio
import sys

try:
    profile  # noqa: B018
except NameError:  # run without kernprof

    def profile(function):
        return function


LATENCY = 0.01


@profile
def readings(items):
    for number in range(items):
        yield number % 10


@profile
def smoothed(values):
    level = 0.0
    for value in values:
        level = 0.9 * level + 0.1 * value
        yield level


@profile
async def fetch(number):
    await asyncio.sleep(LATENCY)
    return [number + value for value in smoothed(readings(100))]


@profile
async def arrivals(items):
    for number in range(items):
        yield await fetch(number)


@profile
async def consume(items):
    total = 0.0
    async for batch in arrivals(items):
        total += sum(batch)
    return total


@profile
async def main(items):
    one_by_one = await consume(items)
    together = await asyncio.gather(*(fetch(number) for number in range(items)))
    assert abs(one_by_one - sum(map(sum, together))) < 1e-6
    return one_by_one


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    print(f"total of {count} fetches: {asyncio.run(main(count)):.2f}")
