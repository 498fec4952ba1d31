"""Dotted paths: which part is a module, and a module that imports what they mean."""

from __future__ import annotations

import builtins
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from lineprof.compat.dropin.eager_preimports import (
    is_dotted_path,
    resolve_profiling_targets,
    split_dotted_path,
    write_eager_import_module,
)

FILES = {
    "eager/__init__.py": "",
    "eager/one.py": "class C:\n    def m(self):\n        pass\ndef f():\n    pass\n",
    "eager/sub/__init__.py": "",
    "eager/sub/two.py": "1 / 0\n",
    "eager/__main__.py": "raise SystemExit\n",
    "eager_broken.py": "import eager_nosuch\n",
}


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield
    for name in [name for name in sys.modules if name.startswith("eager")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("obj", "expected"),
    [("a", True), ("a.b_1", True), ("", False), ("a..b", False), ("a.if", False), (3, False)],
)
def test_dotted_paths(obj: object, expected: bool) -> None:
    assert is_dotted_path(obj) is expected


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("eager", ("eager", None)),
        ("eager.sub.two", ("eager.sub.two", None)),
        ("eager.one.C.m", ("eager.one", "C.m")),
        ("eager.nosuch", ("eager", "nosuch")),
        ("sys.path", ("sys", "path")),
        ("os.path.join", ("os", "path.join")),
    ],
)
def test_which_part_is_a_module(path: str, expected: tuple[str, str | None], static: bool) -> None:
    if path.startswith("os") and not static:
        expected = ("os.path", "join")  # Python has it among the modules, no folder does
    assert split_dotted_path(path, static) == expected


def test_nothing_is_imported_to_find_out() -> None:
    split_dotted_path("eager.sub.two.f")
    resolve_profiling_targets(["eager"], recurse=True)
    assert "eager" not in sys.modules


@pytest.mark.parametrize("static", [True, False])
def test_paths_that_lead_nowhere(static: bool) -> None:
    with pytest.raises(ModuleNotFoundError, match="no part of 'eager_nosuch"):
        split_dotted_path("eager_nosuch.x", static)
    with pytest.raises(TypeError, match="not a dotted path: 'a-b'"):
        split_dotted_path("a-b", static)


def test_what_targets_mean() -> None:
    found = resolve_profiling_targets(["eager.one.f", "eager.one", "eager_nosuch.x"])
    assert found == ({"eager.one": {None, "f"}}, set(), ["eager_nosuch.x"])
    everything = {name: {None} for name in ("eager", "eager.one", "eager.sub", "eager.sub.two")}
    below = set(everything) - {"eager"}
    assert resolve_profiling_targets(["eager"], recurse=True) == (everything, below, [])
    found = resolve_profiling_targets(["eager.one"], recurse=["eager"])
    assert (found.targets, found.indirect) == (everything, below - {"eager.one"})


def written(*paths: str, **options: object) -> str:
    stream = io.StringIO()
    write_eager_import_module(paths, stream, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def test_the_module_hands_over_what_it_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []
    profile = SimpleNamespace(add_imported_function_or_module=given.append)
    monkeypatch.setattr(builtins, "profile", profile, raising=False)
    text = written("eager.one.C.m", "eager.one.no", "eager_broken", "eager.one", indent="\t")
    with pytest.warns(UserWarning, match=r"so not profiled: eager\.one\.no, eager_broken$"):
        exec(text, {})
    one = sys.modules["eager.one"]
    assert given == [one, one.C.m]


def test_modules_below_a_package_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []
    with pytest.warns(UserWarning, match=r"so not profiled: eager\.sub\.two$"):
        exec(written("eager", recurse=True, adder="given.append"), {"given": given})
    assert given == [sys.modules[name] for name in ("eager", "eager.one", "eager.sub")]
    with pytest.raises(ZeroDivisionError):
        exec(written("eager.sub.two", adder="print"), {})


def test_nothing_to_import(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.warns(UserWarning, match=r"^1 import target cannot be resolved: \['eager_no'\]$"):
        write_eager_import_module(["eager_no"], adder="print")
    exec(capsys.readouterr().out, {})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"adder": 3}, TypeError),
        ({"indent": None}, TypeError),
        ({"adder": "a\nb"}, ValueError),
        ({"adder": "a ="}, ValueError),
        ({"indent": ""}, ValueError),
        ({"indent": "x"}, ValueError),
    ],
)
def test_arguments_of_another_kind(options: dict[str, object], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        written("eager", **options)
