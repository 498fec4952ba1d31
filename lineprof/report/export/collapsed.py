"""Collapsed stacks, one per line: what flamegraph.pl and its many relatives read.

    main;app.py:8;work;app.py:3 210

Outermost first, functions and lines alternate; the nanoseconds come last.
"""

import os

from ...errors import printable
from ...model.call_cycles import Frame
from ...model.profile import Profile
from ...model.stacks import names, once_per_frame, stacks


def encode(profile: Profile) -> bytes:
    labels = {key: _plain(name) for key, name in names(profile).items()}

    @once_per_frame
    def level(frame: Frame) -> str:
        key, line = frame
        return f"{labels[key]};{_plain(os.path.basename(key.file))}:{line}"

    weights: dict[str, int] = {}
    found = stacks(profile)
    for stack in found:
        if stack.time:
            text = ";".join(map(level, reversed(stack.frames)))
            weights[text] = weights.get(text, 0) + stack.time
    lines = (f"{text} {weight}\n" for text, weight in sorted(weights.items()))
    return b"".join(line.encode("utf-8", "replace") for line in lines)


def _plain(name: str) -> str:
    return printable(name).replace(";", ":")
