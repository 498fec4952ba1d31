"""Selected code is found and measured; the program stays as it is."""

from __future__ import annotations

import importlib
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lineprof import LineProfiler, Selection
from lineprof.select.selection import imported

MODULES = {
    "sel_mod.py": """
import functools, dataclasses

def hidden(f):
    def wrapper(*args):
        return f(*args)
    return wrapper

@hidden
def decorated(n):
    def inner(i):
        return i + 1
    double = lambda x: x * 2
    return sum(inner(i) + double(i) for i in range(n))

@functools.lru_cache
def cached(n):
    return [i for i in range(n)]

@dataclasses.dataclass
class Data:
    x: int = 0

    def method(self):
        return self.x

    @property
    def prop(self):
        return self.x

    @staticmethod
    def static():
        return 1

    class Inner:
        async def co(self):
            return 1

def at_import():
    return 1

at_import()
""",
    "sel_pkg/__init__.py": "from sel_pkg.impl import exported\nfrom sel_pkg.impl import Exported\n",
    "sel_pkg/impl.py": """
def exported():
    return 1

class Exported:
    def m(self):
        return 1

    def n(self):
        return 2
""",
    "sel_pkg/other.py": "def f():\n    return 1\n",
    "sel_pkg/sub/__init__.py": "",
    "sel_pkg/sub/deep.py": "def f():\n    return 1\n",
    "sel_pkg/sub/fails.py": "raise RuntimeError('not for you')\n",
    "sel_app/__init__.py": "from sel_app.impl import exported, Exported\n",
    "sel_app/other.py": "def f():\n    return 1\n",
    "sel_app/impl.py": """
def exported():
    return 1

class Exported:
    def m(self):
        return 1
""",
    "sel_app/user.py": """
import json
from json import dumps
from sel_app.impl import exported, Exported
from sel_app import other
from sel_mod import Data

def own():
    return exported()
""",
    "sel_pkg/__main__.py": "raise SystemExit('ran')\n",
}

FUNCTIONS = {
    "hidden",
    "hidden.<locals>.wrapper",
    "decorated",
    "decorated.<locals>.inner",
    "decorated.<locals>.<lambda>",
    "cached",
    "Data.method",
    "Data.prop",
    "Data.static",
    "Data.Inner.co",
    "at_import",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path
    for name in list(sys.modules):
        if name.startswith("sel_"):
            del sys.modules[name]


Select = Callable[..., tuple[LineProfiler, Selection]]


@pytest.fixture
def select(folder: Path, core: str) -> Iterator[Select]:
    made: list[tuple[LineProfiler, Selection]] = []

    def make(*targets: str, **options: Any) -> tuple[LineProfiler, Selection]:
        profiler = LineProfiler(core=core, calibrate=False)
        selection = Selection(profiler, targets, **options)
        made.append((profiler, selection))
        selection.place()
        return profiler, selection

    yield make
    for profiler, selection in made:
        selection.remove()
        profiler.close()
        assert selection.failure is None


def hits(profiler: LineProfiler) -> dict[str, int]:
    """Hits of all lines of each function that is measured."""
    return {
        f.key.name: sum(line.hits for line in f.lines)
        for f in profiler.snapshot(source=False).functions
    }


def test_all_functions_of_a_module(select: Select) -> None:
    profiler, selection = select("sel_mod")
    assert list(selection.unmatched) == ["sel_mod"]
    module = importlib.import_module("sel_mod")
    assert list(selection.unmatched) == []
    assert set(hits(profiler)) == FUNCTIONS
    assert hits(profiler)["at_import"] == 1
    assert module.decorated(3) == 12
    module.cached(4)
    found = hits(profiler)
    assert found["decorated.<locals>.inner"] == found["decorated.<locals>.<lambda>"] == 3
    assert found["hidden.<locals>.wrapper"] == 1
    assert found["cached"] > 0


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("sel_app.user", {"own", "exported", "Exported.m"}),
        ("sel_app/user.py", {"own", "exported", "Exported.m"}),
        ("sel_app.__init__", {"exported", "Exported.m"}),
        ("sel_app.user:own", {"own"}),
    ],
)
def test_what_a_module_has_from_its_own_package_belongs_to_it(
    target: str, names: set[str], before: bool, select: Select
) -> None:
    """As with line_profiler. Modules it has are others, and so is what is from other packages."""
    if before:
        importlib.import_module("sel_app.user")
    profiler, selection = select(target)
    importlib.import_module("sel_app.user").own()
    assert selection.unmatched == ()
    found = hits(profiler)
    assert set(found) == names
    if "exported" in names:
        assert found["exported"] == 1


def test_all_of_ones_own_code_is_what_is_written_there(select: Select, folder: Path) -> None:
    profiler, _ = select(folder=str(folder / "sel_pkg" / "sub"))
    (folder / "sel_pkg" / "sub" / "uses.py").write_text("from sel_pkg.impl import exported\n")
    importlib.import_module("sel_pkg.sub.uses")
    assert hits(profiler) == {}


def test_nothing_is_wrapped_or_replaced(select: Select) -> None:
    select("sel_mod")
    measured = importlib.import_module("sel_mod")
    names = list(vars(measured))
    codes = [vars(measured)[name].__code__ for name in ("hidden", "decorated", "at_import")]
    del sys.modules["sel_mod"]
    plain = importlib.import_module("sel_mod")
    assert names == list(vars(plain))
    assert codes == [vars(plain)[name].__code__ for name in ("hidden", "decorated", "at_import")]
    assert type(plain.__loader__) is type(measured.__loader__)
    assert vars(measured.__loader__) == vars(plain.__loader__)


def test_a_module_loaded_before(select: Select) -> None:
    module = importlib.import_module("sel_mod")
    profiler, selection = select("sel_mod")
    assert selection.unmatched == ()
    assert set(hits(profiler)) == FUNCTIONS
    assert module.Data(5).method() == 5
    assert hits(profiler)["Data.method"] == 1


def test_single_functions(select: Select) -> None:
    profiler, selection = select("sel_mod:Data.m*", "sel_mod.decorated", "sel_mod:nosuch")
    importlib.import_module("sel_mod")
    assert set(hits(profiler)) == {
        "Data.method",
        "decorated",
        "decorated.<locals>.inner",
        "decorated.<locals>.<lambda>",
    }
    assert selection.unmatched == ("sel_mod:nosuch",)


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("sel_pkg.exported", {"exported"}),
        ("sel_pkg:exported", {"exported"}),
        ("sel_pkg:Exported", {"Exported.m", "Exported.n"}),
        ("sel_pkg.Exported.n", {"Exported.n"}),
    ],
)
def test_names_that_stand_for_functions_of_elsewhere(
    target: str, names: set[str], before: bool, select: Select
) -> None:
    if before:
        importlib.import_module("sel_pkg")
    profiler, selection = select(target)
    importlib.import_module("sel_pkg")
    assert set(hits(profiler)) == names
    assert selection.unmatched == ()


def test_packages(select: Select) -> None:
    profiler, _ = select("sel_pkg")
    importlib.import_module("sel_pkg.sub.deep")
    assert {f.key.file.rpartition("/")[2] for f in profiler.snapshot().functions} == {
        "impl.py",
        "deep.py",
    }


def test_files_and_folders(select: Select) -> None:
    profiler, selection = select("sel_pkg/sub", "sel_mod.py:cached", "sel_pkg/other.py")
    importlib.import_module("sel_mod")
    importlib.import_module("sel_pkg.sub.deep")
    assert set(hits(profiler)) == {"cached", "f"}
    assert selection.unmatched == ("sel_pkg/other.py",)


def test_archives(folder: Path, select: Select) -> None:
    with zipfile.ZipFile(folder / "lib.zip", "w") as archive:
        archive.writestr("sel_zipped.py", "def f():\n    return 1\n")
    sys.path.insert(0, str(folder / "lib.zip"))
    try:
        profiler, _ = select("sel_zipped")
        importlib.import_module("sel_zipped").f()
    finally:
        sys.path.remove(str(folder / "lib.zip"))
    (function,) = profiler.snapshot().functions
    assert function.source == "def f():\n    return 1\n"


def test_nested_code(select: Select) -> None:
    profiler, _ = select("sel_mod:decorated", "sel_mod:Data", nested=True)
    importlib.import_module("sel_mod")
    found = set(hits(profiler))
    assert {"decorated.<locals>.<genexpr>", "decorated.<locals>.<lambda>"} <= found
    assert {"Data", "Data.Inner"} <= found


def test_the_top_level(select: Select) -> None:
    profiler, _ = select("sel_mod", "sel_pkg.impl:exported", module_level=True)
    importlib.import_module("sel_mod")
    importlib.import_module("sel_pkg")
    (module,) = [f for f in profiler.snapshot().functions if f.key.name == "<module>"]
    assert module.key.file.endswith("sel_mod.py")
    assert module.source == MODULES["sel_mod.py"]
    text = MODULES["sel_mod.py"].splitlines()
    by_line = {line.number: line.hits for line in module.lines}
    assert by_line[text.index("at_import()") + 1] == 1


def test_own_code(folder: Path, select: Select) -> None:
    installed = folder / "venv" / "lib" / "site-packages"
    installed.mkdir(parents=True)
    (installed / "sel_installed.py").write_text("def f():\n    return 1\n")
    sys.path.insert(0, str(installed))
    try:
        profiler, _ = select(folder=str(folder))
        importlib.import_module("sel_installed")
        importlib.import_module("sel_mod")
        importlib.import_module("calendar")
    finally:
        sys.path.remove(str(installed))
    assert {os.path.basename(f.key.file) for f in profiler.snapshot().functions} == {"sel_mod.py"}
    assert set(hits(profiler)) == FUNCTIONS


PROGRAM = """
profile = {"of": "my own"}
def f():
    return [g(i) for i in range(3)]
g = lambda i: i
class C:
    def m(self):
        return f()
C().m()
"""


def run(selection: Selection, file: Path, **options: Any) -> dict[str, Any]:
    code = compile(file.read_text(), str(file), "exec")
    selection.add_program(code, **options)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(code, names)
    return names


@pytest.mark.parametrize("target", ["sel_prog", "sel_prog.py", "pkg.sel_prog", "pkg", "*_prog"])
def test_the_program_itself(target: str, folder: Path, select: Select) -> None:
    file = folder / "pkg" / "sel_prog.py"
    if "." in target and "/" not in target and target.endswith(".py"):
        target = "pkg/sel_prog.py"
    file.parent.mkdir()
    (file.parent / "__init__.py").touch()
    file.write_text(PROGRAM)
    profiler, selection = select(target)
    names = run(selection, file)
    assert hits(profiler) == {"f": hits(profiler)["f"], "<lambda>": 3, "C.m": 1}
    assert names["profile"] == {"of": "my own"}
    assert selection.unmatched == ()


def test_functions_of_the_program(folder: Path, select: Select) -> None:
    (folder / "sel_prog.py").write_text(PROGRAM)
    profiler, selection = select("sel_prog:C")
    run(selection, folder / "sel_prog.py")
    assert hits(profiler) == {"C.m": 1}


def test_a_program_that_is_no_target(folder: Path, select: Select) -> None:
    (folder / "sel_prog.py").write_text(PROGRAM)
    profiler, selection = select("sel_mod")
    run(selection, folder / "sel_prog.py", imports=True)
    assert hits(profiler) == {}


def test_everything_of_the_program(folder: Path, select: Select) -> None:
    (folder / "sel_prog.py").write_text(PROGRAM)
    profiler, selection = select()
    run(selection, folder / "sel_prog.py", everything=True)
    assert set(hits(profiler)) == {"f", "<lambda>", "C.m"}


def test_the_top_level_of_the_program(folder: Path, select: Select) -> None:
    (folder / "sel_prog.py").write_text(PROGRAM)
    profiler, selection = select(module_level=True)
    run(selection, folder / "sel_prog.py")
    (module,) = profiler.snapshot().functions
    assert {line.number: line.hits for line in module.lines}[9] == 1


def test_what_the_program_imports(folder: Path, select: Select) -> None:
    (folder / "sel_prog.py").write_text(
        "from __future__ import annotations\nfrom __future__ import division\n"
        "from sel_mod import cached, at_import as other\nimport sel_pkg.other as o\n"
        "def f():\n    import sel_pkg.sub.deep\nf()\n"
    )
    profiler, selection = select("sel_prog")
    run(selection, folder / "sel_prog.py", imports=True)
    assert set(hits(profiler)) == {"f", "cached", "at_import"}
    files = {os.path.basename(f.key.file) for f in profiler.snapshot().functions}
    assert files == {"sel_prog.py", "sel_mod.py", "other.py"}
    assert selection.unmatched == ()


@pytest.mark.parametrize(
    ("text", "package", "found"),
    [
        ("import a", "", ["a.__init__"]),
        ("import a.b", "", ["a.b.__init__"]),
        ("from a import b, c", "", ["a.b.__init__", "a:b", "a.c.__init__", "a:c"]),
        ("from a.b import *", "", ["a.b.__init__"]),
        ("from . import x", "p.q", ["p.q.x.__init__", "p.q:x"]),
        ("from ..m import x", "p.q", ["p.m.x.__init__", "p.m:x"]),
        ("try:\n import a\nexcept ImportError:\n import b", "", ["a.__init__", "b.__init__"]),
        ("def f():\n import a", "", []),
        ("x = 1", "", []),
    ],
)
def test_imports_are_read_off_the_code(text: str, package: str, found: list[str]) -> None:
    assert imported(compile(text, "x", "exec"), package) == found


def test_importing_ahead(folder: Path, select: Select) -> None:
    (folder / "sel_prog.py").write_text("raise SystemExit('imported')\n")
    profiler, selection = select("sel_pkg", "sel_prog", "sel_mod:cached", "sel_nosuch")
    code = compile((folder / "sel_prog.py").read_text(), str(folder / "sel_prog.py"), "exec")
    selection.add_program(code)
    assert selection.preimport() == [
        "sel_pkg: cannot import sel_pkg.sub.fails: RuntimeError: not for you"
    ]
    assert {"sel_pkg.other", "sel_pkg.sub.deep", "sel_mod"} <= set(sys.modules)
    assert not {"sel_pkg.__main__", "sel_prog"} & set(sys.modules)
    assert set(hits(profiler)) == {"exported", "Exported.m", "Exported.n", "f", "cached"}
    assert selection.unmatched == ("sel_nosuch",)


@pytest.mark.parametrize(
    ("target", "modules"),
    [
        ("sel_pkg.__init__", {"sel_pkg", "sel_pkg.impl"}),
        ("sel_pkg.impl.Exported.m", {"sel_pkg", "sel_pkg.impl"}),
        ("sel_pkg.o*", {"sel_pkg", "sel_pkg.impl", "sel_pkg.other"}),
        ("sel_pkg/other.py", {"sel_pkg", "sel_pkg.impl", "sel_pkg.other"}),
        ("sel_pkg.nosuch", {"sel_pkg", "sel_pkg.impl"}),
        ("sel_nosuch.deep.er", set()),
        pytest.param("*", set(), marks=pytest.mark.slow),  # all that pytest has loaded
        ("sel_pkg/nosuch.py", set()),
    ],
)
def test_what_is_imported_ahead(target: str, modules: set[str], select: Select) -> None:
    _, selection = select(target)
    selection.preimport()
    assert {name for name in sys.modules if name.startswith("sel_")} == modules


def test_what_is_found_is_told(folder: Path, select: Select) -> None:
    lines: list[str] = []
    select("sel_pkg.other", tell=lines.append)
    importlib.import_module("sel_pkg.other")
    file = os.path.join(os.getcwd(), "sel_pkg", "other.py")
    assert lines == [f"measuring f ({file}:1)"]


def test_whatever_a_module_raises_the_program_runs(folder: Path, select: Select) -> None:
    (folder / "sel_stubborn").mkdir()
    (folder / "sel_stubborn" / "__init__.py").write_text("")
    for name in ("one", "two"):
        (folder / "sel_stubborn" / f"{name}.py").write_text(
            "class Skipped(BaseException): pass\nraise Skipped('no')\n"
        )
    (folder / "sel_stubborn" / "work.py").write_text("def f():\n    return 1\n")
    profiler, selection = select("sel_stubborn", "sel_stubborn.one.x")
    faults = selection.preimport()
    assert [fault.rpartition("sel_stubborn.")[2] for fault in faults] == [
        "one: Skipped: no",
        "two: Skipped: no",
        "one.x: Skipped: no",
    ]
    assert set(hits(profiler)) == {"f"}


def test_an_interrupt_while_importing_ahead_ends_the_run(folder: Path, select: Select) -> None:
    (folder / "sel_interrupted.py").write_text("raise KeyboardInterrupt\n")
    _, selection = select("sel_interrupted")
    with pytest.raises(KeyboardInterrupt):
        selection.preimport()


TESTS = {"tests", "tests.test_x", "tests.conftest", "tests.helper"}


@pytest.mark.parametrize(
    ("target", "more"),
    [
        ("sel_tested", set()),
        ("sel_tested/__init__.py", set()),
        ("sel_tested.*", set()),
        ("sel_tested.tests", TESTS),
        ("sel_tested.*.test_*", {"test_y", "conftest", *TESTS}),
        ("sel_tested.test_y", {"test_y"}),
    ],
)
def test_test_modules_are_imported_only_by_name(
    folder: Path, target: str, more: set[str], select: Select
) -> None:
    (folder / "sel_tested" / "tests").mkdir(parents=True)
    for name in ("__init__", "work", "test_y", "conftest"):
        (folder / "sel_tested" / f"{name}.py").write_text("def f(): pass\n")
    for name in ("__init__", "test_x", "conftest", "helper"):
        (folder / "sel_tested" / "tests" / f"{name}.py").write_text("def f(): pass\n")
    _, selection = select(target)
    assert selection.preimport() == []
    found = {name for name in sys.modules if name.startswith("sel_tested.")}
    assert found - {"sel_tested.work"} == {f"sel_tested.{name}" for name in more}
