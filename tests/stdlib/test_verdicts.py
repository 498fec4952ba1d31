"""Some quick modules of CPython's own tests; `python -m tests.stdlib` runs the others."""

from __future__ import annotations

import sys
from functools import cache

import pytest

from .child import PLAIN
from .compare import Run, compare, differences, has_module, python_of, run
from .modules import EXEMPTIONS, LIBRARIES, MODULES, Exemption, library_of

QUICK = (
    "test_contextlib",
    "test_coroutines",
    "test_dataclasses",
    "test_descr",
    "test_functools",
    "test_generators",
    "test_with",
)


@cache
def plain(module: str) -> Run:
    return run(sys.executable, PLAIN, module)


@pytest.mark.slow
@pytest.mark.parametrize("module", QUICK)
def test_the_same_verdicts(module: str, core: str) -> None:
    _version, _cores, why = python_of(sys.executable)
    if why:
        pytest.skip(why)
    if not has_module(sys.executable, module):
        pytest.skip(f"this Python came without {module}")
    found = compare(sys.executable, core, module, plain(module))
    assert found.differences == ()
    assert found.plain.crash == ""
    assert len(found.plain.verdicts) > 25
    # Functions of the tests and of the tested library were measured.
    assert found.measured.functions > 100
    assert found.measured.hits > 5000


def test_what_differs_is_seen() -> None:
    one = Run({"a": {"pass": 1}, "b": {"pass": 2}, "c": {"skip": 1}})
    other = Run({"a": {"pass": 1}, "b": {"pass": 1, "fail": 1}, "d": {"pass": 1}}, {"b": "trace"})
    assert differences(one, one) == ()
    found = differences(one, other)
    assert [d.test for d in found] == ["b", "c", "d"]
    assert [d.why for d in found] == ["trace", "", ""]
    (crash,) = differences(one, Run(one.verdicts, crash="status -11"))
    assert (crash.test, crash.why) == ("the process", "status -11")


def test_an_exemption_is_for_what_it_names() -> None:
    one = Exemption(r"a\.b\..*", "reason", ("trace",), (3, 12), (3, 13))
    assert one.holds("a.b.c", "trace", (3, 12))
    assert not one.holds("a.b.c", "monitor", (3, 12))
    assert not one.holds("a.b.c", "trace", (3, 13))
    assert not one.holds("a.b.c", "trace", (3, 11))
    assert not one.holds("x.a.b.c", "trace", (3, 12))


def test_the_lists_fit_together() -> None:
    assert len(set(MODULES)) == len(MODULES)
    assert set(QUICK) <= set(MODULES)
    assert set(LIBRARIES) <= set(MODULES)
    for one in EXEMPTIONS:
        assert one.why
        assert any(one.tests.startswith((f"test\\.{m}\\.", f"{m}\\.")) for m in MODULES), one.tests


def test_parts_of_a_package_test_what_it_tests() -> None:
    assert library_of("test_asyncio.test_tasks") == library_of("test_asyncio") == ("asyncio",)
    assert library_of("test_unittest.testmock") == library_of("test_unittest") == ("unittest",)
