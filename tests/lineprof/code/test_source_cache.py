"""The text of a function outlives its cell, its doctest, its folder."""

from __future__ import annotations

import linecache
import sys
import zipfile
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from lineprof.code.source_cache import SourceCache

TEXT = "def f():\n    return 1\n"


def function(file: str, text: str = TEXT) -> Any:
    space: dict[str, Any] = {"__name__": "made"}
    exec(compile(text, file, "exec"), space)
    return space["f"]


def text_of(texts: SourceCache, code: CodeType) -> str | None:
    return texts.text(code)


def test_an_ordinary_file_is_read_late(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(TEXT)
    texts = SourceCache()
    code = function(str(path)).__code__
    texts.keep(code, None)
    assert str(path) not in linecache.cache
    assert text_of(texts, code) == TEXT


def test_what_was_read_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(TEXT)
    texts = SourceCache()
    code = function(str(path)).__code__
    texts.keep(code, None)
    assert text_of(texts, code) == TEXT
    path.write_text("changed while the program runs\n")
    assert text_of(texts, code) == TEXT
    path.unlink()
    assert text_of(texts, code) == TEXT


def test_code_defined_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(TEXT)
    texts = SourceCache()
    texts.keep(function(str(path)).__code__, None)
    assert text_of(texts, function(str(path)).__code__) == TEXT
    longer = TEXT.replace("return 1", "return 1 + 1")
    path.write_text(longer)
    again = function(str(path), longer).__code__
    texts.keep(again, None)
    assert text_of(texts, again) == longer


def test_a_relative_name_survives_chdir(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "m.py").write_text(TEXT)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    texts = SourceCache()
    code = function("m.py").__code__
    texts.keep(code, None)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert text_of(texts, code) == TEXT


@pytest.mark.parametrize("name", ["<ipython-input-1>", "/tmp/ipykernel_1/123.py"])
def test_a_cell_survives_the_clearing_of_the_cache(name: str, monkeypatch: Any) -> None:
    monkeypatch.setitem(linecache.cache, name, (len(TEXT), None, TEXT.splitlines(True), name))
    texts = SourceCache()
    code = function(name).__code__
    texts.keep(code, None)
    linecache.clearcache()
    assert text_of(texts, code) == TEXT
    linecache.cache.pop(name, None)


def test_a_module_in_an_archive(tmp_path: Path, monkeypatch: Any) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("zipped_for_texts.py", TEXT)
    monkeypatch.syspath_prepend(str(tmp_path / "a.zip"))
    module = __import__("zipped_for_texts")
    texts = SourceCache()
    texts.keep(module.f.__code__, vars(module))
    del sys.modules["zipped_for_texts"]
    linecache.clearcache()
    assert text_of(texts, module.f.__code__) == TEXT


def test_text_that_nobody_has_is_none() -> None:
    texts = SourceCache()
    code = function("<string>").__code__
    texts.keep(code, {})
    assert text_of(texts, code) is None


@pytest.mark.parametrize("spec", [{}, {"__spec__": None}])
def test_a_module_that_has_but_a_loader(spec: dict[str, Any]) -> None:
    """From 3.15 on linecache warns of it; here that would be an error."""

    class Loader:
        def get_source(self, name: str) -> str:
            return TEXT if name == "made" else ""

    texts = SourceCache()
    code = function(f"no/such/file{len(spec)}.py").__code__
    texts.keep(code, {"__name__": "made", "__loader__": Loader(), **spec})
    assert text_of(texts, code) == TEXT


def test_a_loader_that_fails_does_no_harm() -> None:
    class Loader:
        def get_source(self, name: str) -> str:
            raise ValueError("no source for you")

    texts = SourceCache()
    code = function("no/such/file.py").__code__
    texts.keep(code, {"__name__": "made", "__loader__": Loader()})
    assert text_of(texts, code) is None


@pytest.mark.parametrize("edit", ["import os\n\n\n" + TEXT, TEXT.replace("1", "2"), None])
def test_the_text_is_that_of_when_it_was_registered(tmp_path: Path, edit: str | None) -> None:
    path = tmp_path / "m.py"
    path.write_text(TEXT)
    texts = SourceCache()
    code = function(str(path)).__code__
    texts.keep(code, None)
    path.unlink() if edit is None else path.write_text(edit)
    assert text_of(texts, code) == TEXT


def test_code_defined_anew_has_a_version_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    texts = SourceCache()
    codes = []
    for number in (1, 2, 1, 1, 3):
        path.write_text(TEXT.replace("1", "1" * number))
        codes.append(function(str(path)).__code__)
        texts.keep(codes[-1], None)
    path.write_text("changed\n")
    assert [texts.version(code) for code in codes] == [0, 1, 0, 0, 2]
    assert [texts.text(code) for code in codes] == [
        TEXT.replace("1", "1" * number) for number in (1, 2, 1, 1, 3)
    ]


def test_text_of_something_else_is_not_shown(tmp_path: Path) -> None:
    """The file was edited after it had been loaded, and before the function was registered."""
    path = tmp_path / "m.py"
    path.write_text(TEXT)
    code = function(str(path)).__code__
    path.write_text("def g():\n    return 2\n\n\n" + TEXT)
    texts = SourceCache()
    texts.keep(code, None)
    assert text_of(texts, code) is None


@pytest.mark.parametrize(
    "text",
    ["@(lambda f: f)\ndef f(): return 1\n", "async  def f(): pass\n", "def \\\n f():\n  pass\n"],
)
def test_definitions_are_known(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.py"
    path.write_text(text)
    code = function(str(path), text).__code__
    texts = SourceCache()
    texts.keep(code, None)
    assert text_of(texts, code) == text


def test_a_file_that_never_ends_is_not_read() -> None:
    texts = SourceCache()
    code = function("/dev/zero").__code__
    texts.keep(code, None)
    assert text_of(texts, code) is None
