"""The Python face of the core: arguments, states, lifetimes."""

from __future__ import annotations

import gc
import inspect
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from lineprof import _core
from tests.support.clock import FakeClock
from tests.support.harness import counts_of, hooks, nothing_left


def work() -> int:
    total = 0
    for i in range(3):
        total += i
    return total


CODE = work.__code__
FIRST = CODE.co_firstlineno
HITS = {FIRST + 1: 1, FIRST + 2: 4, FIRST + 3: 3, FIRST + 4: 1}


def hits(profiler: _core.Profiler) -> dict[int, int]:
    found = dict(counts_of(profiler))
    return dict(found[CODE].hits) if CODE in found else {}


def test_cores() -> None:
    cores = {"trace", "monitor"} if sys.version_info >= (3, 12) else {"trace"}
    assert set(_core.CORES) == cores
    assert len(_core.CORES) == len(cores)
    assert _core.Profiler().core == ("monitor" if "monitor" in cores else "trace")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"core": "nothing"}, ValueError),
        ({"core": 3}, TypeError),
        ({"clock": "sundial"}, ValueError),
        ({"clock": 1}, TypeError),
        ({"timer": 5}, TypeError),
        ({"unknown": 1}, TypeError),
    ],
)
def test_bad_arguments_of_the_constructor(arguments: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        _core.Profiler(**arguments)


def test_arguments_are_named() -> None:
    with pytest.raises(TypeError):
        _core.Profiler("trace")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "call",
    [
        lambda p: p.watch(),
        lambda p: p.watch(work),
        lambda p: p.watch(None),
        lambda p: p.watch(CODE, False, 1),
        lambda p: p.watch(CODE, unknown=True),
        lambda p: p.unwatch(),
        lambda p: p.unwatch("work"),
        lambda p: p.set_cost(),
        lambda p: p.set_cost(1, 2),
        lambda p: p.set_cost("a", 1, 2),
        lambda p: p.start(1),
        lambda p: p.stop(None),
        lambda p: p.snapshot(1),
        lambda p: p.clear(1),
        lambda p: p.close(1),
    ],
)
def test_bad_arguments_of_methods(core: str, call: Callable[[Any], object]) -> None:
    profiler = _core.Profiler(core=core)
    with pytest.raises(TypeError):
        call(profiler)
    assert profiler.snapshot() == []


@pytest.mark.parametrize("cost", [(-1, 0, 0), (0, 0, -5), (2**70, 0, 0)])
def test_absurd_costs(core: str, cost: tuple[int, int, int]) -> None:
    with pytest.raises((ValueError, OverflowError)):
        _core.Profiler(core=core).set_cost(*cost)


def test_the_type_is_closed() -> None:
    with pytest.raises(TypeError):
        type("Sub", (_core.Profiler,), {})
    with pytest.raises(TypeError):
        _core.Profiler.extra = 1  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        _core.Profiler().core = "x"  # type: ignore[misc]


def test_properties(core: str) -> None:
    profiler = _core.Profiler(core=core, timer=FakeClock())
    assert (profiler.core, profiler.clock, profiler.tick) == (core, "timer", 1e-9)
    assert profiler.active is False
    assert profiler.tool_id is None
    assert profiler.snapshot() == []
    assert _core.Profiler(core=core, clock="cpu").clock == "thread_cpu"
    assert _core.Profiler(core=core).clock in {"tsc", "cntvct", "monotonic", "qpc"}


@pytest.mark.parametrize(
    "name", ["watch", "unwatch", "start", "stop", "close", "set_cost", "clear", "snapshot"]
)
def test_methods_describe_themselves(name: str) -> None:
    method = getattr(_core.Profiler, name)
    assert method.__doc__
    assert "self" in inspect.signature(method).parameters


def test_watch_says_whether_it_was_new(core: str) -> None:
    profiler = _core.Profiler(core=core)
    try:
        assert profiler.watch(CODE) is True
        assert profiler.watch(CODE) is False
        assert profiler.watch(CODE, always=True) is True
        assert profiler.watch(CODE, always=True) is False
        profiler.unwatch(CODE)
        assert profiler.watch(CODE) is True
    finally:
        profiler.close()


def test_start_and_stop_are_idempotent(core: str) -> None:
    profiler = _core.Profiler(core=core)
    with nothing_left([CODE]):
        profiler.stop()
        profiler.watch(CODE)
        profiler.start()
        profiler.start()
        assert profiler.active is True
        work()
        profiler.stop()
        assert profiler.active is False
        work()
        profiler.stop()
        profiler.close()
        profiler.close()
        profiler.stop()
    assert hits(profiler) == HITS


def test_nothing_is_measured_before_start_or_after_stop(core: str) -> None:
    profiler = _core.Profiler(core=core)
    profiler.watch(CODE)
    work()
    assert hits(profiler) == {}
    profiler.start()
    work()
    profiler.stop()
    work()
    assert hits(profiler) == HITS
    profiler.start()
    work()
    profiler.stop()
    assert hits(profiler) == {line: 2 * number for line, number in HITS.items()}


def test_measured_again_after_close(core: str, mode: str) -> None:
    profiler = _core.Profiler(core=core)
    for round_number in (1, 2):
        with nothing_left([CODE]):
            profiler.watch(CODE, always=mode == "always")
            profiler.start()
            work()
            profiler.close()
            work()
        assert hits(profiler) == {line: round_number * number for line, number in HITS.items()}


def test_starting_with_nothing_to_watch_does_nothing(core: str) -> None:
    profiler = _core.Profiler(core=core)
    before = hooks()
    profiler.start()
    assert sys.gettrace() is before["trace"]
    work()
    profiler.stop()
    assert hooks() == before
    assert profiler.snapshot() == []


def test_code_watched_after_start(core: str, mode: str) -> None:
    profiler = _core.Profiler(core=core)
    with nothing_left([CODE]):
        profiler.start()
        work()
        profiler.watch(CODE, always=mode == "always")
        work()
        profiler.close()
    assert hits(profiler) == HITS


def test_unwatching_what_was_never_watched(core: str) -> None:
    profiler = _core.Profiler(core=core)
    profiler.unwatch(CODE)
    profiler.start()
    profiler.unwatch(CODE)
    profiler.stop()
    assert profiler.snapshot() == []


def test_unwatched_code_keeps_its_numbers(core: str, mode: str) -> None:
    profiler = _core.Profiler(core=core)
    with nothing_left([CODE]):
        profiler.watch(CODE, always=mode == "always")
        profiler.start()
        work()
        profiler.unwatch(CODE)
        work()
        profiler.close()
    assert hits(profiler) == HITS


def test_clear_keeps_what_is_watched(core: str, mode: str) -> None:
    profiler = _core.Profiler(core=core)
    profiler.watch(CODE, always=mode == "always")
    profiler.start()
    work()
    profiler.clear()
    assert hits(profiler) == {}
    work()
    profiler.close()
    assert hits(profiler) == HITS


def test_a_snapshot_is_sorted_and_plain(core: str) -> None:
    def caller() -> int:
        return work() + later() + work()

    def later() -> int:
        return 1

    profiler = _core.Profiler(core=core)
    for code in (caller.__code__, CODE, later.__code__):
        profiler.watch(code)
    profiler.start()
    caller()
    profiler.stop()
    ((ident, functions),) = profiler.snapshot()
    assert type(ident) is int
    for code, *numbers, lines, edges in functions:
        assert type(code) is type(CODE)
        assert [type(number) for number in numbers] == [int, int, int]
        assert lines == sorted(lines)
        assert all(type(value) is int for line in lines for value in line)
        assert [edge[0] for edge in edges] == sorted(edge[0] for edge in edges)
        assert all(len(line) == 7 for line in lines)
        assert all(len(edge) == 5 for edge in edges)


def test_registering_a_function_a_thousand_times_costs_one_entry(core: str, mode: str) -> None:
    profiler = _core.Profiler(core=core)
    for _ in range(1000):
        profiler.watch(CODE, always=mode == "always")
    profiler.start()
    work()
    profiler.close()
    ((_ident, functions),) = profiler.snapshot()
    assert [code for code, *_ in functions] == [CODE]
    assert hits(profiler) == HITS


def test_a_profiler_dropped_while_it_measures_leaves_nothing(core: str, mode: str) -> None:
    with nothing_left([CODE]):
        profiler = _core.Profiler(core=core)
        profiler.watch(CODE, always=mode == "always")
        profiler.start()
        work()
        del profiler
        work()


def test_a_profiler_in_a_cycle_is_collected(core: str, mode: str) -> None:
    class Timer(FakeClock):
        pass

    with nothing_left([CODE]):
        timer = Timer()
        profiler = _core.Profiler(core=core, timer=timer)
        timer.profiler = profiler  # type: ignore[attr-defined]
        profiler.watch(CODE, always=mode == "always")
        profiler.start()
        work()
        gone = weakref.ref(timer)
        del timer, profiler
        gc.collect()
        assert gone() is None
        work()


def test_a_profiler_dropped_inside_the_code_it_measures(core: str, mode: str) -> None:
    holder: list[_core.Profiler] = []

    def drops() -> int:
        holder.clear()
        return work()

    with nothing_left([drops.__code__, CODE]):
        holder.append(_core.Profiler(core=core))
        holder[0].watch(drops.__code__, always=mode == "always")
        holder[0].watch(CODE, always=mode == "always")
        holder[0].start()
        assert drops() == 3
        gc.collect()


def test_stopped_and_closed_inside_the_code_it_measures(core: str, mode: str) -> None:
    profiler = _core.Profiler(core=core)

    def ends() -> int:
        x = work()
        profiler.close()
        x += work()
        return x

    with nothing_left([ends.__code__, CODE]):
        profiler.watch(ends.__code__, always=mode == "always")
        profiler.watch(CODE, always=mode == "always")
        profiler.start()
        assert ends() == 6
    assert hits(profiler) == HITS


def test_code_objects_that_are_equal_are_two(core: str, mode: str) -> None:
    source = "def f():\n return 1\n"
    spaces: list[dict[str, Any]] = [{}, {}]
    for space in spaces:
        exec(compile(source, "<same>", "exec"), space)
    one, two = (space["f"] for space in spaces)
    assert one.__code__ == two.__code__
    profiler = _core.Profiler(core=core)
    profiler.watch(one.__code__, always=mode == "always")
    assert profiler.watch(two.__code__, always=mode == "always")
    profiler.start()
    one()
    two()
    two()
    profiler.close()
    found = {id(code): count.calls for code, count in counts_of(profiler)}
    assert found == {id(one.__code__): 1, id(two.__code__): 2}


def test_code_objects_live_as_long_as_the_profiler(core: str, mode: str) -> None:
    profiler = _core.Profiler(core=core)
    for number in range(50):
        space: dict[str, Any] = {}
        exec(compile(f"def f():\n return {number}\n", f"<f{number}>", "exec"), space)
        profiler.watch(space["f"].__code__, always=mode == "always")
        profiler.start()
        assert space["f"]() == number
    profiler.close()
    found = counts_of(profiler)
    assert sorted(code.co_filename for code, _count in found) == sorted(
        f"<f{number}>" for number in range(50)
    )
    assert all(count.calls == 1 for _code, count in found)
