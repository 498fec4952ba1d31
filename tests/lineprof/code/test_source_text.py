"""Source text of functions, wherever it comes from."""

from __future__ import annotations

import importlib
import inspect
import linecache
import os
import sys
import zipfile
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from lineprof.code import source_text
from lineprof.code.source_text import block_at, function_source

TEXT = '''\
import functools


def deco(f):
    return f


class Shop:
    @deco
    @functools.lru_cache(
        maxsize=None,
    )
    def price(self):

        # a comment inside
        text = """
not indented
"""
        return text

    async def late(self):
        pass
        # belongs to late

    # belongs to nobody

    key = sorted([3, 1], key=lambda x: (
        -x
    )); other = 1


def total(values):
    return sum(
        value
        for value in values
        if value
    ) + 1


def one(): return 1
last = 1'''


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_text(TEXT)
    return path


def codes(code: CodeType) -> dict[str, CodeType]:
    found = {code.co_qualname: code}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            found.update(codes(const))
    return found


def text_of(path: Path, name: str) -> str | None:
    code = codes(compile(path.read_text(), str(path), "exec"))[name]
    return function_source(code.co_filename, code.co_firstlineno)


@pytest.mark.parametrize("name", ["deco", "Shop", "Shop.price", "Shop.late", "total", "one"])
def test_blocks_end_where_inspect_ends_them(shop: Path, name: str) -> None:
    code = codes(compile(TEXT, str(shop), "exec"))[name]
    lines = TEXT.splitlines(keepends=True)
    lines[-1] += "\n"
    assert text_of(shop, name) == "".join(inspect.getblock(lines[code.co_firstlineno - 1 :]))


def test_a_method_starts_at_its_decorators_and_ends_before_the_next(shop: Path) -> None:
    text = text_of(shop, "Shop.price")
    assert text is not None
    assert text.startswith("    @deco\n")
    assert text.endswith("        return text\n")


def test_a_lambda_has_its_whole_logical_line(shop: Path) -> None:
    text = text_of(shop, "Shop.<lambda>")
    assert text is not None
    assert text.splitlines()[0].strip().startswith("key = sorted")
    assert text.splitlines()[-1].strip() == ")); other = 1"


def test_an_expression_inside_open_brackets_stops_at_the_closing_one(shop: Path) -> None:
    text = text_of(shop, "total.<locals>.<genexpr>")
    assert text is not None
    assert "for value in values" in text
    assert "def one" not in text
    assert text.count("\n") <= 6


def test_no_file() -> None:
    assert function_source("/no/such/file.py", 1) is None
    assert function_source("<string>", 1) is None
    assert function_source("", 1) is None
    assert function_source("bad\0name.py", 1) is None


@pytest.mark.parametrize("line", [-1, 0, 1000])
def test_no_such_line(shop: Path, line: int) -> None:
    assert function_source(str(shop), line) is None


def test_a_directory_and_a_binary_file_have_no_source(tmp_path: Path) -> None:
    binary = tmp_path / "x.so"
    binary.write_bytes(b"\x7fELF\xff\xfe\x00")
    assert function_source(str(tmp_path), 1) is None
    assert function_source(str(binary), 1) is None


def test_text_that_does_not_tokenize_goes_by_indentation(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("def f(:\n    a = (\n\n    b = '''\nc = 1\n")
    assert function_source(str(path), 1) == "def f(:\n    a = (\n\n    b = '''\n"


def test_notebook_cells_live_in_linecache(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "<ipython-input-7-0123456789ab>"
    lines = ["def cell():\n", "    return 1\n", "cell()\n"]
    monkeypatch.setitem(linecache.cache, name, (30, None, lines, name))
    assert function_source(name, 1) == "def cell():\n    return 1\n"


def test_a_zip_archive_is_read_through_the_loader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "lib.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("zipped_shop.py", "\ndef f():\n    return 1\n\nx = 1\n")
    monkeypatch.syspath_prepend(str(archive))
    module = importlib.import_module("zipped_shop")
    monkeypatch.delitem(sys.modules, "zipped_shop")
    monkeypatch.setitem(sys.modules, "renamed", module)
    code = module.f.__code__
    linecache.cache.pop(code.co_filename, None)
    assert function_source(code.co_filename, code.co_firstlineno) == "def f():\n    return 1\n"


def test_modules_are_not_woken_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    class Lazy(ModuleType):
        def __getattribute__(self, name: str) -> object:
            asked.append(name)
            raise RuntimeError(name)

    class Loader:
        def get_source(self, name: str) -> str:
            return "def f():\n    return 1\n"

    name = str(tmp_path / "made_up" / "lazy.py")
    lazy = Lazy("lazy")
    object.__getattribute__(lazy, "__dict__").update(__file__=name, __loader__=Loader())
    monkeypatch.setitem(sys.modules, "nothing", None)
    monkeypatch.setitem(sys.modules, "lazy", lazy)
    assert function_source("/no/such/file.py", 1) is None
    assert function_source(name, 1) == "def f():\n    return 1\n"
    assert asked == []


def test_a_changed_file_is_read_again(shop: Path) -> None:
    assert function_source(str(shop), 4) == "def deco(f):\n    return f\n"
    shop.write_text("\n\n\ndef deco(f):\n    x = 1\n    return f, x\n")
    assert function_source(str(shop), 4) == "def deco(f):\n    x = 1\n    return f, x\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_cannot_be_read_to_its_end_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile of somebody else's may name any file."""
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    monkeypatch.setattr(linecache, "getlines", lambda *_: pytest.fail("read"))
    assert function_source(pipe, 1) is None
    assert function_source("/dev/zero", 1) is None


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_text("one = 1\n")
    monkeypatch.setattr(source_text, "SIZE_LIMIT", 8)
    assert function_source(str(path), 1) == "one = 1\n"
    monkeypatch.setattr(source_text, "SIZE_LIMIT", 7)
    assert function_source(str(path), 1) is None


class Counted(list[str]):
    """Lines that count how many of them are looked at by slices."""

    sliced = 0

    def __getitem__(self, index: object) -> object:  # type: ignore[override]
        found = super().__getitem__(index)  # type: ignore[call-overload]
        if isinstance(index, slice):
            self.sliced += len(found)
        return found


def test_of_a_long_text_a_function_takes_little() -> None:
    text = "def f(x):\n    y = x\n    return y\n\n\n"
    lines = Counted((text * 1000).splitlines(True))
    for first in range(1, len(lines), 5):
        assert block_at(lines, first) == text.rstrip("\n") + "\n"
    assert lines.sliced < 100 * 1000


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n" + "    x = 1\n" * 1000,
        "def f():\n    return '''" + "\n" * 1000 + "'''\n",
        "def f():\n    return (" + "\n" * 100 + ")\n" + "    # more\n" * 300 + "    return 1\n",
        "@deco(\n" + "    1,\n" * 500 + ")\ndef f():\n    pass\n",
        "x = [\n" + "    lambda: 1,\n" * 500 + "]\n",
        "def f():\n" + "    # comment\n" * 500 + "    return 1\n",
    ],
)
def test_long_blocks_are_whole(text: str) -> None:
    lines = (text + "\n\ndef g():\n    pass\n" + "x = 1\n" * 5000).splitlines(True)
    assert block_at(lines, 1) == text
    assert block_at(text.splitlines(True), 1) == text
