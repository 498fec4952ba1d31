"""`import line_profiler` for programs written for it, where it is not installed.

The modules made here have its public names. Where line_profiler is installed, it is found as ever,
and only its `profile` is told who measures. Python gets here through lineprof_standin.pth, kernprof
without it.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from importlib.machinery import ModuleSpec

from ..hints import resolvable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType
    from typing import Any

NAME = "line_profiler"

VERSION = "5.1.0"
"""Of line_profiler, whose names and meanings these are: programs compare it."""

_STATS = {
    "LineProfiler": "measure.profiler",
    "LineStats": "compat.stats",
    "load_stats": "compat.stats",
    "main": "compat.importer",
    "show_func": "compat.stats",
    "show_text": "compat.stats",
    "load_ipython_extension": "",
}
_MODULES: dict[str, dict[str, str]] = {
    NAME: {**_STATS, "profile": "measure.global_profile"},
    f"{NAME}.__main__": {},
    f"{NAME}.line_profiler": _STATS,
    f"{NAME}._line_profiler": {
        "CANNOT_LINE_TRACE_CYTHON": "compat.helpers",
        "LineProfiler": "measure.profiler",
        "LineStats": "compat.stats",
    },
    f"{NAME}.line_profiler_utils": {"StringEnum": "code.scoping"},
    f"{NAME}.explicit_profiler": dict.fromkeys(
        ("GlobalProfiler", "is_mp_bootstrap", "profile"), "measure.global_profile"
    ),
    f"{NAME}.ipython_extension": dict.fromkeys(
        ("LineProfilerMagics", "load_ipython_extension"), "integrations.ipython"
    ),
    f"{NAME}.scoping_policy": dict.fromkeys(
        ("DEFAULT_SCOPING_POLICIES", "ScopingPolicy"), "code.scoping"
    ),
    f"{NAME}.profiler_mixin": {
        "ByCountProfilerMixin": "kernprof.backends.functions",
        "is_property": "compat.helpers",
    },
    f"{NAME}.cli_utils": dict.fromkeys(
        ("add_argument", "boolean", "get_cli_config", "get_python_executable"), "compat.helpers"
    ),
    f"{NAME}.toml_config": {"ConfigSource": "compat.helpers"},
    f"{NAME}.autoprofile": {},
    f"{NAME}.autoprofile.ast_tree_profiler": {"AstTreeProfiler": "compat.syntax_trees"},
    f"{NAME}.autoprofile.run_module": {"AstTreeModuleProfiler": "compat.syntax_trees"},
    f"{NAME}.autoprofile.util_static": dict.fromkeys(
        ("modname_to_modpath", "modpath_to_modname", "split_modpath"), "compat.syntax_trees"
    ),
}
"""The modules there are, what they offer, and the module of ours that has it."""

_PACKAGES = (NAME, f"{NAME}.autoprofile")

_MAIN = "from lineprof.compat.importer import main\nmain()\n"
"""`python -m line_profiler`, also as `line_profiler.line_profiler`; programs that run it by runpy
go on where all is well."""


def main() -> None:
    """line_profiler's: shows files of results. A status other than 0 ends the program."""
    from ..commands.main import main as shown

    if status := shown():
        raise SystemExit(status)


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
            if _is_ours(sys.modules.get(name)):
                del sys.modules[name]

    # -- as importlib calls it ---------------------------------------------------------------

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _MODULES or self._searching:
            return None
        if name != NAME:
            return _spec(name) if _is_ours(sys.modules.get(NAME)) else None
        real = self._real(path, target)
        if real is None or isinstance(real.loader, _Loader):
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
        if self._profiler is not None and overwrite is not None and not _is_ours(module):
            overwrite(self._profiler)


class _Loader:
    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        homes = _MODULES[module.__name__]

        def find(name: str) -> object:
            inner = f"{module.__name__}.{name}"
            if inner in _MODULES:
                return import_module(inner)
            if name not in homes:
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            value = getattr(import_module(_home(homes[name])), name)
            resolvable(value)
            setattr(module, name, value)
            return value

        vars(module).update(
            __getattr__=find,
            __dir__=lambda: sorted({*vars(module), *homes}),
            __all__=[*homes, "__version__"] if module.__name__ == NAME else [*homes],
            __doc__="Names of line_profiler, provided by lineprof.",
            __version__=VERSION,
        )

    def get_code(self, name: str) -> CodeType | None:
        """Code to run as a program, as `runpy` asks for it."""
        is_program = name in (f"{NAME}.__main__", f"{NAME}.line_profiler")
        return compile(_MAIN, f"<{name}>", "exec") if is_program else None

    def get_source(self, name: str) -> str | None:
        """None: there is no text of these modules."""
        return None

    def get_filename(self, name: str) -> str:
        return __file__


def _home(module: str) -> str:
    if module.startswith("kernprof."):
        return module
    return f"lineprof.{module}".rstrip(".")


def _is_ours(module: ModuleType | None) -> bool:
    return isinstance(getattr(module, "__loader__", None), _Loader)


def _spec(name: str) -> ModuleSpec:
    loader: Any = _Loader()
    spec = ModuleSpec(name, loader, origin=__file__, is_package=name in _PACKAGES)
    spec.has_location = True  # programs ask for `line_profiler.__file__`
    return spec


_last = StandIn()


def find_last(name: str) -> ModuleSpec | None:
    """What lineprof_standin.pth finds: a program asks for `name`, of line_profiler, and none of
    the finders before has it; nor have those after it."""
    return _last.find_spec(name)
