"""What is to be run, found as `python` finds it, and the `__main__` that it gets."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from lineprof import LineprofError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from kernprof.cli import Request

Loaded = tuple["CodeType", dict[str, Any]]
"""Code and the names its `__main__` module starts with."""


class Target(NamedTuple):
    """A program that has been found but not yet read."""

    argv0: str
    """`sys.argv[0]` at first."""
    path0: str
    """Where its imports are looked for first."""
    label: str
    """What its results are named after."""
    load: Callable[[], Loaded]
    """Reads and compiles it; LineprofError if there is nothing to run, SyntaxError, or
    whatever the packages around a module raise."""
    needs_path: bool = False
    """Whether `path0` is needed to run at all: a folder or a zip file."""
    text: tuple[str, str] | None = None
    """File name and source where no file has it: code and standard input."""


def find(request: Request) -> Target:
    """The program of a request; LineprofError if there is none."""
    if request.kind == "module":
        return _module(request.program)
    if request.kind == "code":
        return _code(request.program)
    if request.kind == "stdin":
        return _stdin()
    return script(request.program)


def script(name: str) -> Target:
    """A script, or a folder or zip file with a `__main__.py`, here or on PATH."""
    path = name if os.path.exists(name) else find_file(name)
    absolute = os.path.join(os.getcwd(), path)  # as Python makes it: "." and ".." stay
    importer = _importer(absolute)
    label = os.path.basename(os.path.abspath(path))
    if importer is not None:
        return Target(path, absolute, label, lambda: _load_main_of(importer, path), needs_path=True)
    folder = os.path.dirname(os.path.realpath(path))
    return Target(path, folder, label, lambda: _load_script(path, absolute))


def find_file(name: str) -> str:
    """The path of a script, here or on PATH; LineprofError if there is none."""
    if os.path.isfile(name):
        return name
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if folder and os.path.isfile(path):
            return path
    raise LineprofError(f"Could not find script {name!r}")


def _importer(path: str) -> Any:
    """What imports modules from a folder or zip file; None for other files."""
    for hook in sys.path_hooks:
        try:
            return hook(path)
        except ImportError:
            continue
    return None


def _load_script(path: str, absolute: str) -> Loaded:
    from importlib.machinery import SourceFileLoader, SourcelessFileLoader

    try:
        if path.endswith(".pyc"):
            bare = SourcelessFileLoader("__main__", absolute)
            code = bare.get_code("__main__")
            return _runnable(code, path), _names(__loader__=bare, __file__=absolute)
        with open(absolute, "rb") as file:
            source = file.read()
    except OSError as error:
        raise LineprofError(f"Could not read script {path!r}: {error.strerror}") from None
    except (ImportError, EOFError, ValueError) as error:
        raise LineprofError(f"Could not read script {path!r}: {error}") from None
    loader = SourceFileLoader("__main__", absolute)
    code = _compiled(source, absolute)
    return code, _names(__loader__=loader, __file__=absolute, __cached__=None)


def _load_main_of(importer: Any, path: str) -> Loaded:
    spec = importer.find_spec("__main__")
    if spec is None:
        raise LineprofError(f"Could not run {path!r}: it has no __main__.py")
    return _runnable(spec.loader.get_code("__main__"), path), _names_of(spec)


def _module(name: str) -> Target:
    def load() -> Loaded:
        import runpy

        # What `python -m` itself calls, so that every rule about packages is Python's own.
        details = runpy._get_module_details  # type: ignore[attr-defined]
        try:
            _, spec, code = details(name, error=_NotRunnableError)
        except _NotRunnableError as error:
            missing = isinstance(error.__cause__, ModuleNotFoundError)
            if missing or str(error) == f"No module named {name}":
                raise LineprofError(f"Could not find module `{name}`") from None
            raise LineprofError(f"Could not run module `{name}`: {error}") from None
        sys.argv[0] = spec.origin
        return code, _names_of(spec)

    return Target("-m", os.getcwd(), name, load)


class _NotRunnableError(Exception):
    """There is no such module, or it is not one that runs."""


def _code(text: str) -> Target:
    from importlib.machinery import BuiltinImporter

    return Target(
        "-c",
        "",
        _label("command"),
        lambda: (_compiled(text, "<string>"), _names(__loader__=BuiltinImporter)),
        text=("<string>", text),
    )


def _stdin() -> Target:
    from importlib.machinery import BuiltinImporter

    source = sys.stdin.buffer.read() if sys.stdin else b""
    names = _names(__loader__=BuiltinImporter, __file__="<stdin>", __cached__=None)
    return Target(
        "-",
        "",
        _label("stdin"),
        lambda: (_compiled(source, "<stdin>"), names),
        text=("<stdin>", _decoded(source)),
    )


def _label(kind: str) -> str:
    return f"kernprof-{kind}-{os.urandom(4).hex()}"


def _decoded(source: bytes) -> str:
    from importlib.util import decode_source

    try:
        return decode_source(source)
    except (SyntaxError, UnicodeDecodeError):
        return ""


def _compiled(source: str | bytes, filename: str) -> CodeType:
    try:
        return compile(source, filename, "exec", dont_inherit=True)
    except ValueError as error:
        # Null bytes, before Python 3.12. UnicodeError in text that came from the command line.
        raise SyntaxError(str(error), (filename, None, None, None)) from None


def _runnable(code: CodeType | None, path: str) -> CodeType:
    if code is None:
        raise LineprofError(f"Could not run {path!r}: it has no code")
    return code


def _names(**more: Any) -> dict[str, Any]:
    """The names in a new `__main__`, in the order in which Python puts them there."""
    names: dict[str, Any] = {
        "__name__": "__main__",
        "__doc__": None,
        "__package__": None,
        "__loader__": None,
        "__spec__": None,
    }
    if sys.version_info < (3, 14):
        names["__annotations__"] = {}
    names |= {"__builtins__": builtins} | more
    if sys.version_info >= (3, 15):
        names.pop("__cached__", None)
    return names


def _names_of(spec: Any) -> dict[str, Any]:
    return _names(
        __file__=spec.origin,
        __cached__=spec.cached,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )
