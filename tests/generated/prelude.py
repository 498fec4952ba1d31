"""Helpers of generated programs; a program contains those it uses, and they are measured too."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SOURCE = '''\
@types.coroutine
def pause():
    got = yield
    return got or 0

@contextlib.contextmanager
def manage(n):
    tick(1)
    try:
        yield n
    except KeyError:
        tick(2)
    finally:
        tick(3)

class Guard:
    def __init__(self, n): self.n = n
    def __enter__(self): return tick(self.n + 1)
    def __exit__(self, kind, *rest):
        tick(1)
        return kind is KeyError and self.n > 1

class Managed:
    async def __aenter__(self): return await pause() + tick(2)
    async def __aexit__(self, *exc):
        await pause()
        return exc[0] is KeyError

@contextlib.asynccontextmanager
async def manage_async(n):
    tick(1)
    try: yield n
    finally: await pause()

class Steps:
    """An iterator, and an asynchronous one."""
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n <= 0: raise StopIteration
        self.n -= tick(1)
        return self.n
    def __aiter__(self): return self
    async def __anext__(self):
        if self.n <= 0: raise StopAsyncIteration
        self.n -= 1
        return await pause() + tick(1)

class Point:
    def __init__(self, x): self.x = x
    def __add__(self, other): return Point(self.x + tick(1) + int(other))
    def __int__(self): return self.x
    def __call__(self, n=1): return self.x + tick(n + 1)
    def __bool__(self): return tick(1) > 0 < self.x
    def __getitem__(self, n):
        if n > 2: raise IndexError(n)
        return tick(1)
    def __getattr__(self, name):
        tick(1)
        return 1 if name == "y" else object.__getattribute__(self, name)
    @property
    def z(self): return tick(2)
    @classmethod
    def at(cls, n): return cls(tick(1) + n)
    @staticmethod
    def least(*ns): return min(
        ns,
        key=lambda n: -n,
    )
    def moved(self, n):
        return Point(self.x + n)

class Dying:
    """Does something when it is dropped, alone or in a circle."""
    def __init__(self, circle=False): self.me = self if circle else None
    def __del__(self):
        for _ in range(2): tick(1)

def add(a, b=0, *rest, c=0, **more): return tick(1) + a + b + len(rest) + c + len(more)

def traced(func):
    @functools.wraps(func)
    def call(*args):
        tick(1)
        try: return func(*args)
        finally: tick(1)
    return call

def decorate(first, key=None, *rest):
    tick(1)
    return lambda func: (
        func
    )

def fail(n):
    if n > 2: raise KeyError(n)
    try: raise ValueError(tick(1))
    finally: tick(1)

def drive(co, last=12):
    """Steps of a coroutine, or what it returned; closed if it goes on for too long."""
    steps = 0
    try:
        while steps < last: steps += 1; co.send(None)
        co.close()
    except StopIteration as e: return e.value or 0
    except StopAsyncIteration: return 50
    return steps

def poke(make, how):
    """What can be done to a generator besides using it up."""
    gen, seen = make(), 0
    try:
        if how == "unstarted": gen.throw(KeyError(1))
        if how == "unused": gen.close()
        for step in range(6):
            tick(1)
            if how == "throw" and step == 2: seen += gen.throw(KeyError(step)) or 0
            elif how == "stop" and step == 2: gen.throw(StopIteration(step))
            elif how == "close" and step == 3: gen.close()
            elif how == "drop" and step == 1: return seen
            elif how == "del" and step == 2: del gen; break
            elif how == "circle" and step == 2:
                box = [gen]; box.append(box)
                del gen, box; gc.collect(0); break
            elif step: gen.send(step)
            else: next(gen)
            seen += 1
    except (StopIteration, KeyError, RuntimeError) as e: seen += 100 + len(e.args)
    return seen

async def poke_async(agen, how):
    seen = 0
    try:
        for step in range(4):
            if how == "throw" and step == 1: await agen.athrow(KeyError(step))
            elif how == "close" and step == 2: await agen.aclose()
            elif how == "drop" and step == 1: return seen
            elif step: await agen.asend(step)
            else: await anext(agen)
            seen += 1
    except (StopAsyncIteration, KeyError, RuntimeError) as e: seen += 100 + len(e.args)
    return seen

async def cancelled(co, steps):
    task = asyncio.create_task(co)
    for _ in range(steps): await asyncio.sleep(0)
    task.cancel()
    try: return await task
    except asyncio.CancelledError: return tick(1)

def endless(n):
    try:
        while tick(1): n = (yield n) or n + 1
    finally:
        tick(1)

def spread(number, work):
    """Work on several threads that wait for one another before and after each of two rounds."""
    barrier, out = threading.Barrier(number), [[] for _ in range(number)]
    def run(n):
        for _ in range(2):
            refill(); barrier.wait(30)
            try: out[n].append(work(n))
            except BaseException as e: out[n].append(describe(e))
            finally: barrier.wait(30)
    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(number)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return out
'''

_WORDS = re.compile(r"[A-Za-z_]+")
_NAME = re.compile(r"^(?:async )?(?:def|class) (\w+)", re.MULTILINE)


def _each() -> Iterator[tuple[str, str]]:
    line = 0
    for text in _SOURCE.split("\n\n"):
        name = _NAME.search(text)
        assert name is not None
        # The helpers share one file, so their line numbers must not overlap.
        yield name[1], "\n" * line + text + "\n"
        line += text.count("\n") + 2


HELPERS = dict(_each())
"""Source by name."""
_USED = {
    name: (HELPERS.keys() & set(_WORDS.findall(source))) - {name}
    for name, source in HELPERS.items()
}


def used(text: str) -> list[str]:
    """Names of the helpers that `text` uses, and of those that they use."""
    found: set[str] = set()
    new = HELPERS.keys() & set(_WORDS.findall(text))
    while new:
        found |= new
        new = {name for other in new for name in _USED[other]} - found
    return [name for name in HELPERS if name in found]
