"""Rules of the C source that no compiler checks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.rules.tree import circles
from tests.support import ROOT

CSRC = ROOT / "csrc"
MOST_LINES = 700

pytestmark = pytest.mark.skipif(not CSRC.is_dir(), reason="the C source is not here")

_COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|("(?:\\.|[^"\\\n])*")', re.DOTALL)
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def extension() -> dict[str, list[str]]:
    """The sources and headers that pyproject.toml lists, lower layers first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (module,) = project["tool"]["setuptools"]["ext-modules"]
    found: dict[str, list[str]] = module
    return found


# A file includes only files of its own place and of places further up.
FLOORS = [
    "base",
    "state",
    "code",
    "shard",
    "record",
    "collect",
    "source",
    "monitor",
    "trace",
    "trace/py311",
    "top_level",
    "engine",
    "profiler",
    "module",
]


_CONDITION = re.compile(r"^\s*#\s*(?:if|elif|ifdef|ifndef)\b(.*)$", re.MULTILINE)


def files() -> list[Path]:
    return sorted(path for path in CSRC.rglob("*") if path.suffix in {".c", ".h"})


def name_of(path: Path) -> str:
    return path.relative_to(CSRC).as_posix()


def switches() -> set[str]:
    """What compat.h defines for `#if`."""
    text = (CSRC / "base" / "compat.h").read_text(encoding="utf-8")
    return set(re.findall(r"^#define (\w+) \(PY_VERSION_HEX", text, re.MULTILINE))


def conditions(path: Path) -> list[str]:
    """Names in the conditions of a file, each as often as it stands there."""
    return re.findall(r"[A-Z]\w+", " ".join(_CONDITION.findall(code(path))))


def floor(name: str) -> str:
    """The folder of a file, or its own name if it stands in csrc itself."""
    folder, _, file = name.rpartition("/")
    return folder or file.partition(".")[0]


def code(path: Path) -> str:
    """Text without comments."""
    text = path.read_text(encoding="utf-8")
    return _COMMENT_OR_STRING.sub(lambda found: found.group(1) or " ", text)


def test_every_file_is_named_in_pyproject() -> None:
    """A source left out would not be compiled, a header left out would not be shipped."""
    listed = [*extension()["sources"], *extension()["depends"]]
    assert sorted(listed) == sorted(f"csrc/{name_of(path)}" for path in files())


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_versions_are_told_apart_in_one_place(path: Path) -> None:
    if path.name != "compat.h":
        assert "PY_VERSION_HEX" not in code(path)


# What compat.h says a Python has is asked once around all of a file in these folders...
WHOLE_FILES = {"monitor": "HAVE_MONITORING", "trace/py311": "HAVE_EVALGATE"}

# ...and where such a folder meets the rest, or one line differs.
SEAMS = {
    ("module.c", "HAVE_MONITORING"): "what the module registers and exports",
    ("profiler.c", "HAVE_MONITORING"): "the event sources there are",
    ("trace/source_trace.c", "HAVE_MONITORING"): "3.11's source is in py311",
    ("code/code_info.c", "HAVE_MONITORING"): "only events of sys.monitoring need the offsets",
    ("code/line_cost.c", "HAVE_MONITORING"): "3.11's lines end without an event",
    ("code/line_cost.h", "HAVE_EVALGATE"): "3.11's lines end without an event",
    ("code/line_cost_py311.c", "HAVE_EVALGATE"): "3.11's lines end without an event",
    ("base/module_arrival.c", "HAVE_DICT_WATCHERS"): "a watcher, or a look at sys.modules",
    ("monitor/tool.c", "TRACES_OPCODES_BY_CODE"): "how other tools ask for opcodes",
}


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_differences_of_pythons_have_one_seam_each(path: Path) -> None:
    if path.name == "compat.h":
        return
    name = name_of(path)
    whole = WHOLE_FILES.get(floor(name))
    found = [what for what in conditions(path) if what in switches()]
    if whole in found:
        found.remove(whole)
    assert {(name, what) for what in found} <= SEAMS.keys()


def test_every_seam_is_there() -> None:
    found = {(name_of(p), what) for p in files() for what in conditions(p)}
    assert SEAMS.keys() <= found


def test_micro_versions_are_asked_for_at_run_time() -> None:
    """A wheel built with 3.13.15 runs on 3.13.0: what differs must not be compiled in."""
    compared = re.findall(r"PY_VERSION_HEX\s*[<>=]+\s*(\w+)", "".join(map(code, files())))
    assert compared
    assert [number for number in compared if not re.fullmatch("0x03..0000", number)] == []


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_nothing_forbidden(path: Path) -> None:
    """No internals of CPython, and no function that aborts or prints."""
    forbidden = r"\b(Py_BUILD_CORE\w*|Py_FatalError|v?f?printf|puts|abort|exit)\b"
    assert re.findall(forbidden, code(path)) == []


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_files_are_of_readable_size(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_includes_point_upwards_in_the_list(path: Path) -> None:
    """A file includes only files of its own folder and of places above it in FLOORS."""
    own = FLOORS.index(floor(name_of(path)))
    included = _INCLUDE.findall(path.read_text(encoding="utf-8"))
    assert [name for name in included if FLOORS.index(floor(name)) > own] == []


# Files that are parts of another, and use what is declared there.
PARTS = {
    "record/recorder_check": "record/recorder",  # called after each change in debug builds
    "record/stack": "record/threads",  # inline functions on a thread's record
}


def test_files_include_each_other_in_no_circle() -> None:
    """A file and its header are one; an include of the one is an include of both."""
    graph: dict[str, set[str]] = {}

    def unit(file: str) -> str:
        name = file.rpartition(".")[0]
        return PARTS.get(name, name)

    for path in files():
        included = _INCLUDE.findall(path.read_text(encoding="utf-8"))
        graph.setdefault(unit(name_of(path)), set()).update(map(unit, included))
    for name, targets in graph.items():
        targets.discard(name)
    assert circles(graph) == []


@pytest.mark.parametrize(
    "name", ["base/clock", "shard/file", "shard/shard", "record/linetable", "record/framemap"]
)
def test_these_know_no_python(name: str) -> None:
    for suffix in (".h", ".c"):
        path = CSRC / (name + suffix)
        if path.exists():
            assert "Python.h" not in code(path)
            assert "compat.h" not in code(path)
