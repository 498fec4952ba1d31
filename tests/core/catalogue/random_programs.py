"""Programs nobody thought of: the same ones for the same seed, always ending.

They call `tick(ns)` all over, which moves a fake clock and raises `Exhausted` once a program has
gone on for long enough, so that neither loops nor recursion need bounds of their own.
"""

from __future__ import annotations

from random import Random

_HELPERS = '''\
import types
from contextlib import contextmanager

@types.coroutine
def pause(x):
    got = yield x
    return got

@contextmanager
def manage(x):
    tick(1)
    try:
        yield x
    except KeyError:
        tick(2)
    finally:
        tick(3)

class Managed:
    async def __aenter__(self): await pause(tick(2))
    async def __aexit__(self, *exc):
        await pause(tick(1))
        return exc[0] is KeyError

def drive(co):
    n = 0
    try:
        while n < 12: co.send(None); n += 1
        co.close()
    except StopIteration as e:
        return e.value or 0
    except StopAsyncIteration:
        return 50
    return n

def poke(gen, how):
    seen = 0
    try:
        for step in range(6):
            tick(1)
            if how == "throw" and step == 2: gen.throw(KeyError(step))
            elif how == "close" and step == 3: gen.close()
            elif how == "drop" and step == 1: return seen
            elif step: gen.send(step)
            else: next(gen)
            seen += 1
    except (StopIteration, KeyError, RuntimeError):
        seen += 100
    return seen

'''
_KINDS = ("f", "f", "g", "c", "a")


def random_program(seed: int) -> str:
    """Source with a `main()`; needs the names tick and Exhausted."""
    return _Writer(Random(seed)).program()


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []
        self.kind = "f"
        self.names: list[str] = []

    def program(self) -> str:
        self.names = [f"{kind}{n}" for n, kind in enumerate(_KINDS)]
        for name in self.names:
            self.kind = name[0]
            self.function(name)
        self.kind = "f"
        self.lines += [
            "def main():",
            "    out = []",
            *(
                f"    try: out.append({self.outside(name, '4')})\n"
                "    except (Exception, Exhausted) as e: out.append(repr(e))"
                for name in self.names
            ),
            "    return out",
        ]
        return _HELPERS + "\n".join(self.lines) + "\n"

    # Statements

    def function(self, name: str) -> None:
        prefix = "async def" if self.kind in "ca" else "def"
        self.emit(0, f"{prefix} {name}(d, x=1):")
        self.emit(1, "if tick(1) and d <= 0: return" + (" x" if self.kind != "a" else ""))
        if self.kind in "ga":
            self.emit(1, "yield d")
        self.block(1, False, 3, self.random.randint(4, 8))
        if self.kind != "a":
            self.emit(1, "return x")

    def emit(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def block(self, indent: int, loop: bool, depth: int, size: int = 0) -> None:
        for _ in range(size or self.random.randint(1, 3)):
            self.statement(indent, loop, depth)

    def statement(self, indent: int, loop: bool, depth: int) -> None:
        makers = [self.simple] * 4
        if depth:
            makers += [
                self.if_, self.for_, self.while_, self.try_, self.with_, self.match_,
                self.inner, self.async_,
            ]
        self.random.choice(makers)(indent, loop, depth)

    def simple(self, indent: int, loop: bool, _depth: int) -> None:
        options = [
            f"x = {self.value()}",
            f"x = {self.value()}; x += {self.value()}",
            f"x = ({self.value()} +\n{self.value()})",
            f"for i in range({self.small()}): x += {self.value()}",
            f"for i in range({self.small()}):\n    x += {self.value()}",
            f"y = {self.small()}\nwhile y > 0: y -= 1; x += {self.value()}",
            f"if {self.condition()}: x += 1",
            f"if ({self.condition()}\n        and {self.condition()}\n"
            f"        or {self.condition()}): x += 1",
            f"x += len([{self.value()} for i in range({self.small()})])",
            f"x += sum(\n    {self.value(False)}\n    for i in range({self.small()})\n"
            "    if i != 1\n)",
            f"x += sum({self.value(False)} for i in range({self.small()}))",
            f"x += (lambda v: v + {self.value(False)})({self.small()})",
            f"x += max(\n    {self.value()},\n    {self.value()},\n    key=lambda v:\n    -v,\n)",
            f"x = {self.value()} if {self.condition()} else {self.value()}",
            f"x = (\n    {self.value()}\n    if {self.condition()}\n    else {self.value()}\n)",
            f"x = {self.value()} or {self.value()} and\\\n    {self.value()}",
            f"if {self.condition()}: return" + (" x" if self.kind != "a" else ""),
            f"if {self.condition()}: raise KeyError({self.value()})",
            "del x; x = 0",
            "try: x = {}[tick(2)]\nexcept KeyError: x = 3",
        ]
        if loop:
            options += [f"if {self.condition()}: continue", f"if {self.condition()}: break"] * 2
        if self.kind in "ga":
            options += ["yield x", "x = (yield x) or 0", "x += (yield tick(1)) or 2"] * 3
        if self.kind == "g":
            options += ["yield from g2(d - 1)", "x += (yield from g2(d - 2)) or 0"] * 2
        if self.kind in "ca":
            options += [
                "await pause(x)",
                "x += await c3(d - 1)",
                "x += await c3(d - 2) + tick(2) + await c3(d - 2)",
                f"x += len([await c3(d - 2) for i in range({self.small()})])",
                f"x += len([\n    i\n    async for i in a4(d - 1)\n    if {self.condition()}\n])",
            ] * 2
        for line in self.random.choice(options).split("\n"):
            self.emit(indent, line)

    def if_(self, indent: int, loop: bool, depth: int) -> None:
        self.emit(indent, f"if {self.condition()}:")
        self.block(indent + 1, loop, depth - 1)
        if self.chance():
            self.emit(indent, f"elif {self.condition()}: x = {self.value()}")
        if self.chance():
            self.emit(indent, "else:")
            self.block(indent + 1, loop, depth - 1)

    def for_(self, indent: int, loop: bool, depth: int) -> None:
        pair = "zip(g2(d - 1), g2(d - 2))"
        iterable = self.random.choice([f"range({self.small()})", "g2(d - 1)", "[x, x + 1]", pair])
        self.emit(indent, f"for k in {iterable}:")
        self.block(indent + 1, True, depth - 1)
        if self.chance():
            self.emit(indent, "else:")
            self.block(indent + 1, loop, depth - 1)

    def while_(self, indent: int, _loop: bool, depth: int) -> None:
        self.emit(indent, f"while tick(1) and {self.condition()}:")
        self.block(indent + 1, True, depth - 1)

    def try_(self, indent: int, loop: bool, depth: int) -> None:
        self.emit(indent, "try:")
        self.block(indent + 1, loop, depth - 1)
        handled = self.chance()
        if handled:
            kinds = self.random.choice(["KeyError", "(KeyError, TypeError) as e"])
            self.emit(indent, f"except {kinds}:")
            self.block(indent + 1, loop, depth - 1)
            if self.chance():
                self.emit(indent, "else:")
                self.block(indent + 1, loop, depth - 1)
        if not handled or self.chance():
            self.emit(indent, "finally:")
            # Nothing that leaves a finally: newer Pythons warn about it.
            self.emit(indent + 1, f"x = {self.value()}")
            self.emit(indent + 1, f"for i in range({self.small()}): x += tick(1)")

    def with_(self, indent: int, loop: bool, depth: int) -> None:
        head = self.random.choice(
            [
                "with manage(x):",
                "with manage(1) as y, manage(y):",
                "with (\n    manage(1),\n    manage(2) as y,\n):",
            ]
        )
        for line in head.split("\n"):
            self.emit(indent, line)
        self.block(indent + 1, loop, depth - 1)

    def match_(self, indent: int, loop: bool, depth: int) -> None:
        self.emit(indent, "match x:")
        self.emit(indent + 1, f"case int() if {self.condition()}: x = {self.value()}")
        self.emit(indent + 1, f"case {self.small()} | {self.small() + 5}:")
        self.block(indent + 2, loop, depth - 1)
        self.emit(indent + 1, "case _:")
        self.block(indent + 2, loop, depth - 1)

    def inner(self, indent: int, _loop: bool, depth: int) -> None:
        kind, self.kind = self.kind, self.random.choice("fg")
        self.emit(indent, "def inner(d, x):")
        self.block(indent + 1, False, depth - 1)
        self.emit(indent + 1, "yield x" if self.kind == "g" else "return x")
        call = "sum(1 for _ in inner(d - 1, x))" if self.kind == "g" else "inner(d - 1, x)"
        self.kind = kind
        self.emit(indent, f"x = {call}")

    def async_(self, indent: int, loop: bool, depth: int) -> None:
        if self.kind not in "ca":
            self.simple(indent, loop, depth)
            return
        managed = ["async with Managed():", "async with Managed(), Managed() as y:"]
        head = self.random.choice(["async for k in a4(d - 1):", *managed])
        self.emit(indent, head)
        self.block(indent + 1, loop or "for" in head, depth - 1)

    # Expressions

    def value(self, calls: bool = True) -> str:
        options = ["tick(1)", f"tick({self.random.randint(2, 9)})", "x % 7", str(self.small())]
        if calls:
            options += [self.outside(name, f"d - {1 + self.small() % 2}") for name in self.names]
        return self.random.choice(options)

    def outside(self, name: str, depth: str) -> str:
        """A call of the function that needs no await."""
        call = f"{name}({depth})"
        if name[0] == "g":
            how = self.random.choice(["list", "next", "throw", "close", "drop"])
            if how == "list":
                return f"len(list({call}))"
            return f"next({call}, 0)" if how == "next" else f"poke({call}, '{how}')"
        if name[0] == "c":
            return f"drive({call})"
        return f"drive({call}.__anext__())" if name[0] == "a" else f"({call} or 0)"

    def condition(self) -> str:
        return self.random.choice(
            [f"x % {self.random.randint(2, 4)}", f"tick(1) > x % {self.random.randint(2, 5)}",
             f"{self.small()} < x % 7 < 6", "d > 1", f"not x % {self.random.randint(2, 4)}"]
        )

    def small(self) -> int:
        return self.random.randint(0, 3)

    def chance(self) -> bool:
        return self.random.random() < 0.5
