"""Hits far below the start of a code object, where CPython is slow to look up a line.

3.12 and early 3.13 read the whole line table for every LINE event there, so the core uses other
events in such code and works out itself when a line begins.
"""

from __future__ import annotations

import ast
import cProfile
import sys
from collections.abc import Callable
from functools import partial
from textwrap import indent
from types import CodeType

import pytest

from lineprof import _core
from tests.support.catalogue import Program, programs
from tests.support.clock import FakeClock
from tests.support.harness import (
    MODES,
    collector_off,
    compile_program,
    counts_of,
    measure,
    nothing_left,
    runner,
)
from tests.support.oracle import Count, count, nested_codes

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="sys.monitoring needs Python 3.12 or later"
)

FAR = 1000
"""Lines between the start of a code object and its first line, far more than CPython's estimate
of a line can be wrong."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.GeneratorExp)
_INSIDE = ("body", "elt", "generators")


def far_down(source: str, name: str) -> CodeType:
    """The program, with the bodies of all code objects moved down."""
    tree = ast.parse(source)
    _move(tree, FAR)
    return compile_program(tree, name)


def _move(node: ast.AST, lines: int) -> None:
    for place in ("lineno", "end_lineno"):
        if hasattr(node, place):
            setattr(node, place, getattr(node, place) + lines)
    for field, value in ast.iter_fields(node):
        inside = isinstance(node, _SCOPES) and field in _INSIDE
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                _move(child, lines + FAR * inside)


def prepared(source: str, name: str) -> tuple[list[CodeType], Callable[[], str]]:
    code = far_down(source, name)
    return nested_codes(code), runner(code)


def expected(source: str, name: str) -> tuple[str, list[Count]]:
    codes, run = prepared(source, name)
    result, counts = count(codes, run)
    return result, [counts[code] for code in codes]


def profiled(
    source: str, name: str, mode: str, chosen: Callable[[int], bool]
) -> tuple[str, list[Count]]:
    codes, run = prepared(source, name)
    profiler = _core.Profiler(core="monitor", timer=FakeClock())
    watched = [code for index, code in enumerate(codes) if chosen(index)]
    with nothing_left(codes), collector_off():
        result = measure(profiler, watched, mode, run)
    return result, counted(profiler, codes)


def counted(profiler: _core.Profiler, codes: list[CodeType]) -> list[Count]:
    numbers = {id(code): found for code, found in counts_of(profiler)}
    return [numbers.get(id(code), Count()) for code in codes]


def every_other(rest: int) -> Callable[[int], bool]:
    return lambda index: index % 2 == rest


def check(source: str, name: str, mode: str) -> None:
    result, counts = expected(source, name)
    assert profiled(source, name, mode, lambda _index: True) == (result, counts)
    for rest in (0, 1):
        chosen = every_other(rest)
        some = [found if chosen(index) else Count() for index, found in enumerate(counts)]
        assert profiled(source, name, mode, chosen) == (result, some)


@pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)
def test_catalogue(program: Program) -> None:
    check(program.source, program.name, MODES[len(program.name) % 2])


HELPERS = """\
def plain(x, fail=False):
    if fail: raise KeyError(x)
    return x
class Thing:
    def __init__(self, x): self.x = x
    def get(self, y): return self.x + y
    def __enter__(self): return self
    def __exit__(self, *exc): return self.x % 2
def main():
    try: work()
    except KeyError as e: return repr(e)
def work():
"""
LOOPS = {
    "extended jump": "x = i" + "; i.real" * 300,
    "conditional": "x = plain(i) if i % 2 else plain(-i)",
    "or, function": "x = i % 2 or plain(i)",
    "or, C function": "x = i % 2 or len('ab')",
    "or, class": "x = i % 2 or Thing(i)",
    "or, method": "x = i % 2 or Thing(i).get(i)",
    "or, bound method": "m = Thing(1).get; x = i % 2 or m(i)",
    "or, keyword": "x = i % 2 or plain(x=i)",
    "or, stars": "x = i % 2 or plain(*(i,), **{})",
    "or, raise": "try: x = i % 2 or plain(i, fail=i == 2)\nexcept KeyError: x = 1",
    "with, raise": "with Thing(i): plain(i, fail=True)",
    "handlers within handlers": """\
try:
    with Thing(i), Thing(-i): x = [plain(j, fail=j == 3) for j in range(i)]
    if i % 2: raise KeyError(i)
except KeyError: x = i
finally: x = 4 if i % 3 else plain(i)""",
}


@pytest.mark.parametrize("name", LOOPS)
def test_lines_reached_from_themselves_and_from_others(name: str, mode: str) -> None:
    """The line executed last decides, which is not always the line above."""
    body = indent(LOOPS[name], " " * 8)
    check(f"{HELPERS}    for i in range(5):\n{body}\n", name, mode)
    if not name.endswith(("raise", "handlers")):  # these cannot share the line of the loop
        check(f"{HELPERS}    for i in range(5): {body.lstrip()}\n", name, mode)


SPECIALISED = """\
class Thing:
    def __getitem__(self, n): return fail(n)
    @property
    def z(self): return fail(1)
    def __enter__(self): return self
    def __exit__(self, *exc): return True
def fail(n): raise KeyError(n)
def main():
    thing = Thing()
    for i in range({rounds}):
        work(i, thing)
def work(i, thing):
    with thing: i or 1; {use}
"""


@pytest.mark.parametrize("rounds", [1, 2, 9])
@pytest.mark.parametrize("use", ["thing[1]", "thing.z"])
def test_an_exception_of_what_the_interpreter_specialises(use: str, rounds: int) -> None:
    """3.12 begins a line anew if it handles an exception of a specialised instruction on the line.

    With our events it specialises a round later, so that one hit is missing in all.
    """
    source = SPECIALISED.format(rounds=rounds, use=use)
    result, counts = expected(source, "specialised")
    again, found = profiled(source, "specialised", "always", lambda _index: True)
    assert again == result
    both = zip(counts, found, strict=True)
    missing = [sum(a.hits.values()) - sum(b.hits.values()) for a, b in both]
    assert sum(missing) == max(missing) == (sys.version_info < (3, 13) and rounds > 1)


def traced(run: Callable[[], str]) -> str:
    sys.settrace(lambda *_args: None)
    try:
        return run()
    finally:
        sys.settrace(None)


def with_profile_function(run: Callable[[], str]) -> str:
    sys.setprofile(lambda *_args: None)
    try:
        return run()
    finally:
        sys.setprofile(None)


def with_cprofile(run: Callable[[], str]) -> str:
    with cProfile.Profile():
        return run()


@pytest.mark.parametrize("beside", [traced, with_profile_function, with_cprofile])
@pytest.mark.parametrize("program", programs()[::9], ids=lambda program: program.name)
def test_other_tools_that_come_later(
    program: Program, beside: Callable[[Callable[[], str]], str], mode: str
) -> None:
    result, counts = expected(program.source, program.name)
    codes, run = prepared(program.source, program.name)
    profiler = _core.Profiler(core="monitor")
    with nothing_left(codes), collector_off():
        assert measure(profiler, codes, mode, lambda: beside(run)) == result
    assert counted(profiler, codes) == counts


def test_two_profilers(mode: str) -> None:
    for program in programs()[::9]:
        _result, counts = expected(program.source, program.name)
        codes, run = prepared(program.source, program.name)
        one, two = _core.Profiler(core="monitor"), _core.Profiler(core="monitor")
        with nothing_left(codes), collector_off():
            measure(one, codes, mode, partial(measure, two, codes, mode, run))
        assert counted(one, codes) == counted(two, codes) == counts, program.name


@pytest.mark.skipif(sys.version_info >= (3, 13, 3), reason="this Python finds lines out fast")
def test_that_such_code_is_recognised() -> None:
    """All other tests here rely on this. 145 lines of two code units are too many."""
    monitoring = sys.monitoring
    for lines, slow in ((140, False), (150, True)):
        space: dict[str, object] = {}
        exec("def work():\n" + "    x = 0\n" * lines, space)
        code = space["work"].__code__  # type: ignore[attr-defined]
        profiler = _core.Profiler(core="monitor")
        try:
            assert profiler.watch(code, always=True)
            tools = [tool for tool in range(6) if monitoring.get_tool(tool)]
            events = [monitoring.get_local_events(tool, code) for tool in tools]
            assert any(e & monitoring.events.INSTRUCTION for e in events) is slow
            assert any(e & monitoring.events.LINE for e in events) is not slow
        finally:
            profiler.close()
