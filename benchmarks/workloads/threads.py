"""Four threads in one profiled function at the same time; `size` is the work of each.

A profiler that raises into the program does not end the measurement: the exception is kept in
`errors`, and the result of that call is missing from the sum.
"""

from __future__ import annotations

import threading

from benchmarks.injected import profile

THREADS = 4
CALLS = 10

errors: list[str] = []


@profile
def work(n: int) -> int:
    total = 0
    for i in range(n):
        low = i & 7
        total += low
    return total


def run(size: int) -> int:
    barrier = threading.Barrier(THREADS)
    results = [0] * THREADS

    def thread(number: int) -> None:
        barrier.wait()
        for _ in range(CALLS):
            try:
                results[number] += work(size // CALLS)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")

    started = [threading.Thread(target=thread, args=(number,)) for number in range(THREADS)]
    for each in started:
        each.start()
    for each in started:
        each.join()
    return sum(results)
