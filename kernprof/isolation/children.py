"""Processes that multiprocessing starts anew import the program: they need a `profile`, too.

Such a process (spawn, forkserver) is sent what to set up before it imports the main module. With it
goes an object whose unpickling puts a `profile` among its builtins that gives back what it
decorates: nobody would collect what is measured there.
"""

from __future__ import annotations

import builtins
import sys
from contextlib import suppress
from importlib.util import find_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

_SPAWN = (
    "multiprocessing.spawn",
    "multiprocess.spawn",
    "loky.backend.spawn",
    "joblib.externals.loky.backend.spawn",
)
"""Python's own, that of the fork which pathos and Hugging Face's datasets use, and loky's."""

# A process may run in another environment, without kernprof.
_BEGIN = """\
try:
    from kernprof.isolation.children import begin
except ImportError:
    pass
else:
    begin()
"""


class Children:
    """While placed, processes that multiprocessing starts anew find `profile` among builtins."""

    def __init__(self) -> None:
        self._searching = False
        self._undo: list[Callable[[], None]] = []

    def place(self) -> None:
        """Begin: now, with a module that is loaded, or when the program imports it."""
        for name in _SPAWN:
            if name in sys.modules:
                self._change(sys.modules[name])
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Undo `place`."""
        with suppress(ValueError):
            sys.meta_path.remove(self)
        while self._undo:
            self._undo.pop()()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As importlib calls it: what the other finders find, watched until it is imported."""
        if name not in _SPAWN or self._searching:
            return None
        self._searching = True
        try:
            spec = find_spec(name)
        finally:
            self._searching = False
        loader: Any = spec and spec.loader
        if hasattr(loader, "exec_module"):
            execute = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                del loader.exec_module
                execute(module)
                self._change(module)

            with suppress(AttributeError):
                loader.exec_module = exec_module
        return spec

    def _change(self, module: Any) -> None:
        original = getattr(module, "get_preparation_data", None)
        if original is None:
            return

        def get_preparation_data(*args: Any, **kwargs: Any) -> Any:
            data = original(*args, **kwargs)
            if sys._getframe(1).f_code.co_name == "ensure_running":
                # The forkserver imports the main module with nothing of us; its children still do.
                data.pop("init_main_from_path", None)
                data.pop("init_main_from_name", None)
            else:
                data[__name__] = _Beginning()
            return data

        def undo() -> None:
            if module.get_preparation_data is get_preparation_data:
                module.get_preparation_data = original

        module.get_preparation_data = get_preparation_data
        self._undo.append(undo)


class _Beginning:
    """Unpickled, it calls `begin()` where kernprof is installed."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (_BEGIN, {})


def begin() -> None:
    """Put a `profile` among the builtins of this new process and of those it starts."""
    from lineprof import profile

    if not hasattr(builtins, "profile"):
        builtins.profile = profile  # type: ignore[attr-defined]
        Children().place()
