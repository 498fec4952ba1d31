"""The file format of speedscope.app: a flame graph of functions and, within them, lines."""

import json
import os
from typing import Any

from ..._version import __version__
from ...model.call_cycles import Frame
from ...model.profile import FunctionKey, Profile
from ...model.stacks import names, once_per_frame, stacks
from ..rows import rows

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def encode(profile: Profile) -> bytes:
    return json.dumps(document(profile), separators=(",", ":")).encode("ascii")


def document(profile: Profile) -> dict[str, Any]:
    """Two profiles over the same frames: time, and hits."""
    frames = _Frames(profile)
    found = stacks(profile)
    samples = [frames.numbers(stack.frames) for stack in found]
    argv = next((run.argv for run in profile.runs if run.argv), ())
    name = " ".join(map(os.path.basename, argv[:1])) or "lineprof"
    name += f" ({profile.cut_short})" if profile.cut_short else ""
    return {
        "$schema": SCHEMA,
        "shared": {"frames": frames.shared},
        "profiles": [
            _profile(f"{name}: time", "nanoseconds", samples, [stack.time for stack in found]),
            _profile(f"{name}: hits", "none", samples, [stack.hits for stack in found]),
        ],
        "name": name,
        "activeProfileIndex": 0,
        "exporter": f"lineprof {__version__}",
    }


def _profile(name: str, unit: str, samples: list[list[int]], weights: list[int]) -> dict[str, Any]:
    kept = [index for index, weight in enumerate(weights) if weight]
    return {
        "type": "sampled",
        "name": name,
        "unit": unit,
        "startValue": 0,
        "endValue": sum(weights),
        "samples": [samples[index] for index in kept],
        "weights": [weights[index] for index in kept],
    }


class _Frames:
    """The shared table: one frame for each function, one for each of its lines."""

    def __init__(self, profile: Profile) -> None:
        self.shared: list[dict[str, Any]] = []
        self._names = names(profile)
        self._texts = {
            Frame(function.key, row.number): row.text.strip()
            for function in profile.functions
            for row in rows(function, function.source)
        }
        self._functions: dict[FunctionKey, int] = {}
        self._lines: dict[Frame, int] = {}
        self._both = once_per_frame(self._numbers)

    def numbers(self, stack: tuple[Frame, ...]) -> list[int]:
        return [number for frame in reversed(stack) for number in self._both(frame)]

    def _numbers(self, frame: Frame) -> tuple[int, int]:
        key = frame.function
        if key not in self._functions:
            self._functions[key] = self._add(self._names[key], key.file, key.first_line)
        if frame not in self._lines:
            text = self._texts.get(frame, "")
            label = f"{os.path.basename(key.file)}:{frame.line}  {text}".rstrip()
            self._lines[frame] = self._add(label, key.file, frame.line)
        return self._functions[key], self._lines[frame]

    def _add(self, name: str, file: str, line: int) -> int:
        self.shared.append({"name": name, "file": file, "line": line})
        return len(self.shared) - 1
