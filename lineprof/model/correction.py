"""Takes the profiler's own cost out of what was measured.

The core adds up what events cost beside each time (calibration.py). For a line that takes next to
nothing that is known to a quarter at best: what is left may fall below 0. So of a line of self time
`s`, with `c` the cost of its events,

    s - c              is left if s >= 5/4 c,
    (s - 3/4 c)^2 / c  between that and 3/4 c,
    0                  otherwise,

which has the same value and slope where they meet, and is never negative nor more than `s`.

Times that hold calls (totals, edges) lose the cost of all lines within. Where less than `c` was
taken from a callee, less is taken from its callers in the same proportion, its `Share`.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Share = float
"""Which part of the cost of a function's lines, and of all it calls, is taken out: 1 is all."""

_K = TypeVar("_K", bound=Hashable)

_ROUNDS = 30
_CLOSE_ENOUGH = 1e-4


def self_time_left(time: int, cost: int) -> int:
    """What remains of a self time within which events cost `cost`."""
    if 4 * time >= 5 * cost:
        return time - cost
    beyond = 4 * time - 3 * cost
    return beyond * beyond // (16 * cost) if beyond > 0 else 0


def share(
    known: float, taken: float, calls: Iterable[tuple[_K, int]], shares: Mapping[_K, Share]
) -> Share:
    """The share of some lines and of what they call.

    known, taken: cost within their self times, and what is taken out; calls: callees and their
    cost.
    """
    for callee, cost in calls:
        known += cost
        taken += cost * shares.get(callee, 1.0)
    return taken / known if known else 1.0


def shares_of(functions: Iterable[tuple[_K, int, int, list[tuple[_K, int]]]]) -> dict[_K, Share]:
    """The share of each function, out of key, cost known, cost taken, and calls as for `share`.

    functions: all of a profile or thread. Those that call themselves need rounds until none
    changes.
    """
    parts = list(functions)
    shares = {key: 1.0 for key, *_ in parts}
    for _ in range(_ROUNDS):
        largest = 0.0
        for key, known, taken, calls in parts:
            new = share(known, taken, calls, shares)
            largest = max(largest, abs(new - shares[key]))
            shares[key] = new
        if largest < _CLOSE_ENOUGH:
            break
    return shares
