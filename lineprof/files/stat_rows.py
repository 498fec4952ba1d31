"""Functions in the shape that line_profiler gives them: rows of line, hits and total time."""

import os
from collections.abc import Sequence
from dataclasses import replace

from ..model.profile import Function, FunctionKey, Line, Profile

NANOSECOND = 1e-9  # Seconds of one unit of the model's times

Key = tuple[str, int, str]
"""File (programs also pass a Path), first line and qualified name of a function."""
Row = tuple[int, int, int]  # Line, hits, and total time in units


def key_of(function: Function) -> Key:
    key = function.key
    return (key.file, key.first_line, key.name)


def rows_of(function: Function) -> list[Row]:
    return [(line.number, line.hits, line.total) for line in function.lines]


def function_of(key: Key, rows: Sequence[Row], unit: float) -> Function:
    """The function with these rows, added up by line; `unit`: seconds of one unit of their times.

    Rows say nothing of calls and of time outside other functions: these are 0, and all of it.
    """
    scale = unit / NANOSECOND
    if abs(scale - round(scale)) < 1e-6:
        scale = round(scale)  # integers stay exact however large
    lines: dict[int, Line] = {}
    for number, hits, units in sorted(rows):
        time = round(units * scale)
        line = Line(number, hits, time, time)
        lines[number] = lines[number] + line if number in lines else line
    total = sum(line.total for line in lines.values())
    file, first_line, name = key
    return Function(
        FunctionKey(os.fspath(file), first_line, name), 0, total, 0, tuple(lines.values())
    )


def named_alike(profiles: Sequence[Profile]) -> list[Profile]:
    """The profiles, functions of line_profiler's renamed as ours of the same place are.

    Its older versions keep only the last part of a qualified name, and a script's name as given.
    """
    ours: dict[tuple[str, int, str], set[FunctionKey]] = {}
    for profile in profiles:
        for function in profile.functions:
            ours.setdefault(_place(function.key), set()).add(function.key)
    return [
        _renamed(profile, ours) if _is_of_line_profiler(profile) else profile
        for profile in profiles
    ]


def _is_of_line_profiler(profile: Profile) -> bool:
    # Each file of ours says which version wrote it; theirs know nothing of the kind.
    return all(not run.lineprof for run in profile.runs)


def _renamed(profile: Profile, known: dict[tuple[str, int, str], set[FunctionKey]]) -> Profile:
    functions: dict[FunctionKey, Function] = {}
    for function in profile.functions:
        alike = {key for key in known[_place(function.key)] if _is_fuller_name(key, function.key)}
        if len(alike) == 1:
            function = replace(function, key=alike.pop())  # noqa: PLW2901
        found = functions.get(function.key)
        functions[function.key] = function if found is None else found + function
    return replace(profile, functions=tuple(functions[key] for key in sorted(functions)))


def _place(key: FunctionKey) -> tuple[str, int, str]:
    return (os.path.basename(key.file), key.first_line, key.name.rpartition(".")[2])


def _is_fuller_name(key: FunctionKey, short: FunctionKey) -> bool:
    """Whether `key` says more of where the function is and is called, and nothing else."""
    if key == short or not (key.name == short.name or "." not in short.name):
        return False
    if key.file == short.file:
        return True
    given = os.path.normpath(short.file)
    return not os.path.isabs(given) and key.file.endswith(os.sep + given)
