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
    return texts.text(code.co_filename, code.co_firstlineno, code.co_qualname)


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
