"""Sees the code of every module before it is executed, and the module afterwards.

Finders and loaders stay as they are: `get_code` of the standard loaders, which all code of files,
.pyc files and zip archives passes through, is replaced. Modules of other loaders, as pytest's, are
seen once they have been executed.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FunctionType, ModuleType
    from typing import Any, TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])

# As every interpreter has loaded them.
_bootstrap: Any = sys.modules["_frozen_importlib"]
_external: Any = sys.modules["_frozen_importlib_external"]

_DISGUISE = "<frozen importlib._bootstrap_external>"
"""File name of our functions: Python leaves frames between importlib's own out of tracebacks."""


class ImportHook:
    """While placed, reports modules; what the callbacks raise is kept in `failure`.

    on_code: called with the name and the code of a module that is about to be executed.
    on_module: called with a module that has been executed, if `follows` returned true for it.
    follows: called with a module's name, its file ("" if unknown) and whether its loader hands
        out code.
    """

    def __init__(
        self,
        on_code: Callable[[str, CodeType], object],
        on_module: Callable[[ModuleType], object],
        follows: Callable[[str, str, bool], bool],
    ) -> None:
        self.failure: Exception | None = None
        self._on_code = on_code
        self._on_module = on_module
        self._follows = follows
        self._placed = False
        self._undo: list[Callable[[], None]] = []

    def place(self) -> None:
        """Begin; no effect if placed."""
        if self._placed:
            return
        self._placed = True
        for loader in _code_loaders():
            self._replace(loader, "get_code", self._seeing_code(vars(loader)["get_code"]))
        self._replace(_bootstrap, "module_from_spec", self._following(_bootstrap.module_from_spec))

    def remove(self) -> None:
        """Undo `place`. A function that somebody else has wrapped stays, without effect."""
        self._placed = False
        while self._undo:
            self._undo.pop()()

    def _replace(self, owner: Any, name: str, new: Any) -> None:
        before = vars(owner)[name]

        def undo() -> None:
            if vars(owner).get(name) is new:
                setattr(owner, name, before)

        setattr(owner, name, new)
        self._undo.append(undo)

    def _tell(self, act: Callable[..., object], *arguments: object) -> Any:
        if not self._placed:
            return None
        try:
            return act(*arguments)
        except Exception as error:
            self.failure = self.failure or error
            return None

    # The three functions below stand in for importlib's own, with their names and signatures.

    def _seeing_code(self, original: Any) -> Any:
        def get_code(self: Any, fullname: str) -> CodeType | None:
            code: CodeType | None = original(self, fullname)
            if code is not None:
                tell(on_code, fullname, code)
            return code

        tell, on_code = self._tell, self._on_code
        return _disguised(get_code, original)

    def _following(self, original: Any) -> Any:
        def module_from_spec(spec: Any) -> ModuleType:
            module: ModuleType = original(spec)
            tell(follow, spec)
            return module

        tell, follow = self._tell, self._follow
        return _disguised(module_from_spec, original)

    def _follow(self, spec: Any) -> None:
        loader = spec.loader
        if loader is None or isinstance(loader, (type, *_without_code())):
            return
        kind = type(loader)
        hands_out = (
            _definer(kind, "exec_module") is _external._LoaderBasics
            and _definer(kind, "get_code") in _code_loaders()
        )
        origin = spec.origin if spec.has_location and isinstance(spec.origin, str) else ""
        if "exec_module" in vars(loader) or not self._follows(spec.name, origin, hands_out):
            return

        # On the instance: its class may load modules that were not asked for.
        def exec_module(module: ModuleType) -> None:
            if own:
                drop()
            original(module)
            tell(on_module, module)

        def drop() -> None:
            if vars(loader).get("exec_module") is wrapper:
                del loader.exec_module

        original: Any = loader.exec_module
        own = hasattr(loader, "name")  # made for one module, as those for files are
        tell, on_module = self._tell, self._on_module
        wrapper = _disguised(exec_module, original)
        loader.exec_module = wrapper
        if not own:
            self._undo.append(drop)


def _code_loaders() -> tuple[type, ...]:
    """The classes that define how standard loaders get code."""
    found = [_external.SourceLoader, _external.SourcelessFileLoader]
    try:
        from zipimport import zipimporter
    except ImportError:  # built without zlib
        return tuple(found)
    return (*found, zipimporter)


def _without_code() -> tuple[type, ...]:
    """Loaders of what is not written in Python, or has no file."""
    names = ("ExtensionFileLoader", "NamespaceLoader", "_NamespaceLoader")
    return tuple({getattr(_external, name) for name in names if hasattr(_external, name)})


def _definer(kind: type, name: str) -> type | None:
    return next((base for base in kind.__mro__ if name in vars(base)), None)


def _disguised(function: _F, original: Any) -> _F:
    """The function with another's names, and with a file name that tracebacks leave out."""
    ours: FunctionType = function  # type: ignore[assignment]
    ours.__code__ = ours.__code__.replace(co_filename=_DISGUISE)
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
        setattr(ours, name, getattr(original, name, None))
    return function
