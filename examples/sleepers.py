"""Nested calls that sleep for known times, so that a listing can be checked by hand.

    kernprof -l -v sleepers.py [MILLISECONDS]

One sleep takes 10 ms unless told otherwise. What a line takes, in sleeps:

    function      line             hits   Time   Self
    day           work(200)           1    200      0   all in work and short_task
                  nap(50)             1     50     50   nap is not profiled
                  countdown(10)       1     10      0   all in countdown
    work          short_task()      100    100      0   all in short_task
                  time.sleep()      100    100    100
    short_task    time.sleep()      100    100    100
    countdown     time.sleep()       10     10     10
                  countdown()        10      9      0   not 9 + 8 + ... + 0: while a line is
                                                        open more than once it counts once

`python -m lineprof --columns hits,time,self sleepers.py.lprof` shows the column Self.
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
