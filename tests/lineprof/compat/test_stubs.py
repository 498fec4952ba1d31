"""What type checkers know of line_profiler where lineprof stands in for it: its names, as ours.

`python -m tests.lineprof.compat.test_stubs` writes the files anew.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lineprof.compat import importer
from tests.support import ROOT

FOLDER = ROOT / "lineprof" / "compat" / "stubs" / "line_profiler-stubs"


def files() -> dict[str, str]:
    """The files there have to be, and their text."""
    # Partial: what is not here is looked for in line_profiler, where that is installed, too.
    found = {"py.typed": "partial\n"}
    for module, homes in importer._MODULES.items():
        name = module.partition(".")[2]
        if name == "__main__":
            continue
        blocks = [
            [
                f"from {home} import {item} as {item}"
                for home, item in sorted((importer._home(h), item) for item, h in homes.items())
            ],
            [f"from . import {item} as {item}" for item in sorted(_inside(module))],
            ["__version__: str"] if module == importer.NAME else [],
        ]
        text = "\n".join("".join(f"{line}\n" for line in block) for block in blocks if block)
        path = name.replace(".", "/") + ("/__init__" if module in importer._PACKAGES else "")
        found[f"{path.removeprefix('/')}.pyi"] = text
    return found


def _inside(package: str) -> list[str]:
    parts = (name.rpartition(".") for name in importer._MODULES if not name.endswith("__main__"))
    return [name for outer, _, name in parts if outer == package]


def test_the_files_are_up_to_date() -> None:
    there = {
        str(path.relative_to(FOLDER)): path.read_text("utf-8")
        for path in FOLDER.rglob("*")
        if path.is_file()
    }
    assert there == files(), "run python -m tests.lineprof.compat.test_stubs"


def test_they_are_installed() -> None:
    import tomllib

    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = {
        ".".join(path.relative_to(FOLDER.parent).parent.parts)
        for path in FOLDER.rglob("__init__.pyi")
    }
    assert packages <= set(options["packages"])
    assert packages <= options["package-data"].keys()


TYPED = """
from line_profiler import LineProfiler, LineStats, load_stats, profile
from line_profiler.explicit_profiler import GlobalProfiler
from line_profiler.scoping_policy import ScopingPolicy
import line_profiler.line_profiler

@profile
def f(x: int) -> str:
    return str(x)

text: str = f(1)
f("a")  # E: arg-type
profiler: line_profiler.line_profiler.LineProfiler = LineProfiler(f)
number: int = profiler.runcall(f, 1)  # E: assignment
stats: LineStats = load_stats("x.lprof")
off = GlobalProfiler()
off.nosuch  # E: attr-defined
policy = ScopingPolicy.EXACT
version: str = line_profiler.__version__
"""


@pytest.mark.slow
def test_mypy_knows_them(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    path = tmp_path / "typed.py"
    path.write_text(TYPED)
    # On a path of its own mypy looks for no names that end in -stubs.
    site = tmp_path / "path"
    site.mkdir()
    for folder in (ROOT / "lineprof", ROOT / "kernprof", FOLDER):
        (site / folder.name.removesuffix("-stubs")).symlink_to(folder)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--show-error-codes", "--no-error-summary"),
            *("--cache-dir", str(tmp_path / "cache"), str(path)),
        ],
        cwd=tmp_path,
        env={"MYPYPATH": str(site), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    found = {
        (int(line.split(":")[1]), line.rpartition("[")[2].rstrip("]"))
        for line in done.stdout.splitlines()
        if line.startswith("typed.py:") and ": error:" in line
    }
    expected = {
        (number, line.partition("# E: ")[2])
        for number, line in enumerate(TYPED.splitlines(), 1)
        if "# E: " in line
    }
    assert found == expected, done.stdout + done.stderr


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, "utf-8")
