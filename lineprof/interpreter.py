"""The interpreter this runs in: the command that starts it, and silencing its streams."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO


def python_command() -> str:
    """What to type for this Python, quoted: `python` or `python3` if that starts it."""
    executable = sys.executable or "python"
    for name in ("python", "python3"):
        found = _on_path(name)
        if found is not None and _is_same(found, executable):
            return name
    from shlex import quote

    return quote(executable)


def _on_path(name: str) -> str | None:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return os.path.abspath(path)
    return None


def _is_same(path: str, executable: str) -> bool:
    """Whether both start the same interpreter in the same (virtual) environment."""
    if os.path.dirname(path) != os.path.dirname(executable):
        return False
    return os.path.realpath(path) == os.path.realpath(executable)


def silence(stream: IO[str]) -> None:
    """Discard what is still written to a stream without a reader: exiting would complain."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        pass
