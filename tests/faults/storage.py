"""Reads damaged files in every way, for a given time."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from lineprof.files import lprof

from .profiles import damaged, sound
from .readers import FaultError, read_every_way

MEMORY = 3 << 30
"""Bytes of memory for the process, on systems that can limit it."""


def fuzz_storage(first: int, seconds: int) -> bool:
    """Read files with this seed and the following ones; True if no fault was found."""
    _limit_memory()
    end = time.monotonic() + seconds
    seed, accepted, faults = first, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        lprof.save(sound()[0], Path(folder, "sound.lprof"))
        while time.monotonic() < end:
            try:
                accepted += read_every_way(damaged(seed), Path(folder))
            except FaultError as error:
                faults += 1
                print(f"seed {seed}: {error}", flush=True)
            seed += 1
    print(f"seeds {first} to {seed - 1}: {accepted} files accepted, {faults} faults")
    return not faults


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
