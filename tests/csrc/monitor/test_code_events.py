"""Which events of sys.monitoring are on, for a code object and for all code."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from lineprof import _core
from tests.csrc.functions import LONG, function, has_monitoring, long_function
from tests.support.harness import measure, nothing_left

pytestmark = has_monitoring


def local_events(work: Callable[..., object], mode: str) -> tuple[set[str], set[str]]:
    """Names of the events on a watched code object, and of those on all code."""
    profiler = _core.Profiler(core="monitor")
    names = [name for name in vars(sys.monitoring.events) if name.isupper()]

    def named(mask: int) -> set[str]:
        return {
            name
            for name in names
            if getattr(sys.monitoring.events, name) and mask & getattr(sys.monitoring.events, name)
        } - {"BRANCH"}

    def driver() -> tuple[set[str], set[str]]:
        tool = profiler.tool_id
        assert tool is not None
        local = sys.monitoring.get_local_events(tool, work.__code__)
        return named(local), named(sys.monitoring.get_events(tool))

    with nothing_left([work.__code__]):
        return measure(profiler, [work.__code__], mode, driver)


PLACES = {"PY_START", "PY_RESUME", "PY_YIELD", "PY_RETURN"}
if sys.version_info >= (3, 15):
    PLACES |= {"PY_UNWIND", "PY_THROW"}
EVERYWHERE = {"PY_UNWIND", "PY_THROW"} - PLACES


@pytest.mark.parametrize(
    ("source", "more"),
    [
        ("def work(xs):\n    for x in xs:\n        x += 1\n    return xs\n", set()),
        ("def work(xs):\n    while xs:\n        xs.pop()\n", set()),
        ("def work(xs):\n    for x in xs: x += 1\n", {"JUMP"}),
        ("def work(xs):\n    while xs: xs.pop()\n", {"JUMP"}),
        ("def work(xs):\n    if xs: return 1\n    return 2\n", set()),
        ("def work(): return 1\n", set()),
        ("def work(): yield 1\n", set()),
    ],
)
def test_events_of_watched_code(source: str, more: set[str], mode: str) -> None:
    assert local_events(function(source), mode) == (PLACES | {"LINE"} | more, EVERYWHERE)


@pytest.mark.parametrize("last", ["return x", "for x in xs: x += 1"])
def test_events_of_long_functions(last: str, mode: str) -> None:
    more = {"LINE"} | ({"JUMP"} if last.startswith("for") else set())
    if sys.version_info < (3, 13, 3):
        more = {"INSTRUCTION"}
    if sys.version_info < (3, 13):
        more |= {"CALL"}
    assert local_events(long_function(last), mode) == (PLACES | more, EVERYWHERE)


def test_events_of_long_functions_with_handlers(mode: str) -> None:
    source = "def work():\n" + "    x = 1\n" * LONG
    source += "    with x:\n        x()\n    return x\n"
    _local, everywhere = local_events(function(source), mode)
    handled = {"EXCEPTION_HANDLED"} if sys.version_info < (3, 13, 3) else set()
    assert everywhere == EVERYWHERE | handled
