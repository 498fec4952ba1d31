"""Adds up what the processes of a run have in their shards."""

from __future__ import annotations

import os
from dataclasses import replace

from ..code.source_text import function_source
from ..measure.shard_about import ShardSum
from ..model.profile import Edge, Function, FunctionKey, Line, Profile
from .folder import RunFolder, parsed


def collect(folder: RunFolder, *, own: Profile) -> Profile:
    """The profile of this process with the numbers of all others; what is damaged is left out."""
    total = ShardSum()
    mine = {run.pid for run in own.runs}
    # Processes spell a file in different ways; here it is as this process spells it.
    spelled = {os.path.realpath(f.key.file): f.key.file for f in own.functions}

    def key_of(about: bytes) -> FunctionKey:
        file, line, name, *_ = parsed(about.decode("ascii"))
        return FunctionKey(spelled.get(file, file), line, name)

    for path in folder.shards():
        try:
            with open(path, "rb") as file:
                data = file.read()
            if os.path.basename(path).partition("-")[0] in map(str, mine):
                # Its own shard, or that of a child that it has forked.
                header = ShardSum().add(data)[0]
                if header["pid"] in mine:
                    continue
            total.add(data)
        except (OSError, ValueError) as error:
            folder.add_fault(f"the numbers of a process are missing: {error}")
    texts = {function.key: function.source for function in own.functions}
    others: list[Function] = []
    for about, calls, time, cost, lines, edges in total.functions():
        key = key_of(about)
        others.append(
            Function(
                key,
                calls,
                time,
                cost,
                tuple(Line(*numbers) for numbers in lines),
                tuple(Edge(line, key_of(callee), *numbers) for line, callee, *numbers in edges),
                texts.get(key) or function_source(key.file, key.first_line),
            )
        )
    if not others:
        return own
    both = own + Profile(own.runs, tuple(sorted(others, key=lambda f: f.key)))
    return replace(both, runs=own.runs)
