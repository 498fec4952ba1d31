"""Nested calls that sleep for known times, so that a listing can be checked by hand.

    kernprof -l -v sleepers.py [MILLISECONDS]

One sleep takes 10 ms unless told otherwise. By lines, in sleeps:

    day      `work(200)`       1 hit,   200 sleeps, none of them its own: work is profiled too
             `nap(50)`         1 hit,    50 sleeps, all of them its own: nap is not
    work     `short_task()`  100 hits,  100 sleeps, not its own
             `time.sleep`    100 hits,  100 sleeps, its own
    short_task               100 hits,  100 sleeps, its own
    countdown                 11 hits,   10 sleeps on the line that sleeps; the line that calls
                             countdown again lasts 9 sleeps, not 9 + 8 + ... + 0: what is open
                             more than once is counted once

The column Self (`python -m lineprof --columns ...`) shows a line's own part.
"""

from __future__ import annotations

import sys
import time

try:
    profile  # noqa: B018
except NameError:  # run without kernprof

    def profile(function):
        return function


SLEEP = (float(sys.argv[1]) if len(sys.argv) > 1 else 10.0) / 1000


@profile
def day():
    work(200)
    nap(50)
    countdown(10)


@profile
def work(sleeps):
    for _ in range(sleeps // 2):
        short_task()
        time.sleep(SLEEP)


@profile
def short_task():
    time.sleep(SLEEP)


def nap(sleeps):
    for _ in range(sleeps):
        time.sleep(SLEEP)


@profile
def countdown(left):
    if left == 0:
        return
    time.sleep(SLEEP)
    countdown(left - 1)


if __name__ == "__main__":
    day()
    print(f"slept 260 times {SLEEP * 1000:g} ms")
