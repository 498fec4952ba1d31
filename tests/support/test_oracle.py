"""The oracle itself, on programs simple enough to count by hand."""

from __future__ import annotations

import sys
import threading

import pytest

from tests.support.catalogue import programs
from tests.support.harness import compiled, oracle_outcome, runner
from tests.support.oracle import Count, count, nested_codes


def counts(source: str) -> dict[str, Count]:
    code = compile(source, "<test>", "exec")
    _result, found = count(nested_codes(code), runner(code))
    return {code.co_name: numbers for code, numbers in found.items()}


def test_a_loop() -> None:
    found = counts("def main():\n for i in range(3):\n  x = i\n return x\n")
    assert found["main"] == Count(1, {2: 4, 3: 3, 4: 1})


def test_a_loop_on_one_line() -> None:
    found = counts("def main():\n x = 0\n for i in range(5): x += i\n return x\n")
    assert found["main"] == Count(1, {2: 1, 3: 6, 4: 1})


def test_a_generator_starts_once() -> None:
    found = counts(
        "def gen():\n yield 1\n yield 2\ndef main():\n gen()\n return list(gen()) + list(gen())\n"
    )
    assert found["gen"] == Count(2, {2: 2, 3: 2})


def test_a_generator_thrown_into_before_it_started_never_starts() -> None:
    found = counts(
        "def gen():\n yield 1\n"
        "def main():\n g = gen()\n try: g.throw(KeyError)\n except KeyError: return 1\n"
    )
    assert found["gen"] == Count(0, {})


def test_threads_are_counted() -> None:
    found = counts(
        "import threading\n"
        "def work():\n x = 1\n"
        "def main():\n"
        " ts = [threading.Thread(target=work) for _ in range(5)]\n"
        " for t in ts: t.start()\n"
        " for t in ts: t.join()\n"
    )
    assert found["work"] == Count(5, {3: 5})


def test_only_watched_code_is_counted() -> None:
    def watched() -> int:
        return other() + 1

    def other() -> int:
        return 1

    result, found = count([watched], watched)
    assert result == 2
    assert list(found) == [watched.__code__]
    assert found[watched.__code__].calls == 1


def test_it_leaves_the_trace_functions_as_they_were() -> None:
    before = sys.gettrace(), threading.gettrace()
    with pytest.raises(ZeroDivisionError):
        count([], lambda: 1 // 0)
    assert (sys.gettrace(), threading.gettrace()) == before


@pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)
def test_programs_do_the_same_every_time(program) -> None:  # type: ignore[no-untyped-def]
    first = oracle_outcome(program)
    assert first.result == runner(compiled(program))()
    assert first.counts[0] is not None
    assert first.counts[0].calls == 1
    assert any(counted and counted.hits for counted in first.counts[1:])
