"""Acts on modules as the program imports them."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any


SPAWN = (
    "multiprocessing.spawn",
    "multiprocess.spawn",
    "loky.backend.spawn",
    "joblib.externals.loky.backend.spawn",
)
"""Python's own, that of the fork which pathos and Hugging Face's datasets use, and loky's."""

PICKLERS = (
    "cloudpickle.cloudpickle",
    "joblib.externals.cloudpickle.cloudpickle",
    "pyspark.cloudpickle.cloudpickle",
    "ray.cloudpickle.cloudpickle",
    "dill._dill",
)
"""Modules that pickle functions by value."""


class Arrivals:
    """A finder that leaves finding to the others.

    acts: by the name of a module, what is called with it once it has been executed. What that
        raises is dropped.
    """

    def __init__(self, acts: Mapping[str, Callable[[ModuleType], object]]) -> None:
        self._acts = acts
        self._searching = False

    def place(self) -> None:
        """Begin: now, with modules that are loaded, or when the program imports them."""
        for name in self._acts:
            if name in sys.modules:
                self._act(name, sys.modules[name])
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Act no more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As importlib calls it."""
        if name not in self._acts or self._searching:
            return None
        self._searching = True
        try:
            spec = _found(name, path, target)
        finally:
            self._searching = False
        loader: Any = spec and spec.loader
        if hasattr(loader, "exec_module"):
            execute = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                vars(loader).pop("exec_module", None)
                execute(module)
                self._act(name, module)

            try:
                loader.exec_module = exec_module
            except AttributeError:
                return spec
        return spec

    def _act(self, name: str, module: ModuleType) -> None:
        try:
            self._acts[name](module)
        except Exception:  # the program imports as without us
            return


def _found(name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
    for finder in list(sys.meta_path):
        find = getattr(finder, "find_spec", None)
        if find is not None and (spec := find(name, path, target)) is not None:
            found: ModuleSpec = spec
            return found
    return None
