"""The hook sees what is loaded, however that happens, and the program does not notice."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import py_compile
import runpy
import subprocess
import sys
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from lineprof.select.import_hook import ImportHook
from tests.support import ROOT


class Seen:
    """What a hook has told."""

    def __init__(self, follow: bool = False) -> None:
        self.codes: list[tuple[str, str]] = []
        self.modules: list[str] = []
        self.asked: list[tuple[str, bool]] = []
        self.follow = follow
        self.hook = ImportHook(self.on_code, self.on_module, self.follows)

    def on_code(self, name: str, code: CodeType) -> None:
        self.codes.append((name, Path(code.co_filename).name))

    def on_module(self, module: ModuleType) -> None:
        self.modules.append(f"{module.__name__}:{sorted(set(vars(module)) & {'x', 'fault'})}")

    def follows(self, name: str, origin: str, hands_out_code: bool) -> bool:
        self.asked.append((name, hands_out_code))
        return self.follow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    (tmp_path / "hooked_a.py").write_text("x = 1\n")
    (tmp_path / "hooked_bad.py").write_text("def f(:\n")
    (tmp_path / "hooked_fails.py").write_text("def g():\n    1 / 0\ng()\n")
    (tmp_path / "hooked_pkg").mkdir()
    (tmp_path / "hooked_pkg" / "__init__.py").write_text("from . import inner\n")
    (tmp_path / "hooked_pkg" / "inner.py").write_text("x = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("hooked_"):
            del sys.modules[name]


@pytest.fixture
def seen() -> Iterator[Seen]:
    seen = Seen()
    seen.hook.place()
    yield seen
    seen.hook.remove()
    assert seen.hook.failure is None


def test_modules_and_packages(folder: Path, seen: Seen) -> None:
    import hooked_pkg  # type: ignore[import-not-found]

    assert hooked_pkg.inner.x == 2
    assert seen.codes == [("hooked_pkg", "__init__.py"), ("hooked_pkg.inner", "inner.py")]


def test_before_the_first_line_runs(folder: Path, seen: Seen) -> None:
    with pytest.raises(ZeroDivisionError):
        importlib.import_module("hooked_fails")
    assert seen.codes == [("hooked_fails", "hooked_fails.py")]


def test_a_file_loaded_by_its_path(folder: Path, seen: Seen) -> None:
    spec = importlib.util.spec_from_file_location("hooked_other", folder / "hooked_a.py")
    assert spec is not None and spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert seen.codes == [("hooked_other", "hooked_a.py")]


def test_loaded_when_first_used(folder: Path, seen: Seen) -> None:
    spec = importlib.util.find_spec("hooked_a")
    assert spec is not None and spec.loader is not None
    loader = importlib.util.LazyLoader(spec.loader)
    spec.loader = loader
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    assert seen.codes == []
    assert module.x == 1
    assert seen.codes == [("hooked_a", "hooked_a.py")]


def test_reloaded(folder: Path, seen: Seen) -> None:
    import hooked_a  # type: ignore[import-not-found]

    importlib.reload(hooked_a)
    assert seen.codes == [("hooked_a", "hooked_a.py")] * 2


def test_run_by_name(folder: Path, seen: Seen) -> None:
    runpy.run_module("hooked_a")
    assert seen.codes == [("hooked_a", "hooked_a.py")]


def test_zip_archives_and_compiled_files(folder: Path, seen: Seen) -> None:
    with zipfile.ZipFile(folder / "lib.zip", "w") as archive:
        archive.writestr("hooked_zipped.py", "x = 3\n")
    py_compile.compile(str(folder / "hooked_a.py"), cfile=str(folder / "hooked_c.pyc"))
    sys.path.insert(0, str(folder / "lib.zip"))
    try:
        importlib.import_module("hooked_zipped")
        importlib.import_module("hooked_c")
    finally:
        sys.path.remove(str(folder / "lib.zip"))
    assert seen.codes == [("hooked_zipped", "hooked_zipped.py"), ("hooked_c", "hooked_a.py")]


class OwnLoader(importlib.abc.Loader):
    """One that executes what it likes, as pytest's does."""

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(x=1)
        if module.__name__.endswith("fails"):
            raise ValueError(module.__name__)


@pytest.fixture
def own_loader() -> Iterator[OwnLoader]:
    loader = OwnLoader()

    class Finder:
        @staticmethod
        def find_spec(name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
            if name.startswith("hooked_own"):
                return importlib.machinery.ModuleSpec(name, loader)
            return None

    sys.meta_path.insert(0, Finder)
    yield loader
    sys.meta_path.remove(Finder)
    for name in [name for name in sys.modules if name.startswith("hooked_own")]:
        del sys.modules[name]


def test_a_loader_without_code(own_loader: OwnLoader) -> None:
    seen = Seen(follow=True)
    seen.hook.place()
    try:
        importlib.import_module("hooked_own1")
        importlib.import_module("hooked_own2")
        with pytest.raises(ValueError, match="hooked_own_fails"):
            importlib.import_module("hooked_own_fails")
    finally:
        seen.hook.remove()
    assert seen.codes == []
    assert seen.modules == ["hooked_own1:['x']", "hooked_own2:['x']"]
    assert seen.asked == [("hooked_own1", False)]
    assert vars(own_loader) == {}


class Rewriting(importlib.machinery.SourceFileLoader):
    """One that has code of its own making executed."""

    def get_code(self, fullname: str) -> CodeType | None:
        return compile("x = 5", "made up", "exec")


def test_a_loader_that_makes_its_own_code(folder: Path) -> None:
    path = str(folder / "hooked_a.py")
    spec = importlib.util.spec_from_file_location(
        "hooked_own", path, loader=Rewriting("hooked_own", path)
    )

    class Finder:
        @staticmethod
        def find_spec(name: str, *_: object) -> object:
            return spec if name == "hooked_own" else None

    seen = Seen(follow=True)
    seen.hook.place()
    sys.meta_path.insert(0, Finder)  # type: ignore[arg-type]
    try:
        assert importlib.import_module("hooked_own").x == 5
    finally:
        sys.meta_path.remove(Finder)  # type: ignore[arg-type]
        seen.hook.remove()
    assert seen.asked == [("hooked_own", False)]
    assert seen.modules == ["hooked_own:['x']"]


def test_following_a_module_that_hands_out_code(folder: Path) -> None:
    seen = Seen(follow=True)
    seen.hook.place()
    try:
        import hooked_a
    finally:
        seen.hook.remove()
    assert seen.asked == [("hooked_a", True)]
    assert seen.modules == ["hooked_a:['x']"]
    assert "exec_module" not in vars(hooked_a.__loader__)


def test_nothing_is_left_behind(folder: Path) -> None:
    kinds = [
        importlib.machinery.SourceFileLoader,
        importlib.machinery.SourcelessFileLoader,
        importlib.import_module("zipimport").zipimporter,
    ]
    bootstrap = sys.modules["_frozen_importlib"]

    def state() -> list[object]:
        found = [getattr(kind, "get_code") for kind in kinds]  # noqa: B009
        return [*found, vars(bootstrap)["module_from_spec"], list(sys.meta_path)]

    before = state()
    seen = Seen()
    seen.hook.place()
    seen.hook.place()
    assert state() != before
    for new, old in zip(state(), before, strict=True):
        if callable(old):
            assert inspect.signature(new) == inspect.signature(old)  # type: ignore[arg-type]
            assert new.__qualname__ == old.__qualname__  # type: ignore[attr-defined]
    seen.hook.remove()
    assert state() == before
    importlib.import_module("hooked_a")
    assert seen.codes == []


def test_two_hooks_removed_in_any_order(folder: Path) -> None:
    first, second = Seen(), Seen()
    first.hook.place()
    second.hook.place()
    first.hook.remove()
    importlib.import_module("hooked_a")
    second.hook.remove()
    importlib.import_module("hooked_pkg")
    assert (first.codes, second.codes) == ([], [("hooked_a", "hooked_a.py")])


def test_a_failure_of_ours_does_not_reach_the_program(folder: Path) -> None:
    def fail(*_: object) -> bool:
        raise RuntimeError("ours")

    hook = ImportHook(fail, fail, fail)
    hook.place()
    try:
        import hooked_a
    finally:
        hook.remove()
    assert hooked_a.x == 1
    assert str(hook.failure) == "ours"


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize("name", ["hooked_bad", "hooked_fails", "hooked_nosuch"])
def test_tracebacks_are_as_ever(name: str, follow: bool, folder: Path) -> None:
    def shown() -> str:
        sys.modules.pop(name, None)
        try:
            importlib.import_module(name)
        except Exception:
            return traceback.format_exc()
        raise AssertionError("no error")

    (folder / "script.py").write_text(f"import {name}\n")
    command = [sys.executable, "script.py"]
    plain = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    (folder / "script.py").write_text(
        "from lineprof.select.import_hook import ImportHook\n"
        f"hook = ImportHook(lambda *_: 0, lambda *_: 0, lambda *_: {follow})\n"
        f"hook.place()\nimport {name}\n"
    )
    hooked = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**__import__("os").environ, "PYTHONPATH": str(ROOT)},
    )
    assert hooked.stderr.replace("line 4, in <module>", "line 1, in <module>") == plain.stderr
    assert plain.stderr
