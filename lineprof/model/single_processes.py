"""Of a profile of many processes: one of them alone, or all side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..errors import LineprofError
from .profile import RUNNING, Function, FunctionKey, Process, Profile

BY = ("process", "host")


def of_process(profile: Profile, wanted: str) -> Profile:
    """The numbers of the processes with this number or label alone.

    LineprofError if there is none.
    """
    known = _known(profile)
    found = [p for p in known if wanted in (str(p.pid), p.label)]
    if not found:
        names = ", ".join(names_of(known))
        raise LineprofError(f"no process {wanted!r} in this profile; there are {names}")
    functions = _summed(profile, found)
    return Profile(profile.runs, functions, processes=tuple(found))


def side_by_side(profile: Profile, by: str) -> Profile:
    """The functions of each process, or host, as functions of their own: "work in Worker-1".

    LineprofError if the profile is of one process.
    """
    known = _known(profile)
    names = [p.host for p in known] if by == "host" else names_of(known)
    groups: dict[str, list[Process]] = {}
    for name, process in zip(names, known, strict=True):
        groups.setdefault(name, []).append(process)
    functions: list[Function] = []
    for name, group in groups.items():
        functions += _renamed(_summed(profile, group), _suffix(name))
    functions.sort(key=lambda function: function.key)
    return replace(profile, functions=tuple(functions), threads=())


def said(profile: Profile) -> str:
    """A sentence on how many processes there were; empty if it is of one, or none is known."""
    crowd = profile.crowd
    count = len(profile.processes) if crowd is None else crowd.count
    if count < 2:
        return ""
    text = f"{count} processes were measured"
    if profile.processes:
        longest = max(profile.processes, key=lambda process: process.time)
        text += f"; {longest.name} took longest"
    running = sum(p.ending == RUNNING for p in profile.processes)
    if running := running if crowd is None else crowd.running:
        text += f"; {running} of {count} {'was' if running == 1 else 'were'} still running"
    lost = sum(p.lost for p in profile.processes) if crowd is None else crowd.lost
    if lost:
        text += f"; {lost} bytes of their numbers could not be kept"
    return f"{text}."


def _known(profile: Profile) -> Sequence[Process]:
    if profile.crowd is not None:
        raise LineprofError(
            f"this profile is of {profile.crowd.count} processes: the numbers of each are kept up "
            "to 256"
        )
    if not profile.processes:
        raise LineprofError("this profile is of one process")
    return profile.processes


def names_of(processes: Iterable[Process]) -> list[str]:
    """What to call each: its label, with its number if others have the same."""
    found = [process.name for process in processes]
    counts = Counter(found)
    return [
        name if counts[name] == 1 else f"{name} ({process.pid})"
        for name, process in zip(found, processes, strict=True)
    ]


def _summed(profile: Profile, processes: Sequence[Process]) -> tuple[Function, ...]:
    """The functions of these processes together, with their source."""
    texts = {function.key: function.source for function in profile.functions}
    parts = [Profile((), process.functions) for process in processes]
    return tuple(
        replace(function, source=texts.get(function.key))
        for function in Profile.sum(parts).functions
    )


def _suffix(name: str) -> Callable[[FunctionKey], FunctionKey]:
    return lambda key: replace(key, name=f"{key.name} in {name}")


def _renamed(
    functions: Iterable[Function], rename: Callable[[FunctionKey], FunctionKey]
) -> list[Function]:
    return [
        replace(
            function,
            key=rename(function.key),
            edges=tuple(replace(edge, callee=rename(edge.callee)) for edge in function.edges),
        )
        for function in functions
    ]
