"""The cost of a hit depends on the kind of its line, which its instructions decide."""

from __future__ import annotations

import pytest

from lineprof import _core
from tests.support.core_session import Session


def hit_costs(core: str, mode: str, hits: tuple[int, ...], source: str) -> dict[int, int]:
    """The cost of each line if only hits cost something."""
    session = Session(core, mode, source, "f")
    session.profiler.set_cost(0, 0, 0, hits)
    session.run()
    ((_ident, functions),) = session.profiler.snapshot()
    ((_code, _calls, _total, cost, lines, _edges),) = functions
    assert cost == sum(line[5] for line in lines)
    assert all(line[5] == line[6] for line in lines)
    return {line[0]: line[5] for line in lines}


@pytest.mark.skipif(_core.LINE_KIND != "first instruction", reason="kinds mean instructions here")
def test_a_hit_costs_what_its_line_begins_with(core: str, mode: str) -> None:
    found = hit_costs(
        core,
        mode,
        (1, 10, 100),
        """
        def f():
            a = 1
            b = a
            tick(0)
            for a in (1, 2):
                b = a
        def main(): f()
        """,
    )
    assert found == {2: 1, 3: 1, 4: 10, 5: 3 * 100, 6: 2 * 1}


@pytest.mark.skipif(_core.LINE_KIND != "first instruction", reason="kinds mean instructions here")
def test_a_hit_far_down_in_a_file_costs_its_number_as_well(core: str, mode: str) -> None:
    """CPython keeps the integers up to 256, or 1024, and makes others anew for each event."""
    last = 1024 if _line(1024) is _line(1024) else 256
    empty = "\n" * (last - 2)
    found = hit_costs(
        core, mode, (1, 0, 0, 0, 10), f"def f():{empty}\n a = 1\n a = 2\ndef main(): f()\n"
    )
    assert found == {last: 1, last + 1: 10}


def _line(number: int) -> int:
    return int(str(number))


@pytest.mark.skipif(_core.LINE_KIND != "instructions", reason="kinds mean first instructions here")
def test_a_hit_costs_what_its_line_has_of_instructions(core: str, mode: str) -> None:
    """More where they could be specialised; of the head of a loop, what each turn executes;
    255 where the frame ends."""
    found = hit_costs(
        core,
        mode,
        tuple(range(256)),
        """
        def f(a):
            b = a
            c = a + b
            for b in range(3):
                c = a
            return c
        def main(): f(1)
        """,
    )
    assert found == {2: 2, 3: 4 + 1, 4: 4 * 2, 5: 3 * 3, 6: 255}
