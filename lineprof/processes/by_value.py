"""Functions that reach a process pickled by value, as cloudpickle and dill pickle them.

Each arrival makes a new code object, and its file may be a placeholder. Such code is known again by
line, qualified name, and a checksum of its bytecode and line table. It becomes one code object
for all arrivals, with its true file, and is measured if it is measured where it came from.
A process in which a pickler is imported publishes what it measures, in one file of the folder.
"""

from __future__ import annotations

import os
from functools import wraps

from ..measure import shard_about
from ..measure.shard_about import quoted
from .folder import VARIABLE, parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

    _Key = tuple[int, str, int]

FILE = "by-value.jsonl"

_MAKERS = ("_make_function", "_create_function")
"""What makes functions in cloudpickle and in dill; the first argument is the code."""

_registered: dict[int, CodeType] = {}
_own: dict[_Key, CodeType] = {}
"""Code of this process that is measured, and which its arrivals become."""
_elsewhere: dict[_Key, str] = {}
"""What other processes have published, with the path of its file."""
_state: dict[str, Any] = {"publishing": False, "read": 0}


def about(code: CodeType) -> bytes:
    """What a shard says of code; it is published, too, once there is a pickler."""
    _registered[id(code)] = code
    if _state["publishing"]:
        try:
            _publish([code])
        except Exception:  # its arrivals are not measured
            return shard_about.about(code)
    return shard_about.about(code)


def change(module: Any, watch: Callable[[CodeType], object]) -> None:
    """Have a pickler's module make functions of the code that is measured.

    watch: has this process measure code.
    """
    _state["watch"] = watch
    if not _state["publishing"]:
        _state["publishing"] = True
        _publish(list(_registered.values()))
    for name in _MAKERS:
        if (original := getattr(module, name, None)) is not None:
            setattr(module, name, _measuring(original))


def _measuring(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def make(code: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            code = _known(code)
        except Exception:  # it runs as it came
            return original(code, *args, **kwargs)
        return original(code, *args, **kwargs)

    del make.__wrapped__
    return make


def _known(code: CodeType) -> CodeType:
    """The code object that this one, which has just arrived, stands for; itself if it is new."""
    key = _key(code)
    if key in _own:
        return _own[key]
    _read()
    inner = tuple(_known(item) if isinstance(item, type(code)) else item for item in code.co_consts)
    path = _elsewhere.get(key)
    changed = any(a is not b for a, b in zip(inner, code.co_consts, strict=True))
    if path is None and not changed:
        return code
    code = code.replace(co_consts=inner, co_filename=code.co_filename if path is None else path)
    if path is not None:
        _own[key] = code
        _state["watch"](code)
    return code


def _key(code: CodeType) -> _Key:
    from zlib import crc32

    return code.co_firstlineno, code.co_qualname, crc32(code.co_linetable, crc32(code.co_code))


def _path() -> str:
    return os.path.join(os.environ[VARIABLE], FILE)


def _publish(codes: list[CodeType]) -> None:
    lines = []
    for code in codes:
        key = line, name, checksum = _key(code)
        if _own.setdefault(key, code) is not code or key in _elsewhere:
            continue
        path = os.path.realpath(code.co_filename)
        if not os.path.isfile(path):
            path = code.co_filename
        lines.append(f"[{line},{quoted(name)},{checksum},{quoted(path)}]\n")
    if lines:
        file = os.open(_path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, "".join(lines).encode("ascii"))
        finally:
            os.close(file)


def _read() -> None:
    """Take in what was published since the last time."""
    path = _path()
    if os.path.isfile(path) and os.stat(path).st_size > _state["read"]:
        with open(path, "rb") as file:
            file.seek(_state["read"])
            whole = file.read().rpartition(b"\n")[0] + b"\n"
        _state["read"] += len(whole)
        for text in whole.splitlines():
            line, name, checksum, source = parsed(text.decode("ascii"))
            _elsewhere.setdefault((line, name, checksum), source)
