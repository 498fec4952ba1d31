"""Adds up what the processes of a run have in their shards."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from .._version import __version__
from ..code.source_text import function_source
from ..files.lprof import load
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
from .folder import RUN, RunFolder, is_running, parsed, shards_in


def collect(folder: RunFolder, *, own: Profile, label: str = "") -> Profile:
    """The profile of this process with the numbers of all others; what is damaged is left out.

    label: what this process is called.
    """
    (run,) = own.runs
    # Processes spell a file in different ways; here it is as this process spells it.
    spelled = {os.path.realpath(f.key.file): f.key.file for f in own.functions}
    shards, batches = _read(folder, skip=run.pid, spelled=spelled)
    faults = _faults(folder, shards)
    if not shards.processes and not batches:
        return replace(own, faults=faults)
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
    return _summed(own, shards, [first, *shards.processes], batches, faults)


def collect_left(folder: RunFolder) -> Profile:
    """The profile of a run whose owner could not make it, as when it was killed.

    OSError or ValueError if the folder is of no run.
    """
    about = folder.read(RUN)
    shards, batches = _read(folder)
    owner = next((p for p in shards.processes if p.pid == about.get("owner")), Process())
    run = Run(
        lineprof=__version__,
        python=owner.python,
        argv=(owner.command,) if owner.command else (),
        started=owner.started or min((p.started for p in shards.processes), default=0.0),
        duration=owner.duration,
        pid=owner.pid,
        host=owner.host,
        core=shards.core,
        clock=str(about.get("clock", "")),
        cut_short="" if owner.ending == RUNNING else "an end that nobody saw",
    )
    own = Profile((run,), ())
    return _summed(own, shards, shards.processes, batches, _faults(folder, shards))


def header_of(path: str) -> dict[str, Any]:
    """What a shard says of its process; OSError, or ValueError if it is damaged."""
    with open(path, "rb") as file:
        header, _notes, _functions = ShardSum().add(file.read())
    return header


class Shards:
    """What there is in the shards of some folders.

    lines: also of each process; skip: a process whose shard is passed over; spelled: what
    files are called instead.
    """

    def __init__(
        self,
        *folders: str,
        lines: bool,
        skip: int = 0,
        spelled: Mapping[str, str] | None = None,
    ) -> None:
        self.processes: list[Process] = []
        self.faults: list[str] = []
        self.core = ""
        self._lines = lines
        self._skip = skip
        self._spelled = spelled or {}
        self._total = ShardSum()
        self._host = os.uname().nodename if hasattr(os, "uname") else ""
        self._key_of = cache(self._read_key)
        for path in (path for folder in folders for path in shards_in(folder)):
            try:
                self._add(path)
            except (OSError, ValueError) as error:
                self.faults.append(f"the numbers of a process are missing: {error}")

    def functions(self) -> tuple[Function, ...]:
        """The sums, without source."""
        return self._functions(self._total.functions())

    def _read_key(self, about: bytes) -> FunctionKey:
        file, line, name, *_ = parsed(about.decode("ascii"))
        return FunctionKey(self._spelled.get(file, file), line, name)

    def _add(self, path: str) -> None:
        # Named so is the shard of that process, and those of children that it has forked.
        is_near = os.path.basename(path).partition("-")[0] == str(self._skip)
        if is_near and header_of(path)["pid"] == self._skip:
            return
        with open(path, "rb") as file:
            header, notes, rows = self._total.add(file.read(), lines=self._lines)
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


def _read(
    folder: RunFolder, *, skip: int = 0, spelled: Mapping[str, str] | None = None
) -> tuple[Shards, list[Profile]]:
    """The shards of a run, and the sums of those that were added up before."""
    folders, sums = folder.batches()
    paths = [folder.path, *folders]
    # Beyond the limit no lines of a single process are kept.
    few = not sums and sum(len(shards_in(path)) for path in paths) <= PROCESSES_LIMIT
    shards = Shards(*paths, lines=few, skip=skip, spelled=spelled)
    return shards, [_spelled(load(path), spelled or {}) for path in sums]


def _spelled(profile: Profile, spelled: Mapping[str, str]) -> Profile:
    def key(old: FunctionKey) -> FunctionKey:
        return replace(old, file=spelled.get(old.file, old.file))

    functions = tuple(
        replace(
            function,
            key=key(function.key),
            edges=tuple(replace(edge, callee=key(edge.callee)) for edge in function.edges),
        )
        for function in profile.functions
    )
    crowd = profile.crowd
    if crowd is not None:
        spreads = tuple(replace(spread, key=key(spread.key)) for spread in crowd.spreads)
        crowd = replace(crowd, spreads=spreads)
    return replace(profile, functions=functions, crowd=crowd)


def _faults(folder: RunFolder, shards: Shards) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*folder.faults(), *shards.faults]))[:FAULTS_LIMIT]


def _summed(
    own: Profile,
    shards: Shards,
    processes: Sequence[Process],
    batches: Sequence[Profile],
    faults: tuple[str, ...],
) -> Profile:
    few, crowd = bounded(processes)
    others = Profile((), shards.functions(), (), few, crowd, faults)
    both = Profile.sum([own, others, *batches])
    known = {function.key for function in own.functions}
    functions = tuple(
        function
        if function.key in known
        else replace(function, source=function_source(function.key.file, function.key.first_line))
        for function in both.functions
    )
    return replace(both, functions=functions)
