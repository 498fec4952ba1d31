"""`line_profiler` where it is not installed, and where it is."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kernprof
import lineprof
from lineprof import StandIn
from lineprof.compat import importer


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a Python with neither line_profiler nor what is installed to stand in for it."""
    finders = [f for f in sys.meta_path if getattr(f, "__qualname__", "") != "lineprof_standin"]
    monkeypatch.setattr(sys, "meta_path", finders)
    if importlib.util.find_spec("line_profiler") is not None:
        pytest.skip("line_profiler is installed here")
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "line_profiler"]:
        del sys.modules[name]


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    found = StandIn()
    found.place()
    yield found
    found.remove()


PUBLIC = ("LineProfiler", "LineStats", "load_stats", "main", "profile", "show_func", "show_text")


def test_the_names_are_ours(stand_in: StandIn) -> None:
    module = importlib.import_module("line_profiler")
    assert module.LineProfiler is lineprof.LineProfiler
    assert module.profile is lineprof.profile
    assert set(PUBLIC) <= set(module.__all__)
    for name in PUBLIC:
        assert callable(getattr(module, name))
    assert module.__version__.split(".")[0] == "5"


def test_modules_within(stand_in: StandIn) -> None:
    inner = importlib.import_module("line_profiler.line_profiler")
    module = sys.modules["line_profiler"]
    assert module.line_profiler is inner
    assert inner.LineStats is lineprof.LineStats
    explicit = importlib.import_module("line_profiler.explicit_profiler")
    assert explicit.profile is lineprof.profile
    assert explicit.GlobalProfiler is lineprof.GlobalProfiler
    assert module.explicit_profiler is explicit


@pytest.mark.parametrize("name", sorted(importer._MODULES))
def test_every_name_listed_is_there(stand_in: StandIn, name: str) -> None:
    module = importlib.import_module(name)
    assert set(module.__all__) <= set(dir(module))
    for public in module.__all__:
        assert getattr(module, public) is not None


def test_names_within_are_those_of_our_modules(stand_in: StandIn) -> None:
    policies = importlib.import_module("line_profiler.scoping_policy")
    assert policies.ScopingPolicy is lineprof.ScopingPolicy
    mixin = importlib.import_module("line_profiler.profiler_mixin").ByCountProfilerMixin
    assert issubclass(kernprof.ContextualProfile, mixin)
    config = importlib.import_module("line_profiler.toml_config").ConfigSource
    assert config is importlib.import_module("lineprof.compat.helpers").ConfigSource


def test_enums_by_names_in_any_case(stand_in: StandIn) -> None:
    base = importlib.import_module("line_profiler.line_profiler_utils").StringEnum
    assert issubclass(lineprof.ScopingPolicy, base)
    assert base("Example", "LOWER", start="lower")("lOwEr") == "lower"
    core = importlib.import_module("line_profiler._line_profiler")
    assert core.CANNOT_LINE_TRACE_CYTHON is True


def test_star_import(stand_in: StandIn) -> None:
    names: dict[str, object] = {}
    exec("from line_profiler.line_profiler import *", names)
    assert names["LineProfiler"] is lineprof.LineProfiler


def test_what_there_is_not(stand_in: StandIn) -> None:
    module = importlib.import_module("line_profiler")
    with pytest.raises(AttributeError, match="module 'line_profiler' has no attribute 'nosuch'"):
        module.nosuch  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("line_profiler.nosuch")


def test_nothing_is_left_behind() -> None:
    before = list(sys.meta_path)
    stand_in = StandIn()
    stand_in.place()
    importlib.import_module("line_profiler.line_profiler")
    stand_in.remove()
    assert sys.meta_path == before
    assert not [name for name in sys.modules if name.split(".")[0] == "line_profiler"]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("line_profiler")


REAL = """
class Profile:
    ours = None
    def __call__(self, func):
        return self.ours(func) if self.ours else func
    def _kernprof_overwrite(self, profile):
        self.ours = profile
profile = Profile()
"""


@pytest.mark.parametrize("before", [False, True])
def test_the_real_one_is_left_alone_but_told_who_measures(
    before: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "line_profiler").mkdir()
    (tmp_path / "line_profiler" / "__init__.py").write_text(REAL)
    (tmp_path / "line_profiler" / "inner.py").write_text("x = 1")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    if before:
        importlib.import_module("line_profiler")

    def ours(func: object) -> object:
        return "ours", func

    stand_in = StandIn(ours)
    stand_in.place()
    try:
        module = importlib.import_module("line_profiler")
        assert module.__file__ == str(tmp_path / "line_profiler" / "__init__.py")
        assert importlib.import_module("line_profiler.inner").x == 1
        assert "exec_module" not in vars(module.__loader__)
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("line_profiler.explicit_profiler")
    finally:
        stand_in.remove()
    assert module.profile(1) == ("ours", 1)
    assert "line_profiler" in sys.modules


def test_the_command_within_a_program(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["line_profiler", "--version"])
    runpy.run_module("line_profiler", run_name="__main__")
    assert capsys.readouterr().out.startswith("lineprof ")
    monkeypatch.setattr(sys, "argv", ["line_profiler", "nosuch.lprof"])
    with pytest.raises(SystemExit, match="1"):
        runpy.run_module("line_profiler", run_name="__main__")


def test_the_modules_have_a_file(stand_in: StandIn) -> None:
    module = importlib.import_module("line_profiler")
    assert module.__file__ == importer.__file__
    assert importlib.import_module("line_profiler.toml_config").__file__ == importer.__file__
    assert list(pkgutil.iter_modules(module.__path__)) == []


def test_main_ends_the_program_where_it_fails(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main = importlib.import_module("line_profiler").main
    monkeypatch.setattr(sys, "argv", ["line_profiler"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    monkeypatch.setattr(sys, "argv", ["line_profiler", "--version"])
    main()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_older_spelling_of_the_command(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    lineprof.save(lineprof.Profile((), ()), tmp_path / "x.lprof")
    monkeypatch.setattr(sys, "argv", ["line_profiler", str(tmp_path / "x.lprof")])
    runpy.run_module("line_profiler.line_profiler", run_name="__main__")
    assert "Timer unit" in capsys.readouterr().out
