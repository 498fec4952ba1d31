"""How right corrected times are: `python -m benchmarks.correction`, with the Python under test.

Each of some small programs is measured as a whole. The sum of its corrected self times should be
the time it takes unmeasured; the ratio of the two is printed. Both are the least of many runs,
which other work on the machine hardly affects.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from lineprof import LineProfiler
from lineprof._core import CORES

RUNS = 40
SIZE = 3000

PROGRAMS = {
    "additions": """
        def main(n):
            t = 0
            for i in range(n):
                t += i
                t ^= 3
    """,
    "while": """
        def main(n):
            i = 0
            while i < n:
                i += 1
                j = i
    """,
    "floats": """
        def main(n):
            x = y = 0.5
            for i in range(n):
                x = x * 0.9 + y
                y = y * 0.8 - x
                z = x * x + y * y
    """,
    "lists": """
        def main(n):
            a = [0] * 50
            for i in range(n):
                a[i % 50] = i
                x = a[(i + 7) % 50]
                if x > 3:
                    a[0] = x
    """,
    "attributes": """
        class Pair: pass
        def main(n):
            pair = Pair()
            pair.a = pair.b = 0
            for i in range(n):
                pair.a += 1
                pair.b = pair.a
                if pair.b is None:
                    pass
    """,
    "built-in functions": """
        def main(n):
            found = []
            for i in range(n):
                found.append(len(found))
                abs(i)
                isinstance(i, int)
    """,
    "text": """
        def main(n):
            line = "alpha,beta,gamma"
            for i in range(n):
                first, *rest = line.split(",")
                name = f"{first}-{i}"
                size = len(name)
    """,
    "calls": """
        def add(a, b):
            return a + b
        def main(n):
            t = 0
            for i in range(n):
                t = add(t, i)
    """,
    "methods": """
        class Box:
            def __init__(self): self.value = 0
            def get(self):
                return self.value
            def put(self, value):
                self.value = value
        def main(n):
            box = Box()
            for i in range(n):
                box.put(box.get() + 1)
    """,
    "recursion": """
        def fib(k):
            if k < 2:
                return k
            return fib(k - 1) + fib(k - 2)
        def main(n):
            fib(15)
    """,
    "generator": """
        def count(n):
            for i in range(n):
                yield i
        def main(n):
            for x in count(n):
                pass
    """,
    "coroutines": """
        async def fib(k):
            if k < 2:
                return k
            return await fib(k - 1) + await fib(k - 2)
        def main(n):
            try: fib(13).send(None)
            except StopIteration: pass
    """,
    "exceptions": """
        def main(n):
            for i in range(n // 4):
                try:
                    raise ValueError
                except ValueError:
                    x = 1
    """,
    "one-line comprehensions": """
        def main(n):
            for i in range(n // 10):
                x = [j for j in range(10)]
    """,
}


def compiled(name: str) -> tuple[Callable[[int], None], list[CodeType]]:
    """A program's `main`, of code objects of its own, and all functions to be measured."""
    source = "if True:\n" + PROGRAMS[name]
    code = compile(source, f"<{name}>", "exec")
    space: dict[str, Any] = {}
    exec(code, space)
    return space["main"], [inner for inner in within(code) if inner.co_flags & 1]


def within(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from within(const)


def plain_ns(name: str) -> int:
    main, _ = compiled(name)

    def once() -> int:
        began = time.perf_counter_ns()
        main(SIZE)
        return time.perf_counter_ns() - began

    return min(once() for _ in range(RUNS))


def measured_ns(name: str, core: str) -> tuple[int, int]:
    """Nanoseconds as measured, and corrected."""
    main, codes = compiled(name)
    profiler = LineProfiler(core=core)
    for code in codes:
        profiler.watch(code)
    main(SIZE)
    raw, corrected = [], []
    for _ in range(RUNS):
        profiler.reset()
        main(SIZE)
        profile = profiler.snapshot(source=False)
        raw.append(sum(function.self_time for function in profile.functions))
        corrected.append(sum(f.self_time for f in profile.corrected().functions))
    profiler.close()
    return min(raw), min(corrected)


def main() -> None:
    for core in CORES:
        print(f"Python {sys.version.split()[0]}, {core}:     measured / plain   corrected / plain")
        for name in PROGRAMS:
            plain = plain_ns(name)
            raw, corrected = measured_ns(name, core)
            print(f"    {name:26} {raw / plain:16.2f} {corrected / plain:19.2f}")


if __name__ == "__main__":
    main()
