"""profile.proto, gzipped: what `go tool pprof` and services that speak its format read.

The message is small and fixed, so it is written by hand. The numbers of its fields are those of
https://github.com/google/pprof/blob/main/proto/profile.proto.
"""

import zlib
from collections.abc import Iterable

from ...model.call_cycles import Frame
from ...model.profile import FunctionKey, Profile
from ...model.stacks import names, once_per_frame, stacks


def encode(profile: Profile) -> bytes:
    """Samples of two values: hits (count), and the clock's time (nanoseconds)."""
    strings = _Strings()
    clock = _clock(profile)
    found = stacks(profile)
    labels = names(profile)
    functions: dict[FunctionKey, int] = {}
    locations: dict[Frame, int] = {}

    def location(frame: Frame) -> bytes:
        functions.setdefault(frame.function, len(functions) + 1)
        return _varint(locations.setdefault(frame, len(locations) + 1))

    known = once_per_frame(location)
    samples = [
        _bytes(1, b"".join(map(known, stack.frames))) + _packed(2, (stack.hits, stack.time))
        for stack in found
    ]
    message = [
        _bytes(1, _number(1, strings[name]) + _number(2, strings[unit]))
        for name, unit in (("hits", "count"), (clock, "nanoseconds"))
    ]
    message += [_bytes(2, sample) for sample in samples]
    # The program; functions, files and lines are known, so there is nothing to look up in it.
    program = next((run.argv[0] for run in profile.runs if run.argv), "")
    complete = b"".join(_number(field, 1) for field in (7, 8, 9))
    message.append(_bytes(3, _number(1, _MAPPING) + _number(5, strings[program]) + complete))
    for frame, number in locations.items():
        line = _number(1, functions[frame.function]) + _number(2, frame.line)
        message.append(_bytes(4, _number(1, number) + _number(2, _MAPPING) + _bytes(4, line)))
    for key, number in functions.items():
        message.append(
            _bytes(
                5,
                # No system_name: `go tool pprof` would take <lambda> for C++ and leave it out.
                _number(1, number)
                + _number(2, strings[labels[key]])
                + _number(4, strings[key.file])
                + _number(5, key.first_line),
            )
        )
    started = min((run.started for run in profile.runs), default=0.0)
    message.append(_number(9, round(started * 1e9)))
    message.append(_number(10, sum(run.duration for run in profile.runs)))
    if profile.cut_short:
        message.append(_number(13, strings[profile.cut_short]))  # a comment
    message.append(_number(14, strings[clock]))
    message += [_bytes(6, text) for text in strings.all()]
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(b"".join(message)) + packer.flush()


_MAPPING = 1  # The only one: the program


def _clock(profile: Profile) -> str:
    return next((run.clock.partition("/")[0] for run in profile.runs if run.clock), "wall")


class _Strings:
    """The table of texts, of which the first is empty."""

    def __init__(self) -> None:
        self._numbers = {"": 0}

    def __getitem__(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> Iterable[bytes]:
        return (text.encode("utf-8", "replace") for text in self._numbers)


def _varint(value: int) -> bytes:
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value) if value else b""


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _packed(field: int, values: Iterable[int]) -> bytes:
    return _bytes(field, b"".join(map(_varint, values)))
