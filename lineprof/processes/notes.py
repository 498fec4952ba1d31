"""What a process says of itself in its shard: command, label, and how it came to be."""

from __future__ import annotations

import os
import sys
from _weakref import ref

from ..measure.shard_about import quoted
from .folder import VARIABLE, RunFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..measure.profiler import LineProfiler

_RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID")
"""Variables in which launchers of MPI programs number their processes."""

_WORDS, _WORD = 50, 200
"""No longer than this, or a note would not fit."""

_BATCH = 256
_forks = 0
"""How often this process has forked."""

_noted: list[Callable[[], LineProfiler | None]] = []
_argv: list[str] = []


def introduce(profiler: LineProfiler, label: str = "") -> None:
    """Note what this process is, and have processes that it forks do the same."""
    if not _noted and hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
    _noted[:] = [found for found in _noted if found() is not None]
    _noted.append(ref(profiler))
    _argv[:] = map(str, getattr(sys, "argv", None) or sys.orig_argv)
    profiler._note(_text(profiler, label or own_label(), "start"))


def relabel(profiler: LineProfiler, label: str) -> None:
    """Note another label."""
    profiler._note(f'{{"label":{quoted(label)}}}'.encode("ascii"))


def _before_fork() -> None:
    """Once in a while the shards of children that have ended become one."""
    global _forks
    _forks += 1
    if _forks % _BATCH == 0:
        try:
            from .compact import compact

            compact(RunFolder.open(os.environ.get(VARIABLE, "")))
        except Exception:  # they stay as they are
            return


def _after_fork() -> None:
    global _forks
    _forks = 0
    try:
        label = _forked_by_multiprocessing() or own_label()
        for found in _noted:
            if (profiler := found()) is not None:
                profiler._note(_text(profiler, label, "fork"))
    except Exception:  # a process without a name is better than a traceback
        return


def _text(profiler: LineProfiler, label: str, how: str) -> bytes:
    argv = ",".join(quoted(word[:_WORD]) for word in _argv[:_WORDS])
    python = quoted(sys.version.split()[0])
    cost = ",".join(map(str, profiler._picoseconds()))
    return (
        f'{{"argv":[{argv}],"label":{quoted(label)},"python":{python},"cost":[{cost}],'
        f'"how":"{how}"}}'
    ).encode("ascii")


def own_label() -> str:
    """What others call this process: its rank, or its name in multiprocessing or in pytest-xdist;
    "" if it has none."""
    for name in _RANKS:
        if rank := os.environ.get(name):
            return f"rank {rank}"
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        return worker
    for package in ("multiprocessing", "multiprocess", "billiard"):
        module = sys.modules.get(f"{package}.process")
        if module is not None and (name := module.current_process().name) != "MainProcess":
            return str(name)
    return ""


def _forked_by_multiprocessing() -> str:
    """The name of the process that is being started; it is not known as current yet."""
    frame = sys._getframe(1)
    for _ in range(4):
        if frame.f_back is None:
            break
        frame = frame.f_back
        if frame.f_code.co_name == "_launch":
            return str(getattr(frame.f_locals.get("process_obj"), "name", ""))
    return ""
