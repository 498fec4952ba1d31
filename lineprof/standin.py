"""`import line_profiler` for programs that run under us where line_profiler is not installed.

The modules made here have its public names, which are ours. Where it is installed, its own are
found as ever; only its `profile`, which a program decorates with, is told who measures.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

NAME = "line_profiler"

VERSION = "5.0.2"
"""Of line_profiler, whose names and meanings these are: programs compare it."""

_HOMES = {
    "GlobalProfiler": "session",
    "LineProfiler": "profiler",
    "LineStats": "linestats",
    "main": "cli",
    "profile": "session",
    "show_func": "linestats",
    "show_text": "linestats",
}

_KNOWN = {*_HOMES, "load_stats"}

_CLASSIC = ("LineProfiler", "LineStats", "load_stats", "main", "show_func", "show_text")

_MODULES: dict[str, tuple[str, ...]] = {
    NAME: (*_CLASSIC, "load_ipython_extension", "profile"),
    f"{NAME}.line_profiler": (*_CLASSIC, "load_ipython_extension"),
    f"{NAME}.explicit_profiler": ("GlobalProfiler", "profile"),
    f"{NAME}.ipython_extension": ("load_ipython_extension",),
}
"""The modules there are, and what they offer."""


class StandIn:
    """Finds `line_profiler` while it is placed.

    profiler: what the `profile` of line_profiler hands functions to, if that is installed.
    """

    def __init__(self, profiler: object = None) -> None:
        self._profiler = profiler
        self._searching = False

    def place(self) -> None:
        sys.meta_path.insert(0, self)
        self._tell(sys.modules.get(NAME))

    def remove(self) -> None:
        """Leave imports alone, and forget the modules that were made here."""
        with suppress(ValueError):
            sys.meta_path.remove(self)
        for name in _MODULES:
            if isinstance(getattr(sys.modules.get(name), "__loader__", None), _Loader):
                del sys.modules[name]

    # -- as importlib calls it ---------------------------------------------------------------

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _MODULES or self._searching:
            return None
        if name != NAME:
            ours = isinstance(getattr(sys.modules.get(NAME), "__loader__", None), _Loader)
            return _spec(name) if ours else None
        real = self._real(path, target)
        if real is None:
            return _spec(name)
        self._follow(real)
        return real

    def _real(self, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        self._searching = True
        try:
            for finder in sys.meta_path:
                find = getattr(finder, "find_spec", None)
                if find is not None and (spec := find(NAME, path, target)) is not None:
                    found: ModuleSpec = spec
                    return found
        finally:
            self._searching = False
        return None

    def _follow(self, spec: ModuleSpec) -> None:
        loader: Any = spec.loader
        if self._profiler is None or not hasattr(loader, "exec_module"):
            return

        def exec_module(module: ModuleType) -> None:
            with suppress(AttributeError):
                del loader.exec_module
            execute(module)
            self._tell(module)

        execute = loader.exec_module
        with suppress(AttributeError):
            loader.exec_module = exec_module

    def _tell(self, module: ModuleType | None) -> None:
        """Have the `profile` of the real line_profiler hand functions to ours."""
        overwrite = getattr(getattr(module, "profile", None), "_kernprof_overwrite", None)
        foreign = not isinstance(getattr(module, "__loader__", None), _Loader)
        if self._profiler is not None and overwrite is not None and foreign:
            overwrite(self._profiler)


class _Loader:
    """Makes the modules."""

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        package = import_module((__package__ or "").partition(".")[0])
        # What has no home here is a public name of the package, or is not there at all.
        names = [n for n in _MODULES[module.__name__] if n in _KNOWN or n in dir(package)]

        def find(name: str) -> object:
            inner = f"{module.__name__}.{name}"
            if inner in _MODULES:
                return import_module(inner)
            if name not in names:
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            if name == "load_stats":
                value = find("LineStats").from_files  # type: ignore[attr-defined]
            else:
                home = f".{_HOMES[name]}" if name in _HOMES else ""
                value = getattr(import_module(f"{package.__name__}{home}"), name)
            setattr(module, name, value)
            return value

        vars(module).update(
            __getattr__=find,
            __all__=[*names, "__version__"],
            __doc__="Names of line_profiler, provided by lineprof.",
            __version__=VERSION,
        )


def _spec(name: str) -> ModuleSpec:
    return ModuleSpec(name, _Loader(), origin="lineprof", is_package=name == NAME)  # type: ignore[arg-type]
