"""What a shard says of a function: enough for another process to know it again.

Processes spell a file in different ways, so its path is made absolute and links are resolved. Its
time of change and its size tell a reader whether the file still is what was run.
"""

from __future__ import annotations

import os

from .. import _core

try:
    # The module json loads `re`, which takes longer than all else a child process loads for us.
    from _json import encode_basestring_ascii as _quoted
except ImportError:
    from json.encoder import encode_basestring_ascii as _quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

ShardSum = _core.ShardSum
"""Adds up what shards hold."""

quoted = _quoted
"""A text as JSON has it, in ASCII."""

_paths: dict[str, str] = {}


def about(code: CodeType) -> bytes:
    """JSON: [file, first line, qualified name, time of change in ns, size].

    Time and size are 0 for code that has no file.
    """
    name = code.co_filename
    path = _paths.get(name)
    changed = size = 0
    try:
        if path is None:
            path = os.path.realpath(name) if os.path.isfile(name) else name
            _paths[name] = path
        found = os.stat(path)
        changed, size = found.st_mtime_ns, found.st_size
    except (OSError, ValueError):
        path = path or name
    place = f"{quoted(path)},{code.co_firstlineno},{quoted(code.co_qualname)}"
    return f"[{place},{changed},{size}]".encode("ascii")
