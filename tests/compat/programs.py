"""Functions whose lines both tools count, and where the counts differ on purpose."""

from __future__ import annotations

import sys

PROGRAM = '''\
import asyncio, contextlib, functools

@profile
def loops(n):
    total = 0
    for i in range(n):
        if i % 2:
            continue
        total += i
    else:
        total -= 1
    while n:
        n -= 1
    return total

@profile
def branches(x):
    if x > 2:
        y = 1
    elif x > 1:
        y = 2
    else:
        y = 3
    return (y if
            x else 0)

@profile
def tries(fail):
    try:
        if fail:
            raise ValueError
        x = 1
    except KeyError:
        x = 2
    except ValueError:
        x = 3
    finally:
        y = 4
    return x

@profile
def leaves():
    for i in range(3):
        with contextlib.suppress(ValueError):
            raise ValueError

@profile
def raises():
    x = 1
    raise KeyError(x)

@profile
def many_lines(a,
               b=2):
    return sum([
        a,
        b,
        loops(2),
    ])

@profile
def comprehensions(n):
    squares = [i * i for i in range(n)]
    evens = {i for i in squares
             if i % 2 == 0}
    return sum(i for i in evens)

@profile
def generator(n):
    got = 0
    for i in range(n):
        got = yield i
    yield got

@profile
def delegates(n):
    yield from generator(n)

@profile
async def coroutine(n):
    for i in range(n):
        await asyncio.sleep(0)
    return n

@profile
async def async_generator(n):
    for i in range(n):
        yield i

@profile
async def drives():
    async for i in async_generator(3):
        pass
    async with contextlib.AsyncExitStack():
        x = [j async for j in async_generator(2)]
    return await asyncio.gather(coroutine(1), coroutine(2))

@profile
def matches(x):
    match x:
        case 1:
            return "one"
        case [a, b]:
            return a + b
    return None

@profile
def one_line(): return 1

lam = profile(lambda x: x + 1)

class C:
    @profile
    def method(self):
        return self.prop

    @profile
    @property
    def prop(self):
        return 1

    @profile
    @classmethod
    def klass(cls):
        return cls

    @staticmethod
    @profile
    def static():
        return 2

@profile
class Whole:
    def __init__(self):
        self.x = 1

    class Inner:
        def method(self):
            return 1

    def never(self):
        return 0

def outer():
    @profile
    def inner(x):
        return x
    return inner

@profile
def never():
    return 1

def plain(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args)
    return wrapper

@plain
@profile
def under():
    return 3

@profile
def string():
    """Text
    in lines."""
    x = f"{
1}" if False else 2
    return x

@profile
def recursive(n):
    if n:
        x = recursive(n - 1)
        return x
    return 0

@profile
def even(n):
    return n == 0 or odd(n - 1)

@profile
def odd(n):
    return n != 0 and even(n - 1)

@profile
def abandoned():
    try:
        for i in range(3):
            yield i
    finally:
        i = 0

@profile
def twin_a(x):
    return x

@profile
def twin_b(x):
    return x

def twin_c(x):
    return x

@profile
def dels():
    x = 1
    global g
    g = x; del x
    assert g
    import os

loops(5); branches(1); branches(2); branches(3); tries(0); tries(1); leaves()
try:
    raises()
except KeyError:
    pass
many_lines(1); comprehensions(4)
list(generator(3)); list(delegates(2))
asyncio.run(drives())
matches(1); matches([1, 2]); matches("")
one_line(); one_line(); lam(1)
C().method(); C.klass(); C.static()
Whole(); Whole.Inner().method()
f, h = outer(), outer()
f(1); f(2); h(3)
under(); string(); dels()
recursive(3); even(3)
a = abandoned(); next(a); a.close(); del a
twin_a(1); twin_b(1); twin_b(1); twin_c(1)
'''

if sys.version_info < (3, 12):
    # Before, a replacement field of an f-string had to be in one line.
    PROGRAM = PROGRAM.replace('f"{\n1}" if False', '"" if False')

DIFFERENT = {
    # `close()` of a generator runs outside their wrapper, which measures `send` alone.
    "abandoned": {6: (0, 1)},
}
"""Function -> line from its first -> their hits and ours, where they differ."""
