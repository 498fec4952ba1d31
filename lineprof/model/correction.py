"""The arithmetic of taking the profiler's own cost out of what was measured.

The core adds to each time what its events are known to cost (calibration.py). That is what they
cost amid a program's other work. In a tight loop the processor has all it needs at hand and does
much of an event's work beside the program's own. The event then costs less, down to half, and lines
that take next to nothing would fall below 0. The time itself shows how tight the loop is. So of a
line of self time `s`, with `c` the cost of its events,

    s - c          is left if s >= 2 c,
    s * s / (4 c)  otherwise,

which is the same with the same slope where they meet, never negative, and never more than `s`.
In effect the cost falls from `c` to nothing as `s` falls from twice `c` to nothing.

Times that hold calls (totals of lines and functions, edges) have the cost of all lines within
taken out. Where less than `c` was taken from a callee's lines, less is taken from its callers in
the same proportion: `Share` is that proportion.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Share = float
"""Which part of the cost of a function's lines, and of all it calls, is taken out: 1 is all."""

_K = TypeVar("_K", bound=Hashable)

_ROUNDS = 30
_CLOSE_ENOUGH = 1e-4


def self_time_left(time: int, cost: int) -> int:
    """What remains of a self time within which events cost `cost`."""
    return time - cost if time >= 2 * cost else time * time // (4 * cost)


def share(
    known: float, taken: float, calls: Iterable[tuple[_K, int]], shares: Mapping[_K, Share]
) -> Share:
    """The share of some lines and of what they call.

    known, taken: cost within the self times of the lines, and what is taken out of that.
    calls: callees, and the cost within the time of these calls.
    """
    for callee, cost in calls:
        known += cost
        taken += cost * shares.get(callee, 1.0)
    return taken / known if known else 1.0


def shares_of(
    functions: Iterable[tuple[_K, int, int, list[tuple[_K, int]]]],
) -> dict[_K, Share]:
    """The share of each function.

    functions: key, cost known, cost taken and calls as for `share`. All of a profile or of one
        thread: what calls what matters.

    A function that calls itself, by whatever way, has its own share among those it is made of.
    So rounds are made until none changes any more.
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
