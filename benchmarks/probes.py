"""Measurements that are not the time of a workload; each runs in a child process of its own."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from benchmarks.tools import TOOLS
from benchmarks.workloads import long_function


def register(job: dict[str, Any]) -> dict[str, Any]:
    """Time to decorate a function of `lines` lines, the first of that length in the process."""
    tool = TOOLS[job["tool"]]()
    tool.decorate(long_function.make(20))
    function = long_function.make(job["lines"])
    start = time.perf_counter()
    tool.decorate(function)
    return {"seconds": [time.perf_counter() - start], "cpu": [], "facts": {}}


def switch(job: dict[str, Any]) -> dict[str, Any]:
    """Time to enable and disable a profiler with so many functions that has been enabled often."""
    from lineprof import LineProfiler

    profiler = LineProfiler()
    for number in range(job["functions"]):
        space: dict[str, Any] = {}
        exec(f"def f():\n    return {number}\n", space)
        profiler.add_function(space["f"])
    turns = max(1, 300 // job["functions"])
    seconds = []
    for _ in range(40):
        start = time.perf_counter()
        for _ in range(turns):
            profiler.enable()
            profiler.disable()
        seconds.append((time.perf_counter() - start) / turns)
    return {"seconds": [min(seconds)], "cpu": [], "facts": {}}


def memory(job: dict[str, Any]) -> dict[str, Any]:
    """Bytes by which the process grows as `threads` threads run a function of `lines` lines.

    All threads are alive when it is measured. One more runs first and stays, so what exists once
    per function or per process is there already.
    """
    tool = TOOLS[job["tool"]]()
    function = tool.decorate(long_function.make(job["lines"]))
    ran = threading.Semaphore(0)
    measured = threading.Event()

    def thread() -> None:
        function(1)
        ran.release()
        measured.wait()

    first, *others = [threading.Thread(target=thread) for _ in range(job["threads"] + 1)]
    first.start()
    ran.acquire()
    before = resident()
    for each in others:
        each.start()
    for _ in others:
        ran.acquire()
    grown = resident() - before
    measured.set()
    for each in (first, *others):
        each.join()
    return {"seconds": [], "cpu": [], "facts": {"bytes": grown}}


def resident() -> int:
    """Bytes of memory the process has in use; 0 if the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
