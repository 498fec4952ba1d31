"""What `import lineprof` offers: names, signatures, docstrings, types."""

from __future__ import annotations

import inspect
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lineprof
from tests.support import ROOT

pytest.importorskip("lineprof._core")

NAMES = {
    "Config",
    "Edge",
    "FileFormatError",
    "Function",
    "FunctionKey",
    "GlobalProfiler",
    "Line",
    "LineProfiler",
    "LineStats",
    "LineprofError",
    "LiveView",
    "Profile",
    "Run",
    "ScopingPolicy",
    "Selection",
    "StandIn",
    "Thread",
    "UsageError",
    "__version__",
    "load",
    "load_config",
    "load_ipython_extension",
    "load_stats",
    "main",
    "processes",
    "profile",
    "save",
    "show",
    "show_func",
    "show_text",
}

# Without annotations, which the tests of types check.
SIGNATURES = {
    "__init__": (
        "(self, *functions, core=None, clock='wall', timer=None, calibrate=True, nested=False, "
        "wrap_trace=None, set_frame_local_trace=None)"
    ),
    "__call__": "(self, func)",
    "__enter__": "(self)",
    "add_callable": "(self, func, guard=None, name=None, *, nested=None)",
    "add_class": "(self, cls, *, scoping_policy=None, wrap=False)",
    "add_function": "(self, func, *, nested=None)",
    "add_module": "(self, mod, *, scoping_policy=None, wrap=False)",
    "close": "(self)",
    "disable": "(self)",
    "disable_by_count": "(self)",
    "dump_stats": "(self, filename, *, format=None)",
    "enable": "(self)",
    "enable_by_count": "(self)",
    "get_stats": "(self)",
    "print_stats": (
        "(self, stream=None, output_unit=None, stripzeros=False, details=True, summarize=False, "
        "sort=False, rich=False, *, config=None, columns=None, raw=False)"
    ),
    "reset": "(self)",
    "run": "(self, cmd)",
    "runcall": "(self, func, /, *args, **kwargs)",
    "runctx": "(self, cmd, globals, locals=None)",
    "snapshot": "(self, *, per_thread=False, source=True)",
    "watch": "(self, code)",
}

PROPERTIES = {"clock", "core", "enable_count", "functions", "tool_id"}

KNOWN_FROM_LINE_PROFILER = {
    "add_imported_function_or_module",
    "code_map",
    "get_underlying_functions",
    "timer_unit",
    "wrap_async_generator",
    "wrap_boundmethod",
    "wrap_cached_property",
    "wrap_callable",
    "wrap_class",
    "wrap_classmethod",
    "wrap_coroutine",
    "wrap_function",
    "wrap_generator",
    "wrap_partial",
    "wrap_partialmethod",
    "wrap_property",
    "wrap_staticmethod",
}


def test_the_names_are_those_promised() -> None:
    assert set(lineprof.__all__) == NAMES
    assert list(lineprof.__all__) == sorted(lineprof.__all__)
    assert set(dir(lineprof)) >= NAMES


@pytest.mark.parametrize("name", sorted(NAMES - {"__version__"}))
def test_every_name_is_there_and_documented(name: str) -> None:
    value = getattr(lineprof, name)
    assert (inspect.getdoc(value) or "").strip()
    assert value.__module__.split(".")[0] == "lineprof"
    assert value is getattr(lineprof, name)


def test_star_import_gives_just_these() -> None:
    space: dict[str, object] = {}
    exec("from lineprof import *", space)
    assert set(space) - {"__builtins__"} == NAMES


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'lineprof' has no attribute 'nonsense'$"):
        lineprof.nonsense  # noqa: B018


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_signatures(name: str) -> None:
    signature = inspect.signature(getattr(lineprof.LineProfiler, name))
    bare = signature.replace(
        parameters=[
            parameter.replace(annotation=inspect.Parameter.empty)
            for parameter in signature.parameters.values()
        ],
        return_annotation=inspect.Signature.empty,
    )
    assert str(bare) == SIGNATURES[name]


def test_every_public_member_is_listed_and_documented() -> None:
    members = {name for name in vars(lineprof.LineProfiler) if not name.startswith("_")}
    listed = {name for name in SIGNATURES if not name.startswith("_")} | PROPERTIES
    assert members == listed | KNOWN_FROM_LINE_PROFILER
    for name in members:
        assert (inspect.getdoc(getattr(lineprof.LineProfiler, name)) or "").strip(), name


TYPED = """
import functools
from collections.abc import AsyncIterator, Iterator
import kernprof
from lineprof import LineProfiler, LineStats, Profile, load, load_stats, profile
from typing_extensions import assert_type

profiler = LineProfiler()

@profiler
def f(x: int, *, y: str = "") -> float:
    return 1.0

@profiler
async def c() -> int:
    return 1

class C:
    @profiler
    def m(self) -> int:
        return 1

    @property
    @profiler
    def p(self) -> int:
        return 1

    @profiler
    @classmethod
    def cm(cls) -> int:
        return 1

@profiler
class D:
    x: int = 1

f(1, y="a")
f("a")  # E: arg-type
reveal: float = f(1)
bad: str = f(1)  # E: assignment
number: int = C().m() + C().p + C.cm() + D().x
with LineProfiler(f) as p:
    same: LineProfiler = p
text: str = p.runcall(f, 1)  # E: assignment
p.runcall(f, "a")  # E: arg-type
numbers: Profile = p.snapshot()
stats: LineStats = p.get_stats()
numbers = load("x.lprof")
stats = load_stats("x.lprof", "y.lprof") + stats

status: int = kernprof.main(["s.py"])
status = kernprof.find_script("s.py")  # E: assignment
with kernprof.ContextualProfile() as c_profile:
    calls: int = c_profile.enable_count

@profile
def g(x: int, *, y: str = "") -> float:
    return 1.0

@profile
class E:
    x: int = 1

g(1, y="a")
g("a")  # E: arg-type
more: str = g(1)  # E: assignment
number = E().x + p.wrap_callable(f)  # E: operator
with profile:
    g(1)
p.add_class(E, scoping_policy="exact")
p.add_class(E, scoping_policy={"func": "exact", "class": "none", "module": "none"})
p.add_class(E, scoping_policy=3)  # E: arg-type
""".replace("from typing_extensions import assert_type\n", "")


@pytest.mark.slow
def test_decorating_keeps_the_type(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    path = tmp_path / "typed.py"
    path.write_text(TYPED)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--show-error-codes", "--no-error-summary"),
            *("--cache-dir", str(tmp_path / "cache"), str(path)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stdout.splitlines() if "typed.py:" in line]
    found = {
        (int(line.split(":")[1]), line.rpartition("[")[2].rstrip("]"))
        for line in ours
        if ": error:" in line
    }
    expected = {
        (number, line.partition("# E: ")[2])
        for number, line in enumerate(TYPED.splitlines(), 1)
        if "# E: " in line
    }
    assert found == expected, done.stdout + done.stderr


@pytest.mark.slow
def test_pyright_agrees(tmp_path: Path) -> None:
    if shutil.which("pyright") is None:
        pytest.skip("pyright is not installed")
    path = tmp_path / "typed.py"
    path.write_text(TYPED)
    done = subprocess.run(
        ["pyright", "--outputjson", "--pythonpath", sys.executable, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    faults = json.loads(done.stdout)["generalDiagnostics"]
    found = {
        fault["range"]["start"]["line"] + 1 for fault in faults if fault["severity"] == "error"
    }
    lines = TYPED.splitlines()
    assert found == {number for number, line in enumerate(lines, 1) if "# E: " in line}
