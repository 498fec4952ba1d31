"""What runs inside the interpreter being measured: `python -P child.py JOB`, JOB being JSON.

Prints one JSON object. Loads the `benchmarks` package by its path: the checkout itself must not
be on `sys.path`, where its `lineprof` would hide the installed one.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import importlib.util
import json
import os
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

if __name__ == "__main__":
    _here = Path(__file__).resolve().parent
    _spec = importlib.util.spec_from_file_location(
        "benchmarks", _here / "__init__.py", submodule_search_locations=[str(_here)]
    )
    assert _spec is not None and _spec.loader is not None
    sys.modules["benchmarks"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["benchmarks"])

from benchmarks import injected
from benchmarks.tools import TOOLS, Tool


def load(name: str, tool: Tool) -> ModuleType:
    """Import the workload with `profile` being the tool's decorator, in builtins too."""
    injected.profile = tool.decorate
    builtins.profile = tool.decorate  # type: ignore[attr-defined]
    return importlib.import_module(f"benchmarks.workloads.{name}")


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Time `repeat` runs of a workload under a tool.

    The job names `tool`, `module`, `argument`, `size` and `repeat`. Answers with `seconds` and
    `cpu` of each repetition, and `facts`: `result`, `errors`, `hits` and `total:NAME` of one
    repetition (the mean), and what the tool says of itself.
    """
    tool = TOOLS[job["tool"]]()
    module = load(job["module"], tool)
    size, repeat = job["size"], job["repeat"]
    if hasattr(module, "prepare"):
        module.prepare(job["argument"], size)
    warm_up = getattr(module, "warm_up", lambda n: module.run(max(1, n // 50)))
    seconds, cpu = [], []
    result: object = None
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        warm_up(size)
        errors = getattr(module, "errors", [])
        errors.clear()
        before = tool.counts()
        for _ in range(repeat):
            gc.collect()
            tool.start()
            cpu_start = time.process_time()
            start = time.perf_counter()
            result = module.run(size)
            stop = time.perf_counter()
            cpu_stop = time.process_time()
            tool.stop()
            seconds.append(stop - start)
            cpu.append(cpu_stop - cpu_start)
    after = tool.counts()
    counts = {key: (value - before.get(key, 0)) // repeat for key, value in after.items()}
    facts = {"result": repr(result), **counts, **tool.facts()}
    if errors:
        facts["errors"] = sorted(set(errors))
        facts["error_count"] = len(errors)
    return {"seconds": seconds, "cpu": cpu, "facts": facts}


def main(argument: str) -> None:
    job = json.loads(argument)
    if job["kind"] == "run":
        answer = run(job)
    else:
        from benchmarks import probes

        answer = getattr(probes, job["kind"])(job)
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
