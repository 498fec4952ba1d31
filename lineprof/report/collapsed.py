"""Collapsed stacks, one a line: what flamegraph.pl and its many relatives read.

    main;app.py:8;work;app.py:3 210

Outermost first, a function and the line in it by turns, and at the end the nanoseconds.
"""

from __future__ import annotations

import os

from ..circles import Frame
from ..errors import printable
from ..model import Profile
from ..stacks import names, stacks


def encode(profile: Profile) -> bytes:
    labels = {key: _plain(name) for key, name in names(profile).items()}

    def chain(frames: tuple[Frame, ...]) -> str:
        return ";".join(
            f"{labels[key]};{_plain(os.path.basename(key.file))}:{line}"
            for key, line in reversed(frames)
        )

    weights: dict[str, int] = {}
    for stack in stacks(profile):
        if stack.time:
            text = chain(stack.frames)
            weights[text] = weights.get(text, 0) + stack.time
    lines = [f"{text} {weight}\n" for text, weight in sorted(weights.items())]
    return "".join(lines).encode("utf-8", "replace")


def _plain(name: str) -> str:
    return printable(name).replace(";", ":")
