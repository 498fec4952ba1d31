"""Peculiarities of CPython, one by one; the reasons for skipping say which version has which."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType

import pytest

from lineprof import _core
from tests.csrc.functions import before, function, has_monitoring, since
from tests.support.catalogue import Program
from tests.support.core_session import measured
from tests.support.harness import (
    compiled,
    counts_of,
    measure,
    nothing_left,
    oracle_outcome,
    profiled_outcome,
)
from tests.support.oracle import nested_codes


def like_the_oracle(source: str, core: str, mode: str) -> dict[str, dict[int, int]]:
    """Run main() of a program, compare with the oracle, and return hits by function."""
    program = Program("trap", source.lstrip("\n"))
    found = profiled_outcome(program, core, mode)
    assert found == oracle_outcome(program)
    names = [code.co_qualname for code in nested_codes(compiled(program))]
    return {
        name: dict(counted.hits)
        for name, counted in zip(names, found.counts, strict=True)
        if counted is not None
    }


def with_tool(
    profiler: _core.Profiler, codes: list[CodeType], mode: str, look: Callable[[int], object]
) -> object:
    """What `look` returns for the tool id while the codes are measured."""

    def driver() -> object:
        assert profiler.tool_id is not None
        return look(profiler.tool_id)

    with nothing_left(codes):
        return measure(profiler, codes, mode, driver)


def local_events(work: Callable[..., object], mode: str) -> int:
    found = with_tool(
        _core.Profiler(core="monitor"),
        [work.__code__],
        mode,
        lambda tool: sys.monitoring.get_local_events(tool, work.__code__),
    )
    assert isinstance(found, int)
    return found


# -- A LINE event far below the def line looks its line up in O(n) ---------------------


@has_monitoring
@before(3, 13, 3, why="mended in Python 3.13.3 (cpython#127953)")
@pytest.mark.parametrize("lines", [20, 200, 2000])
def test_long_functions_have_an_event_a_line(lines: int, mode: str) -> None:
    """INSTRUCTION events are disabled where no line starts, so an event remains for each line."""
    reads = 0

    def timer() -> int:
        nonlocal reads
        reads += 1
        return reads

    body = "".join(f"    x = (x + {n}) * 2 - x - x\n" for n in range(lines))
    space: dict[str, Callable[[int], int]] = {}
    exec(f"def work(x):\n{body}    return x\n", space)
    work = space["work"]

    def driver() -> int:
        work(1)
        before = reads
        work(1)
        return reads - before

    profiler = _core.Profiler(core="monitor", timer=timer)
    called = lines == 2000  # the LINE event of the first line also reports the call
    assert measure(profiler, [work.__code__], mode, driver) == called + lines + 1 + 1
    ((_, counted),) = counts_of(profiler)
    assert counted.hits == dict.fromkeys(range(2, lines + 3), 2)


@pytest.mark.parametrize("filler", [0, 120, 400])
def test_lines_of_long_functions(filler: int, core: str, mode: str) -> None:
    """Jumps back within a line and to a line, near the first line and far below it."""
    source = """
def h(n): return n
def main(): return [work(n) for n in range(3)]
def work(d):
FILLER
    x = h(1) if d > 1 else h(2)
    for i in range(3): x += i
    while x > 5: x -= 2
    for i in range(2):
        x += h(i)
    x = [
        h(i)
        for i in range(3)
    ]
    try:
        with open(x) as f:
            pass
    except TypeError: x = d
    return x
""".replace("FILLER", "    x = 0\n" * filler)
    assert like_the_oracle(source, core, mode)["work"]


# -- No LINE event for a body on the def line without PY_START -------------------------


@since(3, 13, why="before Python 3.13 LINE events do not need PY_START (cpython#155992)")
def test_bodies_on_the_def_line(mode: str) -> None:
    found = like_the_oracle(
        """
def one(): return 1
two = lambda: 2
def main():
    a = one() + one()
    b = two()
    c = list(x for x in range(3))
    class Body: y = 1
    return a, b, c
""",
        "monitor",
        mode,
    )
    assert found["one"] == {1: 2}
    assert found["<lambda>"] == {2: 1}
    assert found["main.<locals>.<genexpr>"] == {6: 4}
    assert local_events(function("def work(): return 1\n"), mode) & (sys.monitoring.events.PY_START)


# -- A call of which only the first line tells ------------------------------------------


@pytest.mark.parametrize("restart", [False, True])
def test_calls_without_py_start(restart: bool, core: str, mode: str) -> None:
    """PY_START is disabled after the first call, if the first line reports the others."""
    source = """
import sys
def short(n):
    return n
def loops_to_the_first_line(n):
    while n: n -= 1
    return n
def loops_above(n):
    while True:
        n -= 1
        if n < 0:
            return n
def recursive(n):
    if n:
        return recursive(n - 1)
    return n
def generator(n):
    got = yield n
    while got:
        got = yield got
def fails(n):
    raise ValueError(n)
def on_the_def_line(n): return n
def nested(n):
    def inner():
        return n
    return inner() + inner()
def again(f):
    try:
        return f(3)
    except ValueError:
        return None
def main():
    found = []
    for _ in range(3):
        found += [again(f) for f in (short, loops_to_the_first_line, loops_above, recursive)]
        found += [again(f) for f in (fails, on_the_def_line, nested)]
        found += [list(generator(2)), next(generator(3))]
        RESTART
    return found
""".replace("RESTART", "sys.monitoring.restart_events()" if restart else "pass")
    if restart and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring needs Python 3.12")
    assert like_the_oracle(source, core, mode)["recursive"] == {13: 12, 14: 9, 15: 3}


@has_monitoring
def test_coming_back_to_the_first_line_is_no_call(mode: str) -> None:
    """Neither in a frame that ran already, nor in one whose start was reported."""
    work = function("def work(n, f):\n    while n >= 0:\n        n -= 1\n        if n == 5: f()\n")
    profiler = _core.Profiler(core="monitor")

    def begin() -> None:
        profiler.watch(work.__code__, always=mode == "always")
        profiler.start()

    work(8, begin)
    ((_, late),) = counts_of(profiler)
    work(3, begin)
    work(3, begin)
    ((_, counted),) = counts_of(profiler)
    profiler.close()
    assert (late.calls, late.hits) == (0, {2: 7, 3: 6, 4: 6})
    assert (counted.calls, counted.hits) == (2, {2: 7 + 10, 3: 6 + 8, 4: 6 + 8})


# -- No LINE event for a jump back to the same line ------------------------------------


@has_monitoring
def test_loops_on_one_line(mode: str) -> None:
    found = like_the_oracle(
        """
def main():
    s = 0
    for i in range(10): s += i
    while s > 40: s -= 1
    return s
""",
        "monitor",
        mode,
    )
    # Up to 3.13 the condition is compiled twice: the loop jumps back to where its body begins.
    returns = 6 if sys.version_info >= (3, 14) else 5
    assert found["main"] == {2: 1, 3: 11, 4: returns, 5: 1}


# -- No LINE event after throw() into an awaiting frame without PY_RESUME ---------------


@since(3, 13, why="before Python 3.13 the line comes without PY_RESUME")
def test_the_line_after_a_throw(mode: str) -> None:
    source = """
class Stop:
    def __await__(self):
        yield 1
async def inner():
    try:
        await Stop()
    except KeyError:
        return 2
async def outer():
    try: return await inner()
    finally: pass
def gen():
    try: yield 1
    except KeyError: yield 2
def main():
    c = outer()
    c.send(None)
    try: c.throw(KeyError())
    except StopIteration as e: result = e.value
    g = gen()
    return result, next(g), g.throw(KeyError())
"""
    assert like_the_oracle(source, "monitor", mode)["gen"]
    work = function("async def work(x):\n    return await x\n")
    assert local_events(work, mode) & sys.monitoring.events.PY_RESUME


# -- PY_UNWIND and PY_THROW cannot be local --------------------------------------------


@has_monitoring
@before(3, 15, why="PY_UNWIND and PY_THROW are local from Python 3.15 on")
def test_leaving_by_exception_is_a_global_event(core: str, mode: str) -> None:
    """So there are events of unmeasured code, which must not change the numbers."""
    if core != "monitor":
        pytest.skip("a matter of sys.monitoring")
    source = """
def foreign(n):
    tick(5)
    if n: foreign(n - 1)
    raise KeyError
def foreign_gen():
    try: yield 1
    except KeyError: tick(7)
def own():
    tick(1)
    try:
        foreign(3)
    except KeyError:
        tick(2)
    g = foreign_gen()
    next(g)
    list(g) if g.throw(KeyError) else 0
def main():
    try: own()
    except StopIteration: tick(4)
"""
    own = measured(core, mode, source, "own")["own"]
    assert own.calls == 1
    assert own.total == 1 + 4 * 5 + 2 + 7
    assert {n: line[1] for n, line in own.lines.items() if line[1]} == {9: 1, 11: 20, 13: 2, 16: 7}
    masks = with_tool(
        _core.Profiler(core=core),
        [with_tool.__code__],
        mode,
        sys.monitoring.get_events,
    )
    assert masks == sys.monitoring.events.PY_UNWIND | sys.monitoring.events.PY_THROW


# -- PY_UNWIND is missing when a generator is closed or collected ----------------------


@pytest.mark.parametrize("end", ["g.close()", "del g", "g = None"])
def test_a_generator_that_ends_without_an_event(end: str, core: str, mode: str) -> None:
    """3.13 and later have no event for it; the frames around must keep their time."""
    source = f"""
def gen():
    tick(1)
    yield 1
    tick(2)
def main():
    for _ in range(3):
        g = gen()
        next(g)
        tick(3)
        {end}
        tick(4)
    helper()
    tick(5)
def helper():
    tick(6)
"""
    found = measured(core, mode, source)
    assert (found["gen"].calls, found["gen"].total) == (3, 3)
    assert (found["main"].calls, found["main"].total) == (1, 3 * (1 + 3 + 4) + 6 + 5)
    selves = {n: line[2] for n, line in found["main"].lines.items() if line[2]}
    assert selves == {9: 9, 11: 12, 13: 5}
    assert found["main"].edges[12, "helper"] == (1, 6)


# -- free_tool_id() leaves local events -------------------------------------------------


@has_monitoring
def test_the_next_owner_of_the_tool_id_has_no_events_of_ours(mode: str) -> None:
    """Before 3.14 a tool leaves its events on code, and they fire for the next owner of the id."""
    events = sys.monitoring.events
    seen: list[object] = []
    work = function("def work(xs):\n    for x in xs: x\n    return xs\n")
    profiler = _core.Profiler(core="monitor")

    def driver() -> int:
        work([1])
        assert profiler.tool_id is not None
        return profiler.tool_id

    tool = measure(profiler, [work.__code__], mode, driver)
    sys.monitoring.use_tool_id(tool, "test")
    kinds = (events.LINE, events.PY_START, events.PY_RETURN, events.JUMP, events.PY_UNWIND)
    try:
        for kind in kinds:
            left = sys.monitoring.register_callback(tool, kind, lambda *args: seen.append(args))
            assert left is None
        assert sys.monitoring.get_events(tool) == 0
        assert sys.monitoring.get_local_events(tool, work.__code__) == 0
        work([1, 2])
    finally:
        for kind in kinds:
            sys.monitoring.register_callback(tool, kind, None)
        sys.monitoring.free_tool_id(tool)
    assert seen == []


# -- An event without a callback still costs -------------------------------------------


@has_monitoring
def test_every_event_that_is_on_has_a_callback(mode: str) -> None:
    sources = [
        "def work(xs):\n    for x in xs: x\n",
        "def work(xs):\n" + "    x = 1\n" * 300 + "    with xs:\n        x()\n",
        "async def work(xs):\n    await xs\n",
    ]
    codes = [function(source).__code__ for source in sources]
    events = sys.monitoring.events
    values = {getattr(events, name) for name in dir(events) if name.isupper()} - {0}
    # Bit by bit, since BRANCH is two bits on some versions.
    bits = [value for value in values if value & (value - 1) == 0]

    def without(tool: int) -> list[int]:
        on = sys.monitoring.get_events(tool)
        for code in codes:
            on |= sys.monitoring.get_local_events(tool, code)
        assert on
        found = []
        for bit in bits:
            if on & bit:
                callback = sys.monitoring.register_callback(tool, bit, None)
                sys.monitoring.register_callback(tool, bit, callback)
                if callback is None:
                    found.append(bit)
        return found

    assert with_tool(_core.Profiler(core="monitor"), codes, mode, without) == []


# -- PY_UNWIND that nobody asked for, RERAISE twice --------------------------------------


def test_calls_of_classes(core: str, mode: str) -> None:
    """3.12.0 and 3.12.1 send PY_UNWIND when __init__ returns to a class (cpython#113486)."""
    source = """
class Thing:
    def __init__(self, fail):
        tick(1)
        if fail: raise KeyError
        tick(2)
def make(fail):
    t = Thing(fail); tick(3)
    return t
def main():
    for _ in range(50):
        make(0)
    try: make(1)
    except KeyError: tick(4)
    tick(5)
"""
    found = measured(core, mode, source)
    assert (found["make"].calls, found["make"].total) == (51, 50 * 6 + 1)
    assert (found["Thing.__init__"].calls, found["Thing.__init__"].total) == (51, 50 * 3 + 1)
    assert found["make"].edges == {(7, "Thing.__init__"): (51, 151)}
    assert found["main"].total == 301 + 4 + 5
    only_make = measured(core, mode, source, "make")["make"]
    assert (only_make.calls, only_make.total) == (51, 301)


def test_exceptions_raised_again_and_again(core: str, mode: str) -> None:
    """There may be two RERAISE events for one exception (cpython#118360)."""
    source = """
def deep(n):
    try:
        try:
            if n: deep(n - 1)
            raise KeyError
        finally:
            n += 1
    except KeyError as e:
        n += 1
        raise
    finally:
        n += 1
def main():
    found = []
    for i in range(4):
        try: deep(i)
        except KeyError: found.append(i)
    return found
"""
    assert like_the_oracle(source, core, mode)["deep"]


# -- Comprehensions are inlined from 3.12 on ---------------------------------------------


def test_comprehensions(core: str, mode: str) -> None:
    source = """
def main():
    a = [x for x in range(3)]
    b = {
        y: z
        for y in a
        for z in a
    }
    c = {x for x in a if x}
    return a, b, c
"""
    found = like_the_oracle(source, core, mode)
    inlined = sys.version_info >= (3, 12)
    assert set(found) == {"<module>", "main"} | (
        set()
        if inlined
        else {"main.<locals>.<listcomp>", "main.<locals>.<dictcomp>", "main.<locals>.<setcomp>"}
    )
    # Each round of the loop within the line is another hit.
    assert found["main"][2] == (4 if inlined else 1)
