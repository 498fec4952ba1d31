"""What a target means: by the name and file of a module, and by qualified name within it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lineprof.select.targets import OwnCode, module_names, parse, whole


def chosen(text: str, module: str, *qualnames: str, file: str = "") -> set[str] | None:
    """Of these functions in a module, those that the target means; None if it says none can be."""
    match = parse(text).match((module,), file)
    return None if match is None else {name for name in qualnames if match(name)}


@pytest.mark.parametrize(
    ("text", "module", "is_meant"),
    [
        ("pkg", "pkg", True),
        ("pkg", "pkg.mod", True),
        ("pkg", "pkg.sub.mod", True),
        ("pkg", "pkgs", False),
        ("pkg.__init__", "pkg", True),
        ("pkg.__init__", "pkg.mod", False),
        ("pkg.mod", "pkg", False),
        ("pkg.mod", "pkg.mod", True),
        ("pkg.*", "pkg.mod", True),
        ("pkg.*", "pkg.sub.mod", True),
        ("pkg.*.tests", "pkg.sub.tests", True),
        ("pkg.*.tests", "pkg.sub.tests.test_a", True),
        ("pkg.*.tests", "pkg.sub", False),
        ("pk[gh].mod", "pkh.mod", True),
        ("test_*", "test_a", True),
        ("test_*", "a_test", False),
    ],
)
def test_whole_modules(text: str, module: str, is_meant: bool) -> None:
    assert (parse(text).match((module,), "") is whole) == is_meant


@pytest.mark.parametrize(
    ("text", "module", "meant"),
    [
        ("m:f", "m", {"f", "f.<locals>.g"}),
        ("m.f", "m", {"f", "f.<locals>.g"}),
        ("m:C", "m", {"C.a", "C.b"}),
        ("m.C.a", "m", {"C.a"}),
        ("m:C.a", "m", {"C.a"}),
        ("m:C.*", "m", {"C.a", "C.b"}),
        ("m:*.b", "m", {"C.b"}),
        ("m.C.[ab]", "m", {"C.a", "C.b"}),
        ("m.f*", "m", {"f", "f.<locals>.g", "ff"}),
        ("m:f", "m.n", None),
        ("p.m:f", "m", None),
        ("p.*:f", "p.m", {"f", "f.<locals>.g"}),
        ("p.*.f", "p.m", {"f", "f.<locals>.g"}),
        ("other.*", "m", None),
        ("other", "m", None),
    ],
)
def test_parts_of_modules(text: str, module: str, meant: set[str] | None) -> None:
    assert chosen(text, module, "f", "f.<locals>.g", "ff", "C.a", "C.b") == meant


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "a.py",
        "pkg/__init__.py",
        "pkg/b.py",
        "pkg/deep/io_x.py",
        "odd,name.py",
        "x:y.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("a.py", {"a.py"}),
        ("./a.py", {"a.py"}),
        ("pkg/b.py", {"pkg/b.py"}),
        ("pkg/", {"pkg/__init__.py", "pkg/b.py", "pkg/deep/io_x.py"}),
        ("pkg", {"pkg/__init__.py", "pkg/b.py", "pkg/deep/io_x.py"}),
        ("pkg/*.py", {"pkg/__init__.py", "pkg/b.py"}),
        ("**/io_*.py", {"pkg/deep/io_x.py"}),
        ("nosuch.py", set()),
        ("x:y.py", {"x:y.py"}),
        ("odd,name.py", {"odd,name.py"}),
    ],
)
def test_files(text: str, files: set[str], folder: Path) -> None:
    target = parse(text)
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if target.match(("unknown",), os.path.realpath(path)) is whole
    }
    assert found == files


def test_functions_in_files(folder: Path) -> None:
    file = os.path.realpath(folder / "a.py")
    assert chosen("a.py:C.f", "x", "C.f", "C.g", file=file) == {"C.f"}
    assert chosen("pkg/b.py:C.f", "x", "C.f", file=file) is None


def test_a_file_is_found_again_from_another_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = parse("a.py")
    monkeypatch.chdir("pkg")
    assert target.match(("a",), os.path.realpath(folder / "a.py")) is whole


def test_links_are_resolved(folder: Path) -> None:
    (folder / "link").symlink_to("pkg")
    assert parse("link/b.py").match(("b",), os.path.realpath(folder / "pkg/b.py")) is whole


def test_own_code(folder: Path) -> None:
    own = OwnCode(os.path.realpath(folder))

    def is_own(name: str) -> bool:
        return own.match(("m",), os.path.join(os.path.realpath(folder), name)) is whole

    assert is_own("a.py")
    assert is_own("pkg/deep/io_x.py")
    assert not is_own("venv/lib/python3.11/site-packages/six.py")
    assert not is_own("dist-packages/six.py")
    assert own.match(("m",), "") is None
    assert own.match(("m",), os.path.realpath(os.__file__)) is None
    assert own.match(("m",), str(folder) + "2/a.py") is None


def test_the_standard_library_is_nobodys_own() -> None:
    everything = OwnCode(os.path.realpath("/"))
    assert everything.match(("os",), os.path.realpath(os.__file__)) is None
    ours = os.path.realpath(sys.modules["lineprof"].__file__ or "")
    assert everything.match(("lineprof",), ours) is None
    library = OwnCode(os.path.dirname(os.path.realpath(os.__file__)))
    assert library.match(("os",), os.path.realpath(os.__file__)) is whole


def test_names_of_a_script(folder: Path) -> None:
    assert module_names("a.py") == ("a",)
    assert module_names("pkg/b.py") == ("b", "pkg.b")
    assert module_names("pkg/__init__.py") == ("__init__", "pkg")
    assert module_names("pkg/deep/io_x.py") == ("io_x",)
