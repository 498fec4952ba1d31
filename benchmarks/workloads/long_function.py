"""One function of many lines without a loop; the argument is the number of lines.

It is called until about `size` lines have run, whatever its length, so times of different lengths
are times of the same work. All functions begin at the same line of their file, far down: CPython
caches integers up to 256, so events of a file's first lines are cheaper than others.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable

from benchmarks.injected import profile

_FIRST_LINE = 1_000

_function: Callable[[int], int]
_lines = 0


def make(lines: int) -> Callable[[int], int]:
    """A function of that many lines of body, with source that `linecache` knows."""
    name = f"<long_{lines}>"
    body = ["    x = x ^ 1\n"] * (lines - 1)
    text = ["\n"] * (_FIRST_LINE - 1) + ["def function(x):\n", *body, "    return x\n"]
    linecache.cache[name] = (sum(map(len, text)), None, text, name)
    namespace: dict[str, Callable[[int], int]] = {}
    exec(compile("".join(text), name, "exec"), namespace)
    return namespace["function"]


def prepare(argument: str, size: int) -> None:
    global _function, _lines
    _lines = int(argument)
    _function = profile(make(_lines))


def run(size: int) -> int:
    result = 0
    for _ in range(size // _lines + 1):
        result += _function(1)
    return result
