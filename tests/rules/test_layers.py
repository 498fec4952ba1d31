"""Each module imports only from above, none in a circle, and nothing heavy at the start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.tree import circles, imports, modules
from tests.support import ROOT

# A file imports only from its own place and from places further up. The longest name that fits is
# the place of a file.
FLOORS = [
    "lineprof.errors",
    "lineprof._version",
    "lineprof._core",
    "lineprof.hints",
    "lineprof.interpreter",
    "lineprof.config",
    "lineprof.code",
    "lineprof.model",
    "lineprof.files",
    "lineprof.report",
    "lineprof.compat",
    "lineprof.measure",
    "lineprof.select",
    "lineprof.processes",
    "lineprof.live",
    "lineprof.integrations",
    "lineprof.commands",
    # line_profiler's names for what all of these have.
    "lineprof.compat.importer",
    # The public names.
    "lineprof",
    "lineprof.__main__",
    "kernprof.isolation.stdlib_names",
    "kernprof.isolation",
    "kernprof.options",
    "kernprof.option_table",
    "kernprof.request",
    "kernprof.signals",
    "kernprof.command",
    "kernprof.results",
    "kernprof.program",
    "kernprof.backends",
    "kernprof.recording",
    "kernprof.runner",
    "kernprof.cli",
    "kernprof.line_profiler_names",
    "kernprof",
]

# What kernprof may use besides lineprof's public names.
SHARED = {
    "lineprof.config",
    "lineprof.files.whole_file",
    "lineprof.interpreter",
    "lineprof.measure.caller",
    "lineprof.measure.departures",
    "lineprof.measure.event_source",
    "lineprof.processes.arrivals",
    "lineprof.processes.run",
    "lineprof.processes.spawned",
    "lineprof.report.columns",
    "lineprof.report.options",
    "lineprof.report.rows",
    "lineprof.report.show",
}

# Arrows upwards or past the public names, and why.
ALLOWED = {
    ("lineprof.compat.importer", "kernprof.backends.functions"): (
        "one of line_profiler's names is kernprof's; it is imported when a program asks for it"
    ),
    ("lineprof.measure.global_profile", "lineprof.processes.run"): (
        "the profiler of a whole program follows its processes; imported when that is switched on"
    ),
}

# Annotations only.
NAMES_CORE_TYPES = {"lineprof.live.program", "lineprof.live.wire"}

# Slow to load, or loaded by what is slow; for reading and showing results only.
HEAVY = ("argparse", "dataclasses", "inspect", "json", "linecache", "re", "tokenize", "typing")


def floor(name: str) -> int:
    """The place of a module: the longest name in the list that it begins with."""
    while name not in FLOORS:
        name, _, _ = name.rpartition(".")
        assert name, "a module of neither package"
    return FLOORS.index(name)


@pytest.mark.parametrize(("name", "path"), list(modules()))
def test_a_module_imports_only_from_its_place_and_those_above(name: str, path: Path) -> None:
    for target, line in imports(name, path):
        if (name, target) in ALLOWED:
            continue
        assert floor(target) <= floor(name), f"{path}:{line}: {name} imports {target}"
        if name.startswith("kernprof"):
            assert target in {"lineprof", *SHARED} or target.startswith("kernprof"), (
                f"{path}:{line}: {target} is not a public name of lineprof"
            )


def test_what_is_allowed_is_there() -> None:
    found = {(name, target) for name, path in modules() for target, _ in imports(name, path)}
    assert ALLOWED.keys() <= found


def test_imports_make_no_circle() -> None:
    """Those inside functions and those for annotations count too."""
    graph = {
        name: {target for target, _ in imports(name, path)} - {name} for name, path in modules()
    }
    for arrow in ALLOWED:
        graph[arrow[0]].discard(arrow[1])
    assert circles(graph) == []


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": set(), "f": {"f"}}
    assert circles(graph) == [["a", "b", "c"], ["f"]]


def test_only_measuring_imports_the_core() -> None:
    users = {
        name
        for name, path in modules()
        if any(target == "lineprof._core" for target, _ in imports(name, path))
    }
    assert {name for name in users if not name.startswith("lineprof.measure.")} <= NAMES_CORE_TYPES


def test_the_check_sees_every_way_to_import(tmp_path: Path) -> None:
    path = tmp_path / "fake.py"
    path.write_text(
        "import lineprof.model.profile\nfrom ..files import lprof\nfrom ..model.diff import Line\n"
        "from . import rows\nfrom .._core import LINE_KIND\n"
        "def f():\n    from lineprof.report import listing\n"
        "TABLE = {'C': 'code.callables'}\n"
        "def g(name):\n"
        "    import_module('lineprof.measure.profiler')\n"
        "    import_module('..select.targets', __package__)\n"
        "    import_module(f'lineprof.report.export.{name}')\n"
        "    import_module(f'lineprof.{TABLE[name]}')\n"
        "    return 'lineprof', 'README.md'\n"
    )
    assert {target for target, _ in imports("lineprof.report.fake", path)} == {
        "lineprof.model.profile",
        "lineprof.files.lprof",
        "lineprof.model.diff",
        "lineprof.report.rows",
        "lineprof._core",
        "lineprof.report.listing",
        "lineprof.code.callables",
        "lineprof.measure.profiler",
        "lineprof.select.targets",
        "lineprof.report.export",
    }


def loaded(statement: str) -> set[str]:
    command = [sys.executable, "-c", f"{statement}\nimport sys; print(*sys.modules)"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import lineprof",
        "from lineprof import LineProfiler",
        "from lineprof import profile\nprofile(print)",
    ],
)
def test_the_start_is_light(statement: str) -> None:
    pytest.importorskip("lineprof._core")
    new = loaded(statement) - loaded("pass")
    assert "lineprof" in new
    assert new.isdisjoint(HEAVY)
    assert new.isdisjoint(
        {"lineprof.model.profile", "lineprof.files.lprof", "lineprof.code.source_text"}
    )


def test_decorating_and_measuring_are_light() -> None:
    pytest.importorskip("lineprof._core")
    statement = (
        "from lineprof import LineProfiler\n"
        "profiler = LineProfiler()\n"
        "def f(): return 1\n"
        "f.__code__ = f.__code__.replace(co_filename=__import__('os').__file__)\n"
        "profiler(f)()\n"
        "profiler.close()"
    )
    assert (loaded(statement) - loaded("pass")).isdisjoint(HEAVY)
