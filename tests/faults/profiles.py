"""Damaged .lprof files: sound ones, changed byte by byte and value by value.

The same seed gives the same files.
"""

from __future__ import annotations

import gzip
import json
import random
from copy import deepcopy
from typing import Any

from lineprof.files import line_profiler_pickle, lprof
from lineprof.model.profile import (
    Crowd,
    Edge,
    Function,
    FunctionKey,
    Line,
    Process,
    Profile,
    Run,
    Share,
    Spread,
    Thread,
)

MOST = lprof.NUMBER_LIMIT

NUMBERS: list[Any] = [
    0, 1, 2, 5, 11, 1000, 10**9, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**62, MOST - 1, MOST,
]  # fmt: skip
"""Values that a file may hold anywhere."""

NO_NUMBERS: list[Any] = [
    MOST + 1, 2**64, 10**40, -1, -(2**63), 0.0, -0.0, 0.5, 1e-9, 1e-320, 1e18, 1e308,
    float("nan"), float("inf"), -float("inf"), True, False, None,
]  # fmt: skip

TEXTS: list[Any] = [
    "", " ", "\0", "\n", "\r", "\r\n", "\t", "\f\v\x1c\x85\u2028", "\x1b[31m\x1b]0;x\x07", "-",
    ".", "..", "/", "a/../b", "//x", "~", "<string>", "<frozen os>", "<ipython-input-1-0>",
    "/dev/zero", "/dev/stdin", "/proc/self/mem", "CON", "x" * 5000, "ü" * 300, "\ud800", "\udcff",
    "\U0001f600", "\u202e\u200b\ufeff", "e\u0301" * 50, "f.<locals>.<lambda>", ".".join("a" * 300),
    "</script><!--", "&lt;%s{}$x`|*_\\", "=1+1", "0", "cpu", "wall/", "[bold]x[/bold]", "'\"",
    "def f():\n    pass\n", "def f(:\n  '''\n", "\n" * 3000, "(" * 3000, "\t" * 300 + "x\n",
]  # fmt: skip

OTHERS: list[Any] = [[], {}, [[]], [{}], {"": ""}, [0] * 7, [None] * 7, ["x"] * 7, [[0] * 7] * 3]

_A = FunctionKey("/home/u/a.py", 3, "main")
_B = FunctionKey("/home/u/a.py", 10, "C.work")
_C = FunctionKey("b.py", 1, "gen.<locals>.<genexpr>")


def sound() -> list[Profile]:
    """Files to start from: all fields in use, loops among the calls, threads, no source."""
    run = Run(
        "1.0", "3.13.0", "CPython", "Linux", ("a.py", "-x", ""), 1.7e9, 10**12, 7, "host",
        "monitor", "wall/tsc", 2.5e-10, (900, 800, 700),
    )  # fmt: skip
    work = Function(
        _B, 5, 700, 50,
        (Line(11, 5, 600, 400, 0, 40, 30), Line(12, 50, 100, 90, 3, 5, 5)),
        (Edge(11, _B, 2, 50, 1), Edge(11, _C, 3, 150, 9), Edge(12, _A, 1, 10, 1)),
        "    def work(self):\n        return other(self)\n    # größe\n",
    )  # fmt: skip
    main = Function(
        _A, 1, 1000, 60, (Line(4, 1, 1000, 300, 0, 60, 10),), (Edge(4, _B, 5, 700, 50),), "def main"
    )
    gen = Function(_C, 3, 150, 9, (Line(1, 9, 150, 150, 4000, 9, 9),))
    threads = (Thread(0, (gen,)), Thread(2**47, (main, work)))
    process = Process(7, "host", "rank 1", "a.py", "3.13.0", 1.7e9, 9, "running", 1, 150, (gen,))
    share = Share(150, 7, "host", "rank 1")
    crowd = Crowd(300, 1, 3, (Spread(gen.key, 1, 150, 0.5, share, (share,)),))
    names = [FunctionKey("c.py", 10 * i, f"f{i}") for i in range(12)]
    chain = tuple(
        Function(
            key, 2**i, 10**6, 0, (Line(10 * i + 1, 2**i, 10**6, 10**4),),
            tuple(Edge(10 * i + 1, other, 2, 10**5) for other in names[i + 1 : i + 4]),
        )
        for i, key in enumerate(names)
    )  # fmt: skip
    return [
        Profile((run,), (main, work, gen), threads),
        Profile((run,), (main, gen), (), (process, Process()), crowd, ("one is missing",)),
        Profile((run, Run()), chain),
        Profile((), ()),
    ]


def damaged(seed: int) -> bytes:
    """The bytes of one file that is not quite a profile, or is one with odd values."""
    rng = random.Random(seed)
    profile = rng.choice(sound())
    if rng.random() < 0.15:
        return _changed_bytes(rng, line_profiler_pickle.dumps(profile))
    document = json.loads(lprof.dumps(profile))
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        document = _changed_value(rng, document)
    text = json.dumps(document)
    if rng.random() < 0.05:
        text = _changed_text(rng, text)
    data = text.encode()
    if rng.random() < 0.05:
        data = _changed_bytes(rng, data)
    if rng.random() < 0.1:
        data = gzip.compress(data, 1, mtime=0)
        if rng.random() < 0.3:
            data = _changed_bytes(rng, data)
    return data


def _changed_value(rng: random.Random, document: Any) -> Any:
    """The document with one value replaced, dropped, doubled or moved."""
    places = list(_places(document))
    if not places:
        return deepcopy(rng.choice(OTHERS))
    holder, key = rng.choice(places)
    value = holder[key]
    action = rng.random()
    if action < 0.9:
        holder[key] = _value_like(rng, value)
    elif action < 0.94:
        del holder[key]
    elif action < 0.97 and isinstance(holder, list):
        holder.insert(rng.randrange(len(holder) + 1), value)
    else:
        other, other_key = rng.choice(places)
        # A copy, since JSON cannot hold a value that contains itself.
        holder[key] = json.loads(json.dumps(other.get(other_key, 0) if type(other) is dict
                                            else (other[other_key:] or [0])[0]))  # fmt: skip
    return document


def _places(value: Any) -> Any:
    """Every (list, index) and (dict, key) in the document."""
    items = list(value.items()) if type(value) is dict else list(enumerate(value))
    for key, item in items:
        yield value, key
        if type(item) in (dict, list):
            yield from _places(item)


def _value_like(rng: random.Random, value: Any) -> Any:
    """Mostly a value of the same kind, so that many files are still accepted."""
    if rng.random() < 0.05:
        return deepcopy(rng.choice(NO_NUMBERS + TEXTS + OTHERS))
    if type(value) is str:
        return rng.choice(TEXTS)
    if type(value) is int:
        return rng.choice(NUMBERS) if rng.random() < 0.95 else rng.choice(NO_NUMBERS)
    if type(value) is float:
        return rng.choice([0.0, 1e-320, 0.5, 1e18])
    if type(value) is list and value:
        return rng.choice(([], rng.sample(value, len(value)), value[1:], value[:-1], value * 200))
    return deepcopy(rng.choice(OTHERS))


def _changed_text(rng: random.Random, text: str) -> str:
    """JSON that no program would write: keys twice, digits without end, deep nesting."""
    at = rng.randrange(len(text))
    piece = rng.choice(
        ('"functions":[],', "[" * 3000, "{" * 3000, "9" * 5000, "1e999", "-", "NaN", '"', "\\u",
         '\\ud800"', "//", ",", "]", "}", "\ufeff", '{"a":' * 2000)
    )  # fmt: skip
    if rng.random() < 0.5:
        at = text.find(rng.choice(':,[{"'), at) + 1
    return text[:at] + piece + text[at + rng.choice((0, 0, 1, 5)) :]


def _changed_bytes(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 10))):
        at = rng.randrange(len(changed) + 1)
        action = rng.random()
        if action < 0.5 and at < len(changed):
            changed[at] = rng.randrange(256)
        elif action < 0.65:
            changed[at:at] = rng.randbytes(rng.choice((1, 4, 100)))
        elif action < 0.8:
            del changed[at : at + rng.choice((1, 2, 50))]
        elif action < 0.9:
            del changed[at:]
        else:
            start = rng.randrange(len(changed) + 1)
            changed[at:at] = changed[start : start + 30]
    return bytes(changed)


def shapes(size: int) -> dict[str, Profile]:
    """Sound profiles of odd shapes, whose files grow linearly with `size`."""
    run = Run("1.0", clock="wall")
    keys = [FunctionKey(f"{n % 7}.py", 10 * n, f"f{n}") for n in range(size)]

    def function(n: int, callees: list[int], lines: int = 1, source: str | None = None) -> Function:
        first = keys[n].first_line
        return Function(
            keys[n], 1, 10**9, 0,
            tuple(Line(first + i, 1, 10**9, 10) for i in range(lines)),
            tuple(Edge(first, keys[callee], 1, 10**9) for callee in sorted(callees)),
            source,
        )  # fmt: skip

    def layers(width: int) -> list[Function]:
        count = size // width // width * width  # each calls all of the next layer
        return [
            function(n, [width * (n // width + 1) + i for i in range(width)
                         if n + width < count])
            for n in range(count)
        ]  # fmt: skip

    root = round(size**0.5)
    wide = Function(
        keys[0], 1, 10**6, 0, tuple(Line(n + 1, 1, 10, 10) for n in range(size)),
        tuple(Edge(n + 1, keys[n], 1, 1) for n in range(size)),
    )  # fmt: skip
    found: dict[str, list[Function]] = {
        "lines and calls": [wide],
        "calls from one line": [
            Function(keys[0], 1, 9, 0, (), tuple(Edge(1, key, 1, 1) for key in keys))
        ],
        "chain": [function(n, [n + 1] if n + 1 < size else []) for n in range(size)],
        "circle": [function(n, [(n + 1) % size]) for n in range(size)],
        "circles in a row": [function(n, [n, min(n + 1, size - 1)] if n + 1 < size else [n])
                             for n in range(size)],
        "layers of two": layers(2),
        "layers of ten": layers(10),
        "all call all": [function(n, list(range(root))) for n in range(root)],
        "all call all later": [function(n, list(range(n + 1, root))) for n in range(root)],
        "functions on one line": [
            Function(FunctionKey("a.py", 1, f"f{n}"), 1, 5, 0, (Line(1, 1, 5, 5),))
            for n in range(size)
        ],
        "one name": [
            Function(FunctionKey("a.py", n, "f"), 1, 5, 0, (Line(n, 1, 5, 5),)) for n in range(size)
        ],
        "folders": [
            Function(FunctionKey("/a" * n + ".py", 1, "f"), 1, 5, 0, (Line(1, 1, 5, 5),))
            for n in range(root)
        ],
        "long name": [
            Function(FunctionKey("a" * size, 1, "b." * size), 1, 5, 0, (Line(1, 1, 5, 5),))
        ],
        "long line": [function(1, [], 1, "x = '" + "(" * size + "'")],
        "many words in a line": [function(1, [], 1, "x + " * size)],
        "triple quotes": [function(1, [], 1, '"""' * size)],
        "many lines of text": [function(1, [], 1, "\n" * size)],
        "brackets over lines": [function(1, [], 1, "(\n" * size)],
        "indentation": [
            function(1, [], 1, "".join(" " * n + "if x:\n" for n in range(root)))
        ],
        "far lines": [
            Function(keys[0], 1, 9, 0, tuple(Line(n * 10**9, 1, 1, 1) for n in range(size)))
        ],
        "a gap as large as is shown": [
            Function(keys[0], 1, 9, 0,
                     tuple(Line(n * 100, 1, 1, 1) for n in range(size)))
        ],
    }  # fmt: skip
    profiles = {
        name: Profile((run,), tuple(sorted(functions, key=lambda f: f.key)))
        for name, functions in found.items()
    }
    profiles["threads"] = Profile((run,), (), tuple(Thread(n, ()) for n in range(size)))
    profiles["runs"] = Profile((run,) * size, ())
    profiles["arguments"] = Profile((Run("1.0", argv=("'",) * size),), ())
    return profiles
