"""Programs too long to write out: functions of hundreds and thousands of lines.

CPython 3.12 looks a line number up from the start of the code object, and a core that avoids
the cost of that takes other paths through long functions than through short ones.
"""

from __future__ import annotations

from collections.abc import Iterator


def programs() -> Iterator[tuple[str, str]]:
    for lines in (100, 130, 300, 700, 2000):
        yield f"generated-loop_{lines}_lines_down", _loop_far_down(lines)
    yield "generated-every_statement_far_down", _statements_far_down()
    yield "generated-generator_far_down", _generator_far_down()
    yield "generated-large_dict_literal", _large_literal(600)
    yield "generated-long_if_chain", _if_chain(400)
    yield "generated-long_expression", _long_expression(300)
    yield "generated-many_small_functions", _many_functions(150)
    yield "generated-gaps_between_lines", _gaps()
    yield "generated-deep_nesting", _nesting(18)


def _filler(lines: int) -> list[str]:
    return [f"    x = {number}" for number in range(lines)]


def _text(*parts: list[str]) -> str:
    return "\n".join(line for part in parts for line in part) + "\n"


def _loop_far_down(lines: int) -> str:
    return _text(
        ["def work(n):"],
        _filler(lines),
        [
            "    total = 0",
            "    for i in range(n):",
            "        total += i",
            "        if i % 3: continue",
            "        total -= 1",
            "    while total > 5: total -= 7",
            "    for i in range(n): total += i",
            "    total += sum([j for j in range(n)])",
            "    total += sum([",
            "        j",
            "        for j in range(n)",
            "        if j % 2",
            "    ])",
            "    return total",
            "def main():",
            "    return work(9), work(0), work(4)",
        ],
    )


def _statements_far_down() -> str:
    body = """\
    try:
        for i in range(6):
            with ctx() as c:
                if i == 2:
                    continue
                elif i == 4: raise ValueError(
                    "x"
                )
                c.append(
                    i,
                )
    except ValueError as e: out.append(str(e))
    else:
        out.append("else")
    finally:
        out.append("finally")
    match n:
        case 0: return out
        case int() if (n
                       > 1):
            out.append(work(n - 1))
        case _:
            out.append(work(0))
    n = 0
    while (n < 5
           and n != 3): n += 1
    f = lambda a: a + n; out.append(f(1))
    def inner(k):
        nonlocal n
        for _ in range(k): n += 1
        return n
    out.append(inner(3)); out.append(inner(0))
    return [
        x for x in out
        if x
    ]
from contextlib import nullcontext
def ctx(): return nullcontext([])
def main():
    return work(2)
""".splitlines()
    return _text(["def work(n):", "    out = []"], _filler(500), body)


def _generator_far_down() -> str:
    return _text(
        ["def gen(n):"],
        _filler(400),
        [
            "    for i in range(n):",
            "        try: got = yield i",
            "        except KeyError: got = yield -1",
            "        if got: return got",
            "    while n: n -= (yield n) or 1",
            "async def co(n):",
        ],
        _filler(400),
        [
            "    for i in range(n): await asyncio.sleep(0)",
            "    async with asyncio.Lock():",
            "        return [await co(i) for i in range(n - 1)]",
            "import asyncio",
            "def main():",
            "    g = gen(5)",
            "    out = [next(g), g.send(0), g.throw(KeyError), g.send(0)]",
            "    h = gen(2); next(h); del h",
            "    return out, list(gen(3)), g.close(), asyncio.run(co(3))",
        ],
    )


def _large_literal(items: int) -> str:
    return _text(
        ["def one(): return 1", "def main():", "    d = {"],
        [f"        'key{n}': {'one()' if n % 50 == 0 else n}," for n in range(items)],
        ["    }", "    for k in d: d[k] = 0", "    return len(d)"],
    )


def _if_chain(branches: int) -> str:
    return _text(
        ["def pick(x):", "    if x == -1: return -1"],
        [f"    elif x == {n}:\n        return {n} * 2" for n in range(branches)],
        ["    return None", f"def main(): return [pick(x) for x in range(0, {branches} + 50, 60)]"],
    )


def _long_expression(terms: int) -> str:
    return _text(
        ["def f(x): return x", "def main():", "    return (f(0)"],
        [f"            + {'f' if n % 20 == 0 else ''}({n})" for n in range(terms)],
        ["            and", "            f(1) or 2)"],
    )


def _many_functions(number: int) -> str:
    return _text(
        [
            f"def f{n}(x):\n    if x > {n}: return x\n    return f{(n + 7) % number}(x + 11)"
            for n in range(number)
        ],
        ["def main():", f"    return [globals()[f'f{{n}}'](n // 2) for n in range({number})]"],
    )


def _gaps() -> str:
    """Lines far apart, and a decorator whose line comes after that of the body."""
    blank = [""] * 300
    return _text(
        ["def main():", "    n = 0"],
        blank,
        ["    for i in range(3):"],
        blank,
        ["        n += i", "    f = ("],
        blank,
        ["        lambda x:"],
        blank,
        ["        x + n", "    )", "    return f(1), n"],
    )


def _nesting(depth: int) -> str:
    loops = [f"{'    ' * (n + 1)}for i{n} in range({1 + n % 2}):" for n in range(depth)]
    return _text(
        ["def main():", "    n = 0"], loops, ["    " * (depth + 1) + "n += 1", "    return n"]
    )
