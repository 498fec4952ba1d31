"""Code that is not always measured is measured beneath calls of code that is, without a start."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.support.clock import FakeClock
from tests.support.core_session import Numbers, Session

SOURCE = """
    def outer(run):
        tick(1)
        run()
        tick(2)
    def inner(n):
        tick(10)
        if n: inner(n - 1)
    def numbers():
        for n in range(4):
            tick(100)
            yield n
    def between(n):
        inner(n)
    def main(): pass
"""


def session(core: str, always: str = "outer", mode: str = "always") -> Session:
    made = Session(core, mode, SOURCE, watch_all=False)
    for name, code in made.codes.items():
        if name not in ("main", "between"):
            made.profiler.watch(code, always=name == always)
    return made


def numbers_of(made: Session, run: Any) -> dict[str, Numbers]:
    made.run(main=run)
    return made.numbers()


def test_only_beneath(core: str) -> None:
    made = session(core)
    names = made.space

    def run() -> None:
        names["inner"](1)
        names["outer"](lambda: names["between"](2))
        names["inner"](1)
        names["outer"](lambda: None)
        names["between"](0)

    found = numbers_of(made, run)
    assert (found["outer"].calls, found["outer"].total) == (2, 6 + 30)
    assert found["outer"].edges == {(3, "inner"): (1, 30)}
    assert (found["inner"].calls, found["inner"].total) == (3, 30)
    assert found["inner"].lines == {6: (3, 30, 30, 0), 7: (3, 20, 0, 0)}


def test_an_exception_through_it_ends_it(core: str) -> None:
    made = session(core)
    names = made.space

    def fails() -> None:
        names["inner"](0)
        raise KeyError

    def run() -> None:
        for _ in range(3):
            with pytest.raises(KeyError):
                names["outer"](fails)
            names["inner"](0)

    assert numbers_of(made, run)["inner"].calls == 3


def test_a_generator_runs_in_and_out(core: str) -> None:
    made = session(core)
    names = made.space

    def run() -> None:
        generator = names["numbers"]()
        next(generator)
        names["outer"](lambda: next(generator))
        next(generator)
        names["outer"](lambda: next(generator))
        names["outer"](lambda: list(generator))

    found = numbers_of(made, run)["numbers"]
    assert found.calls == 0  # resumed only
    assert {line: numbers[0] for line, numbers in found.lines.items()} == {9: 3, 10: 2, 11: 2}
    assert sum(numbers[2] for numbers in found.lines.values()) == 200


def test_started_it_is_measured_everywhere(core: str) -> None:
    made = session(core)
    inner, outer = made.space["inner"], made.space["outer"]

    def run() -> None:
        inner(0)
        made.profiler.start()
        inner(0)
        made.profiler.stop()
        inner(0)
        outer(lambda: inner(0))

    assert numbers_of(made, run)["inner"].calls == 2


def test_started_and_stopped_within(core: str) -> None:
    """Code beneath such calls stays measured; other code is no longer."""
    made = session(core)
    clock: FakeClock = made.clock
    inner, outer = made.space["inner"], made.space["outer"]

    def within() -> None:
        made.profiler.start()
        inner(0)
        made.profiler.stop()
        inner(0)

    def run() -> None:
        outer(within)
        made.profiler.start()
        made.space["tick"] = stop_and_tick
        inner(1)

    def stop_and_tick(ns: int) -> None:
        made.profiler.stop()
        clock.tick(ns)

    found = numbers_of(made, run)["inner"]
    assert (found.calls, found.total) == (3, 20)
    assert found.lines[6][:2] == (3, 20)
    assert found.lines[7][0] == 2


def test_other_threads_are_not_beneath(core: str) -> None:
    made = session(core)
    inner, outer = made.space["inner"], made.space["outer"]

    def elsewhere() -> None:
        thread = threading.Thread(target=inner, args=(0,))
        thread.start()
        thread.join()

    found = numbers_of(made, lambda: outer(elsewhere))
    assert found["inner"].calls == 0


def test_without_anything_measured_always_there_are_no_hooks(core: str) -> None:
    made = session(core, always="")
    assert not made.profiler.active
    made.profiler.watch(made.codes["outer"], always=True)
    assert made.profiler.active
    made.profiler.unwatch(made.codes["outer"])
    assert not made.profiler.active
    made.end()
