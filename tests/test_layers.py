"""Who imports whom: each module only from the rows above it, and nothing heavy at the start."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("lineprof", "kernprof")

# A module may import from lower levels only; those that are not named have the level of their
# package. `lineprof` alone stands for its public names.
LEVELS = {
    "lineprof.errors": 0,
    "lineprof._version": 0,
    "lineprof._core": 0,
    "lineprof.model": 1,
    "lineprof.core": 1,
    "lineprof.config": 1,
    "lineprof.importhook": 1,
    "lineprof.runwatch": 1,
    "lineprof.calibration": 1,
    "lineprof.source": 2,
    "lineprof.timings": 2,
    "lineprof.pickles": 3,
    "lineprof.storage": 4,
    "lineprof.wrapping": 2,
    "lineprof.scoping": 3,
    "lineprof.classic": 4,
    "lineprof.targets": 2,
    "lineprof.snapshot": 2,
    "lineprof.circles": 2,
    "lineprof.stacks": 3,
    "lineprof.diff": 2,
    "lineprof.conditions": 3,
    "lineprof.texts": 3,
    "lineprof.report": 3,
    "lineprof.report.table": 3,
    "lineprof.report.quantities": 3,
    "lineprof.report.options": 2,
    "lineprof.report.units": 2,
    "lineprof.report.heat": 2,
    "lineprof.report.command": 2,
    "lineprof.report.pieces": 1,
    "lineprof.report.syntax": 2,
    "lineprof.report.ansi": 3,
    "lineprof.report.places": 2,
    "lineprof.report.layout": 3,
    "lineprof.report.columns": 3.5,
    "lineprof.listing": 5,
    "lineprof.live.screen": 1,
    "lineprof.live.capture": 1,
    "lineprof.live.wire": 3,
    "lineprof.live.view": 5,
    "lineprof.live.session": 5,
    "lineprof.live": 6,
    "lineprof.live.viewer": 7,
    "lineprof.linestats": 6,
    "lineprof.reading": 5.5,
    "lineprof.profiler": 6,
    "lineprof.outputs": 6,
    "lineprof.selection": 7,
    "lineprof.session": 7,
    "lineprof.standin": 7,
    "lineprof.dropin": 8,
    "lineprof.dropin.cli_utils": 9,
    "lineprof.startup": 0,
    "lineprof": 8,
    "lineprof.commands.progress": 7,
    "lineprof.commands.options": 8,
    "lineprof.commands": 9,
    "lineprof.cli": 10,
    "lineprof.__main__": 11,
    "lineprof.integrations": 9,
    "lineprof.integrations.ipython": 10,
    "kernprof": 12,
    "lineprof.completions": 13,
}
REPORTS = 4
"""lineprof.report.*: above the table, never one another."""

# By design, and where they are needed only: inside functions.
ALLOWED = {
    ("lineprof.reading", "lineprof.linestats"),
    ("lineprof.classic", "lineprof.linestats"),
    ("lineprof", "lineprof.cli"),
    ("lineprof", "lineprof.integrations.ipython"),
}

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


def level(name: str) -> float:
    if name in LEVELS:
        return LEVELS[name]
    package = name.rpartition(".")[0]
    assert package in LEVELS, f"{name} has no place in the layers"
    return REPORTS if package == "lineprof.report" else LEVELS[package]


@pytest.mark.parametrize(("name", "path"), list(modules()))
def test_a_module_imports_only_from_the_rows_above(name: str, path: Path) -> None:
    for target, line in imports(name, path):
        if name.startswith("kernprof"):
            inside = target.startswith("kernprof")
            assert inside or target == "lineprof", (
                f"{path}:{line}: {target} is not a public name of lineprof"
            )
        elif name == "lineprof.__main__":
            assert target.startswith("lineprof"), f"{path}:{line}: {target}"
        elif (name, target) not in ALLOWED:
            assert level(target) < level(name), f"{path}:{line}: {name} imports {target}"


def test_only_the_profiler_imports_the_core() -> None:
    users = {
        name
        for name, path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").rpartition(".")[2] != "core"
        and "_core" in {alias.name for alias in node.names}
    }
    assert users <= {"lineprof.profiler"}


def test_the_check_sees_every_way_to_import(tmp_path: Path) -> None:
    path = tmp_path / "fake.py"
    path.write_text(
        "import lineprof.model\nfrom .. import storage\nfrom ..model import Line\n"
        "from . import table\ndef f():\n    from lineprof.report import text\n"
    )
    assert {target for target, _ in imports("lineprof.report.fake", path)} == {
        "lineprof.model",
        "lineprof.storage",
        "lineprof.report.table" if exists("lineprof.report.table") else "lineprof.report",
        "lineprof.report.text" if exists("lineprof.report.text") else "lineprof.report",
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
    assert new.isdisjoint({"lineprof.model", "lineprof.storage", "lineprof.source"})


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
