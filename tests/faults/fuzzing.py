"""Fuzzers of the core's C files, each against a model of its own. libFuzzer needs clang."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .building import CHECKED, WARNINGS, Interpreter, copied_tree, run, say, tool

SANITIZED = ("-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined")

# The code under test allocates through fuzz/input.c, which counts blocks and can refuse.
COUNTED = tuple(f"-D{name}=fuzz_{name}" for name in ("malloc", "calloc", "realloc", "free"))


@dataclass(frozen=True)
class Fuzzer:
    tested: tuple[str, ...]
    """Files of csrc."""
    harness: tuple[str, ...]
    """Files of tests/faults/fuzz; input.c is always added."""
    needs_python: bool = False


SHARD = ("shard/file.c", "shard/shard.c")

FUZZERS = {
    "linetable": Fuzzer((*SHARD, "record/linetable.c"), ("fuzz_linetable.c",)),
    "framemap": Fuzzer(("record/framemap.c",), ("fuzz_framemap.c",)),
    "recorder": Fuzzer(
        (
            *SHARD,
            "record/recorder.c",
            "record/recorder_check.c",
            "record/settle.c",
            "record/threads.c",
            "code/registry.c",
            "code/code_info.c",
            "code/bytecode.c",
            "code/line_cost.c",
            "code/line_cost_py311.c",
            "record/linetable.c",
            "record/framemap.c",
            "base/clock.c",
            "base/pace.c",
            "base/timer.c",
            "base/module_arrival.c",
        ),
        ("fuzz_recorder.c", "recorder_model.c"),
        needs_python=True,
    ),
}


def fuzz(python: Interpreter, names: list[str], seconds: int, kept: Path | None) -> bool:
    """Run each fuzzer for so many seconds; True if none finds a fault.

    kept: a folder for inputs; the next run begins with them.
    """
    tool("clang")
    fine = True
    with copied_tree() as tree:
        for name in names or FUZZERS:
            say(f"{name}, {seconds} s" + f", Python {python.version}" * FUZZERS[name].needs_python)
            program = build_fuzzer(name, python, tree)
            corpus = (kept or tree.parent) / name
            corpus.mkdir(parents=True, exist_ok=True)
            fine &= run_fuzzer(program, python, corpus, seconds)
    return fine


def build_fuzzer(name: str, python: Interpreter, tree: Path) -> Path:
    """The program, in a folder of its own beside the tree."""
    fuzzer = FUZZERS[name]
    folder = tree.parent / f"fuzz-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    harness = tree / "tests" / "faults" / "fuzz"
    flags = [*CHECKED, *WARNINGS, *SANITIZED, f"-I{tree / 'csrc'}", f"-I{harness}"]
    linked: list[str] = []
    if fuzzer.needs_python:
        flags += [f"-isystem{include}" for include in python.includes]
        linked = [
            f"-L{python.libraries}",
            f"-lpython{python.library}",
            f"-Wl,-rpath,{python.libraries}",
            *python.links,
        ]
    sources = [tree / "csrc" / file for file in fuzzer.tested]
    sources += [harness / file for file in fuzzer.harness]
    run(["clang", *flags, *COUNTED, "-c", *map(str, sources)], cwd=folder)
    objects = [str(folder / source.with_suffix(".o").name) for source in sources]
    program = folder / "fuzz"
    run(["clang", *flags, str(harness / "input.c"), *objects, *linked, "-o", str(program)])
    return program


def run_fuzzer(program: Path, python: Interpreter, corpus: Path, seconds: int) -> bool:
    """True if no fault was found; an input that fails is left beside the corpus."""
    done = subprocess.run(
        [
            str(program),
            f"-max_total_time={seconds}",
            "-max_len=4096",
            "-timeout=60",
            "-print_final_stats=1",
            f"-artifact_prefix={corpus.parent}/{corpus.name}-",
            str(corpus),
        ],
        # Python leaks at exit; the harness counts our blocks itself.
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0", "PYTHONHOME": python.prefix},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        print(text[-8000:])
    print(*(line for line in text.splitlines() if "number_of_executed_units" in line))
    return done.returncode == 0
