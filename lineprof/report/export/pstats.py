"""A roll-up to functions in the format of cProfile, for pstats and all that reads its files.

The format knows no lines: a function's own time is the sum of its lines' self times.
"""

import marshal

from ...model.profile import Function, FunctionKey, Profile
from ...model.stacks import with_all_callees

Key = tuple[str, int, str]
Caller = tuple[int, int, float, float]
"""Calls, those of them not recursive, own seconds, cumulative seconds."""
Entry = tuple[int, int, float, float, dict[Key, Caller]]
"""Calls not recursive, all calls, own seconds, cumulative seconds, callers."""


def encode(profile: Profile) -> bytes:
    return marshal.dumps(statistics(profile))


def statistics(profile: Profile) -> dict[Key, Entry]:
    """What `pstats.Stats.stats` is after loading."""
    functions = {function.key: function for function in with_all_callees(profile)}
    callers: dict[FunctionKey, dict[FunctionKey, tuple[int, int]]] = {k: {} for k in functions}
    for function in functions.values():
        for edge in function.edges:
            calls, total = callers[edge.callee].get(function.key, (0, 0))
            callers[edge.callee][function.key] = (calls + edge.calls, total + edge.total)
    return {_key(key): _entry(function, callers[key]) for key, function in functions.items()}


def _entry(function: Function, callers: dict[FunctionKey, tuple[int, int]]) -> Entry:
    again = callers.get(function.key, (0, 0))[0]
    known = sum(total for _, total in callers.values())
    whole = max(function.total, known)
    return (
        max(0, function.calls - again),
        function.calls,
        function.self_time / 1e9,
        function.total / 1e9,
        {
            _key(key): (
                calls,
                0 if key == function.key else calls,
                function.self_time * (total / whole if whole else 0.0) / 1e9,
                total / 1e9,
            )
            for key, (calls, total) in callers.items()
        },
    )


def _key(key: FunctionKey) -> Key:
    return (key.file, key.first_line, key.name)
