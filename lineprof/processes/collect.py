"""Adds up what the processes of a run have in their shards."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from .._version import __version__
from ..code.source_text import function_source
from ..measure.shard_about import ShardSum
from ..model.profile import (
    ENDED,
    FAULTS_LIMIT,
    PROCESSES_LIMIT,
    RUNNING,
    Edge,
    Function,
    FunctionKey,
    Line,
    Process,
    Profile,
    Run,
    bounded,
)
from .folder import RUN, RunFolder, is_running, parsed


def collect(folder: RunFolder, *, own: Profile, label: str = "") -> Profile:
    """The profile of this process with the numbers of all others; what is damaged is left out.

    label: what this process is called.
    """
    found = _Shards(folder, own, own=True)
    if not found.processes:
        return replace(own, faults=found.faults)
    (run,) = own.runs
    functions = tuple(replace(function, source=None) for function in own.functions)
    first = Process(
        run.pid,
        run.host,
        label,
        " ".join(run.argv),
        run.python,
        run.started,
        run.duration,
        time=max((function.total for function in functions), default=0),
        functions=functions,
    )
    return found.with_processes(own, [first, *found.processes])


def collect_left(folder: RunFolder) -> Profile:
    """The profile of a run whose owner could not make it, as when it was killed.

    OSError or ValueError if the folder is of no run.
    """
    about = folder.read(RUN)
    found = _Shards(folder, Profile((), ()), own=False)
    owner = next((p for p in found.processes if p.pid == about.get("owner")), Process())
    run = Run(
        lineprof=__version__,
        python=owner.python,
        argv=(owner.command,) if owner.command else (),
        started=owner.started or min((p.started for p in found.processes), default=0.0),
        duration=owner.duration,
        pid=owner.pid,
        host=owner.host,
        core=found.core,
        clock=str(about.get("clock", "")),
        cut_short="" if owner.ending == RUNNING else "an end that nobody saw",
    )
    return found.with_processes(Profile((run,), ()), found.processes)


class _Shards:
    """What there is in the shards of a folder.

    profile: of the process that collects; own: its shard is among them and to be passed over.
    """

    def __init__(self, folder: RunFolder, profile: Profile, *, own: bool) -> None:
        self.processes: list[Process] = []
        self.core = ""
        self._total = ShardSum()
        self._host = os.uname().nodename if hasattr(os, "uname") else ""
        self._mine = {run.pid for run in profile.runs} if own else set()
        # Processes spell a file in different ways; here it is as this process spells it.
        self._spelled = {os.path.realpath(f.key.file): f.key.file for f in profile.functions}
        self._key_of = cache(self._read_key)
        paths = folder.shards()
        # Beyond the limit no lines of a single process are kept.
        self._lines = len(paths) <= PROCESSES_LIMIT
        damaged = []
        for path in paths:
            try:
                self._add(path)
            except (OSError, ValueError) as error:
                damaged.append(f"the numbers of a process are missing: {error}")
        said = dict.fromkeys([*folder.faults(), *damaged])
        self.faults = tuple(said)[:FAULTS_LIMIT]

    def _read_key(self, about: bytes) -> FunctionKey:
        file, line, name, *_ = parsed(about.decode("ascii"))
        return FunctionKey(self._spelled.get(file, file), line, name)

    def _add(self, path: str) -> None:
        with open(path, "rb") as file:
            data = file.read()
        # Named so is its own shard, and those of children that it has forked.
        is_near = os.path.basename(path).partition("-")[0] in map(str, self._mine)
        if is_near and ShardSum().add(data)[0]["pid"] in self._mine:
            return
        header, notes, rows = self._total.add(data, lines=self._lines)
        if rows:
            self.processes.append(self._process(header, notes, self._functions(rows)))
            self.core = self.core or str(header["core"])

    def _process(
        self, header: dict[str, Any], notes: Sequence[bytes], functions: tuple[Function, ...]
    ) -> Process:
        about: dict[str, Any] = {}
        for note in notes:
            about |= parsed(note.decode("ascii"))
        pid, started, last = header["pid"], header["started"], header["last"]
        return Process(
            pid,
            self._host,
            str(about.get("label", "")),
            " ".join(map(str, about.get("argv", ()))),
            str(about.get("python", "")),
            started / 1e9,
            max(0, last - started),
            RUNNING if is_running(pid, header["born"]) else ENDED,
            header["lost"],
            max(function.total for function in functions),
            functions,
        )

    def _functions(self, rows: Sequence[Any]) -> tuple[Function, ...]:
        key_of = self._key_of
        functions = [
            Function(
                key_of(about),
                calls,
                time,
                cost,
                tuple(Line(*numbers) for numbers in lines),
                tuple(Edge(line, key_of(callee), *numbers) for line, callee, *numbers in edges),
            )
            for about, calls, time, cost, lines, edges in rows
        ]
        functions.sort(key=lambda function: function.key)
        return tuple(functions)

    def with_processes(self, own: Profile, processes: Sequence[Process]) -> Profile:
        """A profile with the numbers of all shards, and these processes."""
        texts = {function.key: function.source for function in own.functions}
        others = tuple(
            replace(f, source=texts.get(f.key) or function_source(f.key.file, f.key.first_line))
            for f in self._functions(self._total.functions())
        )
        both = own + Profile(own.runs, others)
        few, crowd = bounded(processes)
        return replace(both, runs=own.runs, processes=few, crowd=crowd, faults=self.faults)
