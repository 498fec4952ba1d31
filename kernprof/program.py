"""Finds the program as `python` finds it, and reads it into the `__main__` that it gets."""

from __future__ import annotations

import builtins
import os
import re
import runpy
import shlex
import sys
from collections.abc import Callable
from functools import partial
from importlib.machinery import BuiltinImporter, SourceFileLoader, SourcelessFileLoader
from importlib.util import decode_source
from typing import Any, NamedTuple

from kernprof import command
from lineprof import LineprofError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from kernprof.request import ProgramName


class Loaded(NamedTuple):
    """A program that has been read and compiled."""

    code: CodeType
    names: dict[str, Any]  # What its `__main__` module starts with
    source: Callable[[], str | bytes | None] = lambda: None  # Its text; None if that cannot be had


class Program(NamedTuple):
    """A program that has been found but not yet read."""

    argv0: str  # `sys.argv[0]` at first
    path0: str  # Where its imports are looked for first
    label: str  # What its results are named after
    load: Callable[[], Loaded]
    """Reads and compiles it; LineprofError if there is nothing to run, SyntaxError, or
    whatever the packages around a module raise."""
    needs_path: bool = False  # Whether `path0` is needed to run at all: a folder or a zip file
    text: tuple[str, str] | None = None
    """File name and source where no file has it: code and standard input."""


def find(name: ProgramName) -> Program:
    """The program of this name; LineprofError if there is none."""
    if name.kind == "module":
        return _module(name.name)
    if name.kind == "code":
        return _code(name.name)
    if name.kind == "stdin":
        return _stdin()
    if name.kind == "command":
        return _command(name)
    return script(name.name)


def script(name: str) -> Program:
    """A script, or a folder or zip file with a `__main__.py`, here or on PATH."""
    path = name if os.path.exists(name) else find_file(name)
    absolute = os.path.join(os.getcwd(), path)  # as Python makes it: "." and ".." stay
    if path.endswith(".ipynb") and os.path.isfile(path):
        convert = f"jupyter nbconvert --to script {shlex.quote(path)}"
        raise LineprofError(f"{path!r} is a notebook, not Python; {convert} makes a script of it")
    importer = _importer(absolute)
    label = os.path.basename(os.path.abspath(path))
    if importer is not None:
        return Program(
            path, absolute, label, lambda: _load_main_of(importer, path), needs_path=True
        )
    folder = os.path.dirname(os.path.realpath(path))
    return Program(path, folder, label, lambda: _load_script(path, absolute))


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
    try:
        if path.endswith(".pyc"):
            bare = SourcelessFileLoader("__main__", absolute)
            code = bare.get_code("__main__")
            return Loaded(_runnable(code, path), _names(__loader__=bare, __file__=absolute))
        with open(absolute, "rb") as file:
            source = file.read()
    except OSError as error:
        raise LineprofError(f"Could not read script {path!r}: {error.strerror}") from None
    except (ImportError, EOFError, ValueError) as error:
        raise LineprofError(f"Could not read script {path!r}: {error}") from None
    loader = SourceFileLoader("__main__", absolute)
    code = _compiled(source, absolute)
    names = _names(__loader__=loader, __file__=absolute, __cached__=None)
    return Loaded(code, names, lambda: source)


def _load_main_of(importer: Any, path: str) -> Loaded:
    spec = importer.find_spec("__main__")
    if spec is None:
        raise LineprofError(f"Could not run {path!r}: it has no __main__.py")
    return _loaded(spec, _runnable(spec.loader.get_code("__main__"), path))


def _module(name: str) -> Program:
    if name.endswith(".py") and os.path.isfile(name):
        raise LineprofError(f"Could not find module `{name}`: a file is run without -m")

    def load() -> Loaded:
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
        return _loaded(spec, code)

    return Program("-m", os.getcwd(), name, load)


class _NotRunnableError(Exception):
    """There is no such module, or it is not one that runs."""


def _code(text: str) -> Program:
    return Program(
        "-c",
        "",
        _label("command"),
        lambda: Loaded(
            _compiled(text, "<string>"), _names(__loader__=BuiltinImporter), lambda: text
        ),
        text=("<string>", text),
    )


def _stdin() -> Program:
    source = sys.stdin.buffer.read() if sys.stdin else b""
    names = _names(__loader__=BuiltinImporter, __file__="<stdin>", __cached__=None)
    return Program(
        "-",
        "",
        _label("stdin"),
        lambda: Loaded(_compiled(source, "<stdin>"), names, lambda: source),
        text=("<stdin>", _decoded(source)),
    )


def _command(name: ProgramName) -> Program:
    code = compile("raise SystemExit(run())", "<command>", "exec")
    names = _names(__loader__=BuiltinImporter, run=partial(command.run, (name.name, *name.args)))
    return Program(name.name, "", os.path.basename(name.name), lambda: Loaded(code, names))


def _label(kind: str) -> str:
    return f"kernprof-{kind}-{os.urandom(4).hex()}"


def _decoded(source: bytes) -> str:
    try:
        return decode_source(source)
    except (SyntaxError, UnicodeDecodeError):
        return ""


def _compiled(source: str | bytes, filename: str) -> CodeType:
    if isinstance(source, bytes):
        _refuse_as_python_does(source, filename)
    try:
        return compile(source, filename, "exec", dont_inherit=True)
    except SyntaxError as error:
        if not error.lineno and not _STRICT:  # an encoding that is not known, or does not fit
            problem = error.msg.replace("unknown encoding", "encoding problem")
            raise SyntaxError(problem) from None
        error.filename = error.filename or filename
        raise
    except ValueError as error:  # UnicodeError in text that came from the command line
        raise SyntaxError(str(error), (filename, None, None, None)) from None


def _is_strict() -> bool:
    """Whether `compile` refuses what is not UTF-8: the newest 3.14 and 3.15, whose errors for
    files say where."""
    try:
        compile(b"#\xff", "", "exec")
    except SyntaxError:
        return True
    return False


_STRICT = _is_strict()
_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""A line that declares an encoding, as PEP 263 has it."""


def _refuse_as_python_does(source: bytes, filename: str) -> None:
    """SyntaxError for what Python does not take in a file, though `compile` may."""
    if (at := source.find(0)) >= 0:
        line = source.count(b"\n", 0, at) + 1
        text = source[source.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "replace")
        place = filename, line, None, text
        raise SyntaxError("source code cannot contain null bytes", place)
    stated = [match[1] for line in source.split(b"\n", 2)[:2] if (match := _CODING.match(line))]
    if stated and not (_STRICT and stated[0].lower() == b"utf-8"):
        return
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf_8(source, filename, error.start, bool(stated)) from None


def _not_utf_8(source: bytes, filename: str, at: int, is_stated: bool) -> SyntaxError:
    """The error for a file whose byte at this offset does not fit.

    is_stated: the file says that it is in UTF-8.
    """
    line = source.count(b"\n", 0, at) + 1
    start = source.rfind(b"\n", 0, at) + 1
    content = source[start:].partition(b"\n")[0]
    text = content.decode("utf-8", "replace")
    if is_stated:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as error:
            return SyntaxError(f"(unicode error) {error}", (filename, line, None, text))
    message = (
        f"Non-UTF-8 code starting with '\\x{source[at]:02x}' in file {filename} on line {line}, "
        "but no encoding declared; see https://peps.python.org/pep-0263/ for details"
    )
    if not _STRICT:
        return SyntaxError(message)
    return SyntaxError(message, (filename, line, len(source[start:at].decode()) + 1, text))


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


def _loaded(spec: Any, code: CodeType) -> Loaded:
    names = _names(
        __file__=spec.origin,
        __cached__=spec.cached,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )
    return Loaded(code, names, lambda: spec.loader.get_source(spec.name))
