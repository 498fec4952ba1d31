"""3.11's evaluator switches tracing on for measured code and off for all other code."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

import pytest

from lineprof import _core
from tests.csrc.functions import fails, plain
from tests.support.harness import hooks, measure, nothing_left
from tests.support.oracle import nested_codes

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="only Python 3.11 has the evaluator that hides other code"
)


@pytest.fixture(autouse=True)
def _no_greenlets(monkeypatch: pytest.MonkeyPatch) -> None:
    """On 3.11 all code of a program with greenlets is traced, so hide greenlet."""
    monkeypatch.delitem(sys.modules, "greenlet", raising=False)


def tracing_switch() -> int:
    """`cframe->use_tracing` of the frames that run: 0, or 255 if they are traced."""
    get = ctypes.pythonapi.PyThreadState_Get
    get.restype = ctypes.c_void_p
    # PyThreadState of 3.11: three pointers, seven ints, padding, then the cframe.
    cframe = ctypes.c_void_p.from_address(get() + 56).value
    assert cframe
    return ctypes.c_uint8.from_address(cframe).value


def test_the_switch_is_read_where_it_is() -> None:
    if sys.gettrace():
        pytest.skip("the test runner itself is being traced")
    assert tracing_switch() == 0
    sys.settrace(lambda *_: None)
    try:
        assert tracing_switch() == 255
    finally:
        sys.settrace(None)
    assert tracing_switch() == 0


def test_only_measured_code_runs_traced(mode: str) -> None:
    source = """
def outer():
    yield from middle()
    look("outer"))
def middle():
    yield inner()
    look("middle"))
    yield [inner() for _ in (1,)]
def inner():
    look("inner"))
    return deepest()
def deepest():
    look("deepest"))
    return
"""
    # As tracing_switch(), but in C functions only: a Python function has a switch of its own.
    source = source.replace("look(", "seen((byte(pointer(state() + 56).value).value, ")
    seen: list[tuple[int, str]] = []
    state = ctypes.pythonapi.PyThreadState_Get
    state.restype = ctypes.c_void_p
    space: dict[str, object] = {
        "state": state,
        "pointer": ctypes.c_void_p.from_address,
        "byte": ctypes.c_uint8.from_address,
        "seen": seen.append,
    }
    code = compile(source, "<gate>", "exec", dont_inherit=True)
    exec(code, space)
    codes = {c.co_name: c for c in nested_codes(code)}
    run: Callable[[], object] = lambda: list(space["outer"]())  # type: ignore[operator]  # noqa: E731
    for watched in ({"outer"}, {"middle"}, {"inner"}, {"middle", "deepest"}, {"outer", "inner"}):
        seen.clear()
        profiler = _core.Profiler(core="trace")
        with nothing_left(codes.values()):
            measure(profiler, [codes[name] for name in watched], mode, run)
        order = ["inner", "deepest", "middle", "inner", "deepest", "outer"]
        assert seen == [(255 if name in watched else 0, name) for name in order]
    seen.clear()
    run()
    assert {switch for switch, _ in seen} == {0}


def test_the_evaluator_is_there_while_code_is_measured_and_not_after(mode: str) -> None:
    if hooks()["evaluator"] is None:
        pytest.skip("this Python does not say which evaluator it has")
    before = hooks()["evaluator"]
    profiler = _core.Profiler(core="trace")
    assert measure(profiler, [plain.__code__], mode, lambda: hooks()["evaluator"]) != before
    assert hooks()["evaluator"] == before
    with pytest.raises(KeyError):
        measure(_core.Profiler(core="trace"), [fails.__code__], mode, fails)
    assert hooks()["evaluator"] == before
