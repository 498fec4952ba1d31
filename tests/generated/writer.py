"""Writes a program from the grammar; a chooser makes the choices."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from . import grammar as g

KINDS = "fgcamt"
"""Functions, generators, coroutines, asynchronous generators, methods, coroutines for asyncio."""

_PLACE = re.compile(r"\$([a-z]+)")
_TABLES: dict[tuple[Sequence[str], str], tuple[str, ...]] = {}
_OWN: dict[str, list[tuple[str, ...]]] = {
    "g": [g.YIELDING, g.DELEGATING],
    "c": [g.AWAITING],
    "a": [g.YIELDING, g.AWAITING],
    "t": [g.AWAITING, g.SCHEDULING, g.SCHEDULING],
}
"""Statements that only functions of that kind have."""
_SPECIALISED = ("Point($w)[$n", ".z") if sys.version_info[:2] == (3, 12) else ()
"""These stand near the first line only: far down, no event reports them (docs/trust.md)."""
_CALLS = {"f": "fm", "g": "g", "co": "c", "ag": "a"}


class Choices(Protocol):
    def number(self, most: int) -> int:
        """From 0 up to and including `most`."""

    def part(self) -> None:
        """Begin a new group of choices."""


class Seeded:
    """The same choices for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def number(self, most: int) -> int:
        return self._random.randrange(most + 1)

    def part(self) -> None:
        pass


def random_program(seed: int) -> str:
    """Source with a `main()`; needs the names that `machine.space` gives."""
    return Writer(Seeded(seed)).program()


@dataclass(frozen=True)
class _Place:
    """Where a statement stands."""

    kind: str
    loop: bool = False
    leaving: bool = True
    depth: int = 2


class Writer:
    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._number = choices.number
        self._names: list[str] = []
        self._threads = False
        self._is_far = False

    def program(self) -> str:
        """Functions of all kinds that call one another, and a main() that calls each."""
        self._threads = self._number(5) == 5
        kinds = [self._pick(KINDS + "t") for _ in range(2 + self._number(1))]
        self._names = [f"{kind}{place}" for place, kind in enumerate(kinds)]
        lines = ["d, x, tally = 2, 1, 0"]
        for name in self._names:
            lines += self._method(name) if name[0] == "m" else self._function(name)
        self._choices.part()
        calls = [self._call(name) for name in self._names]
        if self._threads:
            calls.append(self._fill(self._pick(g.ON_THREADS), _Place("f"), 0))
        lines += ["def main():", "    out, d, x = [], 4, 1"]
        for call in calls:
            lines += ["    refill()", "    try: out.append(" + call + ")",
                      "    except BaseException as e: out.append(describe(e))"]  # fmt: skip
        lines += ["    return out", "result = main()"]
        return "\n".join(lines) + "\n"

    # Functions

    def _function(self, name: str) -> list[str]:
        kind = "c" if name[0] == "t" else name[0]
        prefix = "async def" if kind in "ca" else "def"
        lines: list[str] = []
        if kind == "f" and self._number(5) == 5:
            lines += self._fill(self._pick(g.DECORATORS), _Place("f"), 0).split("\n")
        far = self._far()
        self._is_far = bool(far)
        lines += [f"{prefix} {name}(d, x=1):", "    global tally", *far]
        lines.append("    if tick(1) and d <= 0: return" + ("" if kind == "a" else " x"))
        if kind in "ga":
            lines.append("    yield d")
        lines += _indented(self._block(_Place(name[0]), 2 + self._number(3)))
        self._is_far = False
        return lines if kind == "a" else [*lines, "    return x"]

    def _method(self, name: str) -> list[str]:
        """A method, by a name of its own."""
        lines = [f"class K{name}:", *_indented(self._block(_Place("k", depth=1)))]
        lines += ["    def m(self, d, x=1):", "        if tick(1) and d <= 0: return x"]
        lines += _indented(_indented(self._block(_Place("f"), 2 + self._number(2))))
        return [*lines, "        return x", f"{name} = K{name}().m"]

    def _far(self) -> list[str]:
        """Empty lines: some Pythons measure lines far below the first in another way."""
        return [""] * (130 + self._number(200)) if self._number(7) == 7 else []

    # Statements

    def _block(self, place: _Place, size: int = 0) -> list[str]:
        lines: list[str] = []
        for _ in range(size or 1 + (self._number(3) + 1) // 2):
            lines += self._statement(place)
        return ["p = 1", *lines] if place.kind == "k" else lines

    def _statement(self, place: _Place) -> list[str]:
        self._choices.part()
        tables = self._kinds_of_statements(place)
        table = self._possible(tables[self._number(len(tables) - 1)])
        lines: list[str] = []
        for line in self._pick(table).split("\n"):
            bare = line.lstrip()
            inside = self._inside(bare, place)
            if inside is not None:
                lines += _indented(self._block(inside), line[: len(line) - len(bare)])
                lines += self._ending(bare, line)
            else:
                lines.append(self._fill(line, place))
        return lines

    def _kinds_of_statements(self, place: _Place) -> list[tuple[str, ...]]:
        if place.kind == "k":
            return [g.CLASS]
        tables: list[tuple[str, ...]] = [g.SIMPLE, g.SIMPLE]
        if place.loop:
            tables += [g.IN_LOOP]
        if place.depth > 0:
            tables += [g.SIMPLE, g.COMPOUND, g.COMPOUND, *_OWN.get(place.kind, ())]
            if place.leaving:
                tables += [g.LEAVING]
        return tables

    def _inside(self, bare: str, place: _Place) -> _Place | None:
        depth = place.depth - 1
        match bare:
            case "$block":
                return replace(place, depth=depth)
            case "$loop":
                return replace(place, depth=depth, loop=True)
            case "$star":
                return replace(place, depth=depth, loop=False, leaving=False)
            case "$class":
                return _Place("k", depth=depth)
            case "$function" | "$generator" | "$coroutine":
                return _Place(bare[1], depth=depth)
            case _:
                return None

    def _ending(self, bare: str, line: str) -> list[str]:
        indent = line[: len(line) - len(bare)]
        match bare:
            case "$generator":
                return [indent + "yield x"]
            case "$function" | "$coroutine":
                return [indent + "return x"]
            case _:
                return []

    # Expressions

    def _fill(self, text: str, place: _Place, depth: int = 2) -> str:
        """The text with every placeholder replaced."""
        return _PLACE.sub(lambda found: self._expression(found[1], place, depth), text)

    def _expression(self, what: str, place: _Place, depth: int) -> str:  # noqa: PLR0911
        match what:
            case "n":
                return str(self._number(3))
            case "c":
                return self._pick(g.CONDITIONS)
            case "return":
                return "return" if place.kind == "a" else "return " + self._fill("$v", place, depth)
            case "f" | "g" | "co" | "ag":
                return self._call_of(what)
            case "call":
                return self._call(self._pick([n for n in self._names if n[0] != "t"] or ["add"]))
            case "e":
                return self._fill(self._pick(g.ERRORS), place, 0)
            case "caught":
                return self._pick(g.CAUGHT)
            case "poke":
                return self._pick(self._possible(g.POKES))
            case "poking":
                return self._pick(g.POKES_ASYNC)
            case "w":
                return self._pick(g.LEAVES)
            case _:
                return self._value(what, place, depth)

    def _value(self, what: str, place: _Place, depth: int) -> str:
        how = self._number(4) if depth > 0 else 0
        if how < 2:
            return self._pick(g.LEAVES)
        if how == 2:
            return self._fill(self._pick(self._possible(g.CALLS)), place, 0)
        table = self._possible(g.VALUES)
        if what == "v":
            table = self._possible(g.VALUES + g.OWN_VALUES)
        return self._fill(self._pick(table), place, depth - 1)

    def _call_of(self, what: str) -> str:
        name = self._pick([n for n in self._names if n[0] in _CALLS[what]])
        return f"{name}(d - {1 + self._number(1)})"

    def _call(self, name: str) -> str:  # noqa: PLR0911
        """A call from main()."""
        match name[0]:
            case "g":
                if self._number(3) == 0:
                    return f"len(list({name}(4)))"
                return f"poke(lambda: {name}(4), '{self._pick(self._possible(g.POKES))}')"
            case "c":
                return f"drive({name}(4))"
            case "a":
                if self._number(1):
                    return f"drive(poke_async({name}(4), '{self._pick(g.POKES_ASYNC)}'))"
                return f"drive({name}(4).__anext__())"
            case "t":
                if self._number(2) == 2:
                    return f"asyncio.run(cancelled({name}(3), {self._number(3)}))"
                return f"asyncio.run({name}(3))"
            case _:
                return f"{name}(4)"

    def _possible(self, table: tuple[str, ...]) -> tuple[str, ...]:
        """The templates that this program and this function can use.

        With threads there is no collection: one thread would finalise what others left.
        """
        kinds = {name[0] for name in self._names}
        lacking = [f"${what}" for what, letters in _CALLS.items() if not kinds & set(letters)]
        lacking += ["gc.collect", "circle"] if self._threads else []
        lacking += _SPECIALISED if self._is_far else ()
        key = (table, "".join(lacking))
        if key not in _TABLES:
            wanted = re.compile("|".join(re.escape(what) + r"\b" for what in lacking) or "(?!)")
            _TABLES[key] = tuple(text for text in table if not wanted.search(text))
        return _TABLES[key]

    def _pick(self, options: Sequence[str]) -> str:
        return options[self._number(len(options) - 1)]


def _indented(lines: list[str], indent: str = "    ") -> list[str]:
    return [indent + line for line in lines]
