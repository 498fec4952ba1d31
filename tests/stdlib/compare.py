"""Verdicts of a module, plain and measured, next to each other."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import perf_counter

from .child import PLAIN
from .modules import exemption, library_of

CHILD = Path(__file__).with_name("child.py")
TIMEOUT = 900
Counts = Mapping[str, int]


@dataclass(frozen=True)
class Run:
    """What one run of a module gave.

    verdicts: by test, how often each was given.
    why: by test, the traceback.
    functions, hits: that were measured.
    crash: how the process ended if it did not end well, and what it wrote last.
    seconds: that it took.
    """

    verdicts: Mapping[str, Counts] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    functions: int = 0
    hits: int = 0
    crash: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Difference:
    """A test whose verdicts differ; why: what the measured run said."""

    test: str
    plain: Counts
    measured: Counts
    why: str


@dataclass(frozen=True)
class Comparison:
    """A module on one event source.

    differences: none are expected.
    exempt: those that are; see `modules.EXEMPTIONS`.
    unsteady: tests whose verdict differed once, but not when run again.
    """

    module: str
    core: str
    plain: Run
    measured: Run
    differences: tuple[Difference, ...]
    exempt: tuple[Difference, ...] = ()
    unsteady: tuple[str, ...] = ()


@cache
def python_of(executable: str) -> tuple[tuple[int, int], tuple[str, ...], str]:
    """Its version, its event sources, and the reason if it cannot be used."""
    script = """
import importlib.util, json, sys
why = ""
if importlib.util.find_spec("test") is None or importlib.util.find_spec("test.support") is None:
    why = "this Python came without its own test suite"
elif importlib.util.find_spec("lineprof._core") is None:
    why = "lineprof is not installed there"
cores = ()
if not why:
    from lineprof import _core
    cores = _core.CORES
print(json.dumps([sys.version_info[:2], cores, why]))
"""
    done = subprocess.run(
        [executable, "-P", "-c", script], capture_output=True, text=True, check=True
    )
    version, cores, why = json.loads(done.stdout)
    return (version[0], version[1]), tuple(cores), why


def has_module(executable: str, module: str) -> bool:
    script = (
        f"import importlib.util, sys; sys.exit(importlib.util.find_spec('test.{module}') is None)"
    )
    return subprocess.run([executable, "-P", "-c", script], check=False).returncode == 0


def run(executable: str, core: str, module: str) -> Run:
    """Run one module of the suite in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "verdicts.json"
        began = perf_counter()
        with (Path(folder) / "log").open("w+", errors="replace") as log:
            try:
                status: object = subprocess.run(
                    [executable, str(CHILD), str(output), core, module, *library_of(module)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONFAULTHANDLER": ""},
                    start_new_session=True,  # some tests signal their whole process group
                    timeout=TIMEOUT,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                status = f"not done after {TIMEOUT} s"
            log.seek(0)
            said = log.read()[-4000:]
        seconds = perf_counter() - began
        if status != 0 or not output.exists():
            return Run(crash=f"status {status}\n{said}", seconds=seconds)
        return Run(**json.loads(output.read_text()), seconds=seconds)


def differences(plain: Run, measured: Run) -> tuple[Difference, ...]:
    """The tests whose verdicts differ between two runs."""
    tests = sorted(plain.verdicts.keys() | measured.verdicts.keys())
    found = [
        Difference(
            test,
            plain.verdicts.get(test, {}),
            measured.verdicts.get(test, {}),
            measured.why.get(test) or plain.why.get(test, ""),
        )
        for test in tests
        if plain.verdicts.get(test) != measured.verdicts.get(test)
    ]
    if plain.crash != measured.crash and (plain.crash == "") != (measured.crash == ""):
        ended = [{"ended": 1} if not one.crash else {"crash": 1} for one in (plain, measured)]
        found = [Difference("the process", ended[0], ended[1], measured.crash or plain.crash)]
    return tuple(found)


def compare(executable: str, core: str, module: str, plain: Run | None = None) -> Comparison:
    """Run a module plain and measured; twice, if the verdicts differ.

    plain: a run that there is already.
    """
    version, _cores, _why = python_of(executable)
    plain = plain or run(executable, PLAIN, module)
    measured = run(executable, core, module)
    unsteady: tuple[str, ...] = ()
    found = differences(plain, measured)
    expected = [d for d in found if exemption(d.test, core, version)]
    if len(expected) < len(found):
        again = {
            d.test: d
            for d in differences(run(executable, PLAIN, module), run(executable, core, module))
        }
        unsteady = tuple(d.test for d in found if d.test not in again)
        found = tuple(d for d in found if d.test in again)
    return Comparison(
        module,
        core,
        plain,
        measured,
        tuple(d for d in found if not exemption(d.test, core, version)),
        tuple(d for d in found if exemption(d.test, core, version)),
        unsteady,
    )
