"""Who imports whom: each module only from the rows above it, and nothing heavy at the start."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

PACKAGES = ("lineprof", "kernprof")

# A file imports only from its own place and from places further up; `lineprof` itself is the
# public names, which only what stands below it uses.
FLOORS = [
    "lineprof.errors",
    "lineprof._version",
    "lineprof._core",
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
    "lineprof",
    "lineprof.__main__",
    "kernprof.isolation.stdlib_names",
    "kernprof.isolation",
    "kernprof.options",
    "kernprof.option_table",
    "kernprof.request",
    "kernprof.signals",
    "kernprof.results",
    "kernprof.program",
    "kernprof.backends",
    "kernprof.recording",
    "kernprof.runner",
    "kernprof.cli",
    "kernprof.line_profiler_names",
    "kernprof",
    "kernprof.completions",
]

# What kernprof may use besides lineprof's public names.
SHARED = {"lineprof.config", "lineprof.files.whole_file", "lineprof.interpreter"}

# By design, and where they are needed only: inside functions.
ALLOWED = {
    ("lineprof.compat.dropin.autoprofile", "lineprof.measure.profiler"),
    ("lineprof.compat.dropin.autoprofile", "lineprof.select.selection"),
    ("lineprof.compat.dropin.tracing", "lineprof.measure.profiler"),
    # No part of the package: it writes the completions of both commands.
    ("kernprof.completions.generate", "lineprof.commands"),
}

# Annotations only.
NAMES_CORE_TYPES = {"lineprof.live.program", "lineprof.live.wire"}

# Slow to load, or loaded by what is slow; for reading and showing results only.
HEAVY = ("argparse", "dataclasses", "inspect", "json", "linecache", "re", "tokenize", "typing")


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def exists(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return (
        path.with_suffix(".py").exists()
        or (path / "__init__.py").exists()
        or path.with_suffix(".pyi").exists()
    )


def imports(name: str, path: Path) -> Iterator[tuple[str, int]]:
    """What of ours a module imports, by full name, with the line."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            # `from .report import text` is about the module, `from .model import Line` is not.
            found = [
                full if exists(full := f"{base}.{alias.name}") else base for alias in node.names
            ]
        else:
            continue
        yield from ((item, node.lineno) for item in found if item.split(".")[0] in PACKAGES)


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
    )
    assert {target for target, _ in imports("lineprof.report.fake", path)} == {
        "lineprof.model.profile",
        "lineprof.files.lprof",
        "lineprof.model.diff",
        "lineprof.report.rows",
        "lineprof._core",
        "lineprof.report.listing",
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
