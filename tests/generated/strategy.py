"""The strategy by which hypothesis draws and shrinks programs."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from .writer import Writer

# All choices of a statement are one draw of bytes: many small draws take many times as long.
_BYTES = st.binary(min_size=12, max_size=12)
_LEFT_OUT = (None, None, None, 0, 1, 2)
MODES = ("always", "started")


@dataclass(frozen=True, repr=False)
class Case:
    """A program and how it is measured."""

    source: str
    mode: str
    restless: bool
    """Whether to measure with a restless clock too."""
    left_out: int | None
    """Every third code object, from this one on, is not watched; None: all are."""

    def chosen(self, place: int) -> bool:
        return place % 3 != self.left_out

    def __repr__(self) -> str:
        return (
            f"mode {self.mode}, restless {self.restless}, left out {self.left_out}:\n{self.source}"
        )


class _Drawn:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._bytes = iter(b"")

    def number(self, most: int) -> int:
        for byte in self._bytes:
            return byte % (most + 1)
        self._bytes = iter(self._draw(_BYTES))
        return next(self._bytes) % (most + 1)

    def part(self) -> None:
        self._bytes = iter(b"")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    drawn = _Drawn(draw)
    mode = MODES[drawn.number(1)]
    restless = drawn.number(3) == 0
    left_out = _LEFT_OUT[drawn.number(5)]
    return Case(Writer(drawn).program(), mode, restless, left_out)
