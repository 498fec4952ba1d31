"""Does everything a profiler does, while each allocation in turn fails.

    python shortage.py ALLOCATOR CORE MODE

ALLOCATOR: "python" lets Python's own allocators fail, "core" the malloc() of a core built for that
(see memory.py). It runs in a process of its own, since it may take the interpreter down.
"""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from types import CodeType
from typing import Any

sys.path.append(str(Path(__file__).parents[2]))  # behind the lineprof that is to be tested

from lineprof import _core
from tests.support.harness import counts_of, hooks

MOST = 5_000
ENOUGH = 60
"""After so many rounds without an error, the work ends before the allocation that fails."""

LONG = 150
"""Lines of a function so long that some Pythons look up its lines in another way."""


class Allocator:
    """Where allocations fail; `fail(first, last)` counts from now, last 0 means all."""

    def __init__(self, name: str) -> None:
        if name == "python":
            import _testcapi

            self.fail: Callable[[int, int], object] = _testcapi.set_nomemory
            self.mend: Callable[[], object] = _testcapi.remove_mem_hooks
        else:
            library = ctypes.CDLL(_core.__file__)
            self._left = ctypes.c_int.in_dll(library, "fuzz_allocations_left")
            self._blocks = ctypes.c_long.in_dll(library, "fuzz_blocks")
            self.fail = lambda first, _last: setattr(self._left, "value", first)
            self.mend = lambda: setattr(self._left, "value", -1)

    def blocks(self) -> int:
        """Blocks that the core has not freed; 0 where they are not counted."""
        return self._blocks.value if hasattr(self, "_blocks") else 0


def generator(n: int) -> Generator[int, None, None]:
    for i in range(n):
        try:
            yield i
        except GeneratorExit:
            return


def work(n: int) -> int:
    if n:
        return work(n - 1)
    return sum(generator(3))


def fails(n: int) -> int:
    try:
        return n // 0
    except ZeroDivisionError:
        return work(n)


def many(space: dict[str, object] = {}) -> list[Callable[[], int]]:  # noqa: B006
    """Functions enough that tables have to grow, one of them long."""
    if not space:
        for n in range(8):
            body = " x = 1\n" * (LONG if n == 5 else 1)
            exec(f"def f{n}(x=0):\n{body} for i in (1, 2): x += i\n return x\n", space)
        del space["__builtins__"]
    return list(space.values())  # type: ignore[arg-type]


FUNCTIONS: list[Callable[..., object]] = [generator, work, fails, *many()]
SHARD = os.path.join(tempfile.mkdtemp(), "one.shard")
"""No Path: without memory the interpreter takes it for something else."""
DATA = bytearray()
"""What a whole shard holds."""

CODES: list[CodeType] = [f.__code__ for f in FUNCTIONS]


Made = list[Any]
"""Two profilers, a generator, which needs memory to die, and a profiler with a shard."""


def scenario(core: str, mode: str, made: Made) -> None:
    """Call all methods on code whose numbers are known.

    There is no `finally`: far into a function it needs memory, and without any the interpreter
    retries for ever.
    """
    always = mode == "always"
    profiler = _core.Profiler(core=core)
    made[0] = profiler
    profiler.set_cost(1, 1, 1, (1, 2, 3))
    for code in CODES:
        profiler.watch(code, always)
    profiler.start()
    kept = made[2] = generator(4)
    next(kept)
    work(36)  # deeper than the stack has room for at first
    profiler.clear()
    for function in FUNCTIONS[3:]:
        function()
    fails(2)
    next(kept)
    profiler.snapshot()
    profiler.unwatch(CODES[3])
    FUNCTIONS[3]()
    profiler.watch(CODES[3], always)
    profiler.stop()
    profiler.start()
    kept.close()
    work(3)
    second = _core.Profiler(core=core)
    made[1] = second
    second.watch(CODES[1], always)
    second.start()
    work(1)
    second.stop()
    second.close()
    profiler.stop()
    profiler.close()
    if os.access(SHARD, os.F_OK):
        os.unlink(SHARD)
    third = made[3] = _core.Profiler(core=core, shard=SHARD)
    for code in CODES:
        third.watch(code, always, b"about")
    third.start()
    third.note(b"note")
    work(36)
    fails(2)
    third.close()
    sums = _core.ShardSum()
    for _ in range(2):
        sums.add(DATA, lines=True)
    sums.functions()


def make_data(core: str) -> None:
    profiler = _core.Profiler(core=core, shard=SHARD)
    for code in CODES:
        profiler.watch(code, True, code.co_name.encode())
    work(36)
    profiler.note(b"note")
    profiler.close()
    DATA.extend(Path(SHARD).read_bytes())


def attempt(core: str, mode: str, made: Made) -> BaseException | None:
    """Run the scenario, and close all profilers while memory is still short; its error."""
    try:
        scenario(core, mode, made)
    except (MemoryError, SystemError) as error:
        close(made[3])
        close(made[1])
        close(made[0])
        return error
    return None


def close(profiler: _core.Profiler | None) -> None:
    try:
        if profiler is not None:
            profiler.close()
    except MemoryError:  # events were dropped
        pass


def numbers(profiler: _core.Profiler | None) -> list[object]:
    assert profiler is not None
    found = {id(code): count for code, count in counts_of(profiler)}
    return [found.get(id(code)) for code in CODES]


def shortages(allocator: str, core: str) -> tuple[int, ...]:
    """Which allocations fail: 1 is the `n`th alone, 0 also all after it.

    Without any memory the interpreter cannot report an error of a trace function, and aborts.
    """
    return (1, 0) if (allocator, core) == ("python", "monitor") else (1,)


def main() -> None:
    allocator_name, core, mode = sys.argv[1:]
    allocator = Allocator(allocator_name)
    made: Made = [None] * 4
    make_data(core)
    scenario(core, mode, made)
    expected = numbers(made[0])
    before = hooks(CODES)
    made[:] = [None] * 4
    gc.collect()
    blocks = allocator.blocks()
    errors = rounds = 0
    for last in shortages(allocator_name, core):
        fine = n = 0
        while fine < ENOUGH:
            n += 1
            assert n < MOST, "no end of allocations"
            made[:] = [None] * 4
            allocator.fail(n, n + 1 if last else 0)
            try:
                error = attempt(core, mode, made)
            except MemoryError as late:  # of telling it
                error = late
            finally:
                allocator.mend()
            assert hooks(CODES) == before, (last, n)
            if error is None:
                assert numbers(made[0]) == expected, (last, n)
                fine += 1
            else:
                # What 3.12 says when it has no memory for a frame.
                known = isinstance(error, MemoryError) or "Missing frame" in str(error)
                assert known, (last, n, error)
                errors += 1
                fine = 0
            error = None
        rounds += n
        made[:] = [None] * 4
        gc.collect()
    assert allocator.blocks() == blocks, (allocator.blocks(), blocks)
    assert errors > 10, errors  # or nothing failed
    scenario(core, mode, made)
    assert numbers(made[0]) == expected
    print(
        f"{allocator_name}, {core}, {mode}: {rounds} rounds,"
        f" {errors} times MemoryError, nothing else",
        flush=True,
    )
    shutil.rmtree(os.path.dirname(SHARD))


if __name__ == "__main__":
    main()
