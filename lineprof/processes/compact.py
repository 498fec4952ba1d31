"""Keeps the folder of a run small, however many processes the program forks.

Each child of a fork has a file of its own, which stays when the child has ended. A process that
forks often adds up those of its children: they are moved into a folder, BATCH, their sum becomes
BATCH.lprof, and the folder goes. Whoever collects reads a folder, or its sum if there is one, so
nothing is lost or counted twice whenever a process is killed.
"""

from __future__ import annotations

import os
from time import time_ns

from ..files.lprof import save
from ..model.profile import Profile, of_crowd
from .collect import Shards, header_of
from .folder import BATCH, RunFolder, is_running, remove_files

FEWEST = 64
"""It is not worth the work for fewer."""


def compact(folder: RunFolder) -> None:
    """Add up the shards of this process's children that have ended; OSError or ValueError."""
    ended = [path for path in folder.shards() if _is_done(path)]
    if len(ended) < FEWEST:
        return
    batch = os.path.join(folder.path, f"{os.getpid()}-{time_ns()}{BATCH}")
    os.mkdir(batch, 0o700)
    for path in ended:
        os.rename(path, os.path.join(batch, os.path.basename(path)))
    found = Shards(batch, lines=False)
    processes, crowd = of_crowd(found.processes)
    save(
        Profile((), found.functions(), (), processes, crowd, tuple(found.faults)), f"{batch}.lprof"
    )
    remove_files(batch)


def _is_done(path: str) -> bool:
    if os.path.basename(path).partition("-")[0] != str(os.getpid()):
        return False
    try:
        header = header_of(path)
    except (OSError, ValueError):
        return False  # whoever collects will say so
    # 0: it has not begun yet.
    pid = header["pid"]
    return pid not in (0, os.getpid()) and not is_running(pid, header["born"])
