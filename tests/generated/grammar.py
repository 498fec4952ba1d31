"""What programs are made of: templates, the plainest first, which is what failures shrink to.

    $n  a small number          $w  a leaf: no calls but tick()     $c  a condition
    $u  any value that is right in a scope of its own                $v  any value
    $e  an exception            $return  return, with a value where that is allowed
    $f $g $co $ag $call  a call of a function, generator, coroutine, asynchronous generator, any

A line that is a block's name stands for statements: `$block` for what may stand where the template
does, `$loop` in a loop, `$star` where nothing may leave, `$function`, `$generator` and `$coroutine`
for a body of that kind, `$class` for that of a class. Every program ends: each round of a loop and
each call ticks where nothing can swallow the Exhausted that tick() raises in the end.
"""

from __future__ import annotations

import sys

LEAVES = (
    "1", "tick(1)", "x", "x % 7", "0", "d", "tick(3)", "-1", "3", "tick(7)", "x % 3",
    "len((1, 2))", "int(x > 2)", "tick(2)",
)  # fmt: skip
CONDITIONS = (
    "x % 2", "d > 1", "tick(1) > x % 3", "not x % 3", "1 < x % 7 < 6", "tick(1) and x % 2",
    "(x % 2 or tick(1) > 1)", "x % 5", "True", "False", "not (x % 2 and d > 1)", "x is not None",
    "(\n    x % 2\n    or tick(1) == x % 3\n)", "x % 4 in (\n1, 2)",
    "any(x % k for k in (2, 3))",
)  # fmt: skip
ERRORS = ("KeyError($w)", "ValueError($w)", "TypeError", "StopIteration($w)", "LookupError()")
CAUGHT = (
    "KeyError", "Exception as e", "(KeyError, TypeError) as e", "LookupError", "ValueError",
    "RuntimeError", "BaseException",
)  # fmt: skip

VALUES = (
    "($u + $u)",
    "(\n    $u +\n    $u\n)",
    "($u if $c else $u)",
    "(\n    $u\n    if $c\n    else $u\n)",
    "($u or $u and $u)",
    "(\n    $u\n    or $u\n    and not\n    $u\n    or 2\n)",
    "len([$u for i in range($n)])",
    "sum([\n    $u\n    for i in range($n)\n    if i != 1\n])",
    "len({i: $u for i in range($n) if $c})",
    "len({$u for i in range($n) for j in range(i)})",
    "sum($u for i in range($n))",
    "sum(\n    $u\n    for i in range($n)\n    if $c\n)",
    "len([[$w for j in range(i)] for i in range($n)])",
    "(lambda v: v + $w)($u)",
    "(lambda\n    v, w=$w: v +\n    w)($u)",
    "(lambda f: f(f, $n))(lambda f, n: n and tick(1) + f(f, n - 1))",
    "max($u, $u, key=lambda v: -v)",
    "max(\n    $u,\n    $u,\n    key=lambda v:\n    -v,\n)",
    "add($u, $u)",
    "add(\n    $u,\n    $u,\n    *[$u, $u],\n    c=$u,\n    **{'k': $u},\n)",
    "add(add(\n    $u\n), b=add(\n    $u))",
    "int(Point($u).moved($u) + $w)",
    "Point.at(\n    $u\n).moved(\n    $u\n).x",
    "Point($w)[$n]",
    "Point(\n    $w)(\n)",
    "Point.least($u, $u)",
    "(Point($w).y + Point($w).z)",
    "sum(Point($w))",
    "sum(Steps($n))",
    "sum(k for k in zip(Steps($n), Steps($n)) for k in k)",
    "sum(map(lambda v: v + $w, range($n)))",
    "len(sorted(range($n), key=lambda v: $w))",
    "len(f'{$w}{$w!r:>{3}}')",
    "[$u, $u, $u][\n    $n % 3\n]",
    "len([$u, $u][:\n    $n])",
    "len((*range($n), $u))",
    "(1 < $u < 5)",
    "next(endless($n))",
)
# These are not allowed in comprehensions, lambdas and class bodies.
OWN_VALUES = ("((z := $v) + z)", "(\n    z :=\n    $v\n)")
CALLS = (
    "add($w)", "$f", "len(list($g))", "next($g, 0)", "poke(lambda: $g, '$poke')", "drive($co)",
    "drive($ag.__anext__())",
)  # fmt: skip
POKES = ("drop", "throw", "close", "del", "circle", "unstarted", "unused", "stop", "send")
POKES_ASYNC = ("drop", "throw", "close", "send")

SIMPLE: tuple[str, ...] = (
    "x = $v",
    "x += $v",
    "pass",
    "x = $v; x += $v",
    "if $c: x += 1",
    "if $c: x += $v\nelse: x = $w",
    "for i in range($n): x += $v",
    "for i in range($n):\n    x += $v",
    "for i in range($n):\n    if $c: break\nelse: x += $v",
    "for i in range($n): x += $w; x -= $w",
    "y = $n\nwhile y > 0: y -= 1; x += $v",
    "while tick(1) and $c: x += $v",
    "while tick(1) and $c: x += 1\nelse: x += $v",
    "if (\n    $c\n    and $c\n    or $c\n): x += 1",
    "x = $v if $c else $v",
    "x = $v or $v and\\\n    $v",
    "assert $c, $w",
    "if $c: raise $e",
    "x += fail($v)",
    "if $c: raise $e from KeyError($w)",
    "del x; x = 0",
    "x, y = $v, $v",
    "x, *y = $v, $v, \\\n    $v",
    "x = y = $v",
    "y: int = $v",
    "tally = $v",
    "try: x = {}[$w]\nexcept KeyError: x = $w",
    "try: x += $v\nexcept Exception: x = $w\nelse: x += $w\nfinally: x += $w",
    "with manage($w) as y: x += y; x += $v",
    "y = lambda a, b=$w: a + b + x; x += y($v)",
    "y = Dying(); x += $v; del y",
    "y = Dying(True); del y; gc.collect(0)",
    "y = $g; next(y, 0); del y",
    "y = $g; next(y, 0); y = None",
    "y = []; y.append($g); y.append(y); next(y[0], 0); del y; gc.collect(0)",
    "y = $g\nfor k in y: break\ny.close()",
    "y = $co; y.close()",
    "import types as y; x += 1",
    "x += len([*$g, *Steps($n)])",
    "for x, y in zip([$w, 2], $g): pass",
    "x = [x, $v][-1]",
)
COMPOUND: tuple[str, ...] = (
    "if $c:\n    $block",
    "if $c:\n    $block\nelse:\n    $block",
    "if $c:\n    $block\nelif $c: x = $v\nelif $c:\n    $block\nelse:\n    $block",
    "for k in range($n):\n    $loop",
    "for k in range($n):\n    $loop\nelse:\n    $block",
    "for k in $g:\n    $loop",
    "for k, i in zip(\n    $g,\n    Steps($n),\n):\n    $loop",
    "for k in Steps($n):\n    $loop\nelse:\n    $block",
    "for k in (\n    $v,\n    $v,\n):\n    $loop",
    "for k in iter(lambda: x % 3 and tick(1), 0):\n    $loop",
    "while tick(1) and $c:\n    $loop",
    "while tick(1) and $c:\n    $loop\nelse:\n    $block",
    "while True:\n    tick(1)\n    $loop\n    if $c: break",
    "while (\n    tick(1)\n    and $c\n):\n    $loop",
    "try:\n    $block\nexcept $caught:\n    $block",
    "try:\n    $block\nexcept $caught: x = $v\nelse:\n    $block",
    "try:\n    $block\nfinally:\n    $block",
    "try:\n    $block\nexcept $caught:\n    $block\nelse:\n    $block\nfinally:\n    $block",
    "try:\n    try:\n        $block\n    finally:\n        x += $v\nexcept $caught:\n    $block",
    (
        "try:\n    $block\nexcept KeyError:\n    $block\n    raise\n"
        "except (\n    TypeError,\n    ValueError\n):\n    $block"
    ),
    "try:\n    $block\nexcept* KeyError:\n    $star\nexcept* ValueError as e: x = $w",
    "with manage(x):\n    $block",
    "with manage($v) as y, Guard(y):\n    $block",
    "with (\n    manage($v),\n    Guard(\n        $w\n    ) as y,\n):\n    $block",
    "with contextlib.suppress(KeyError):\n    $block",
    (
        "with contextlib.ExitStack() as y:\n    y.enter_context(manage($w))\n"
        "    y.callback(tick, 1)\n    $block"
    ),
    (
        "match x:\n    case int() if $c: x = $v\n    case 1 | 2:\n        $block\n"
        "    case _:\n        $block"
    ),
    (
        "match [$v, $v]:\n    case [0, y]:\n        $block\n    case [1 | 2 as y, *_] if (\n"
        "        $c\n        or y\n    ):\n        $block\n    case [_]: pass"
    ),
    (
        "match Point($w):\n    case Point(x=0): pass\n    case Point(x=y) if $c:\n"
        "        $block\n    case _: x = $w"
    ),
    "match {'k': $w}:\n    case {'k': 1, **y}: x = $v\n    case {'k': y}:\n        $block",
    "def inner(d, x):\n    $function\nx = inner(d - 1, $v)",
    "def inner(k=$v, *, y=$w):\n    nonlocal x\n    $function\nx = inner() + inner(\n    $v)",
    (
        "@traced\n@decorate(\n    $w,\n    key=lambda v: v,\n)\n"
        "def inner(d, x): return x + $u\nx = inner(d, $v)"
    ),
    "def inner(d, x):\n    $generator\nx += sum(1 for _ in inner(d - 1, x))",
    "def inner(d, x):\n    $generator\nx += poke(lambda: inner(d - 1, x), '$poke')",
    "async def inner(d, x):\n    $coroutine\nx += drive(inner(d - 1, x), $n)",
    "class Inner:\n    $class\nx += Inner.p",
    "@decorate($w)\nclass Inner:\n    $class\nx += Inner.p",
    (
        "@decorate(\n    $w\n)\nclass Inner(\n    Point,\n    metaclass=type,\n"
        "):\n    $class\nx += Inner($w).p"
    ),
    "if d > 0:\n    x += [lambda: x, lambda: d][\n        $n % 2\n    ]()\n    $block",
)  # fmt: skip
IN_LOOP = (
    "if $c: continue", "if $c: break", "continue", "break", "if $c:\n    x += $v\n    continue",
)  # fmt: skip
LEAVING = (
    "if $c: $return",
    "try: $return\nfinally: x += $v",
    "try:\n    $block\n    $return\nfinally:\n    $block",
    "try:\n    $block\nfinally: $return",
    "for i in range($n):\n    try: $return\n    finally:\n        if $c: continue",
    (
        "for i in range(2):\n    try:\n        if $c: continue\n        $block\n"
        "    finally:\n        if $c: break"
    ),
    "with manage($w): $return",
    "with Guard($n):\n    $block\n    $return",
    "$return",
)
# For generators of both kinds.
YIELDING = (
    "yield x",
    "yield",
    "x = (yield x) or 0",
    "x += (yield tick(1)) or 2",
    "x = add((yield $w) or 1, (\n    yield $w) or 2)",
    "for i in range($n): yield i",
    "while tick(1) and $c: x = (yield x) or x + 1",
    "try: yield x\nexcept KeyError: yield -1\nfinally: x += tick(1)",
    "try:\n    yield x\n    $block\nexcept KeyError:\n    $block\nfinally:\n    $block",
    "try: yield x\nexcept GeneratorExit: x += tick(1); raise",
    "try: yield x\nexcept BaseException: yield $v",
    "with manage($w): yield x",
    "with Guard(2):\n    yield x\n    $block",
    "for k in range($n):\n    $loop\n    yield k",
)
DELEGATING = (
    "yield from $g",
    "x += (yield from $g) or 0",
    "yield from (k for k in Steps($n))",
    "yield from [\n    $v,\n    $v\n]",
    "try: yield from $g\nexcept KeyError: x = $v",
    "for i in range($n): yield from $g",
)
AWAITING = (
    "await pause()",
    "x += await pause()",
    "x += await $co",
    "x += await $co + tick(2) + await $co",
    "x = add(\n    await $co,\n    await pause(),\n    c=await $co\n)",
    "for i in range($n): await pause()",
    "for i in range($n): x += await $co",
    "while tick(1) and $c: await pause()",
    "x += len([await $co for i in range($n)])",
    "x += len([\n    i\n    async for i in $ag\n    if $c\n])",
    "x += len({i: await pause() async for i in Steps($n)})",
    "async for k in $ag: x += k or 0",
    "async for k in $ag:\n    $loop",
    "async for k in Steps($n):\n    $loop\nelse:\n    $block",
    "async with Managed():\n    $block",
    "async with Managed(), Managed() as y: x += y",
    "async with (\n    Managed() as y,\n    manage_async($w),\n):\n    $block",
    "try: await $co\nexcept KeyError: x = $v",
    "try: await pause()\nfinally: await pause()",
    "x += await poke_async($ag, '$poking')",
    "y = $ag; x += await anext(y, 0) or 0; del y",
    "x = $v if await pause() else await $co",
    "x += await pause() or await $co and\\\n    $v",
)
# For coroutines that only asyncio runs.
SCHEDULING = (
    "await asyncio.sleep(0)",
    "x += sum(await asyncio.gather($co, $co))",
    (
        "x += len(await asyncio.gather(\n    $co,\n    $co,\n    cancelled($co, 1),\n"
        "    return_exceptions=True,\n))"
    ),
    "x += await cancelled($co, $n)",
    "y = asyncio.create_task($co)\n$block\nx += await y",
    (
        "y = asyncio.create_task($co)\nawait asyncio.sleep(0)\ny.cancel()\n"
        "x += len(await asyncio.gather(y, return_exceptions=True))"
    ),
    (
        "try:\n    async with asyncio.timeout(-1):\n        $block\n"
        "        await asyncio.sleep(0)\nexcept TimeoutError: x = $v"
    ),
    "async with asyncio.TaskGroup() as y:\n    for i in range($n): y.create_task($co)",
    (
        "try:\n    async with asyncio.TaskGroup() as y:\n        y.create_task($co)\n"
        "        $block\nexcept* KeyError: x = $v"
    ),
    "async for k in $ag:\n    if $c: break\n    await asyncio.sleep(0)",
    "try: x += await asyncio.wait_for($co, 0)\nexcept TimeoutError: x += $v",
    "y = $ag; await anext(y, 0); y = None; await asyncio.sleep(0)",
)  # fmt: skip

CLASS = (
    "p = $w",
    "p += $w",
    "for i in range($n): p += i",
    "if p:\n    p = $w\nelse:\n    p = $w",
    "p = len([\n    k for k in range($n)\n])",
    "q = (\n    $w if p else\n    $w\n)",
    "def m(self, d, x): return x + $w",
    "@property\ndef r(self): return self.p + $w",
    "@staticmethod\ndef s(\n    x=$w,\n): return x",
    "try: p = {}[1]\nexcept KeyError: p = $w",
    "class Within: q = $w",
    "with Guard(2): raise KeyError(p)",
    "@traced\ndef t(self): return super().__hash__()",
    "def m(self, d, x):\n    $function",
)

DECORATORS = (
    "@traced",
    "@decorate($w)",
    "@decorate(\n    $w,\n    lambda v:\n    v,\n    $w,\n)",
    "@traced\n@decorate($w)",
    "@(lambda func: func)",
)
# In main(), beside calls of all functions.
ON_THREADS = (
    "spread(2, lambda n: $call)",
    "spread(3, lambda n: ($call, n))",
    "spread(\n    2,\n    lambda n:\n    [$call for _ in range(n + 1)],\n)",
)
if sys.version_info >= (3, 12):
    COMPOUND += ("def inner[T](d: T, x) -> T:\n    $function\nx = inner(d - 1, $v)",)
    SIMPLE += ("type y = int; x += len(y.__name__)",)
