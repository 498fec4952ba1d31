"""Where results go: fixed when kernprof starts, and elsewhere if they cannot go there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NamedTuple


class Output(NamedTuple):
    """The file for the results of one run."""

    path: str
    """Absolute, so that the program may change its folder."""
    shown: str
    """How messages name it: the shortest way from the folder kernprof was started in."""


class Written(NamedTuple):
    """What became of the results."""

    shown: str | None
    """The file they are in; None if they could not be written at all."""
    fault: str | None = None
    """One line on why they are not where they should be."""


def place(name: str) -> Output:
    """The output file of this name."""
    path = os.path.abspath(name)
    try:
        shown = min((name, path, os.path.relpath(path)), key=len)
    except ValueError:  # on another drive
        shown = path
    return Output(path, shown)


def write(output: Output, dump: Callable[[str], None]) -> Written:
    """Have `dump` write the results to their file or, failing that, to the temporary folder."""
    try:
        dump(output.path)
        return Written(output.shown)
    except Exception as error:
        fault = f"kernprof: cannot write {output.shown!r}: {reason(error)}"
    try:
        path = _spare(output.path)
        dump(path)
    except Exception as error:
        return Written(None, f"{fault}; nor to the temporary folder: {reason(error)}")
    return Written(path, f"{fault}; results are in {path!r}")


def reason(error: Exception) -> str:
    """What an error says, on one line."""
    text = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
    return " ".join(text.split())


def _spare(path: str) -> str:
    import tempfile

    stem, suffix = os.path.splitext(os.path.basename(path))
    return os.path.join(tempfile.mkdtemp(prefix="kernprof-"), f"{stem}{suffix}")


def save_bytes(data: bytes, path: str) -> None:
    """Write a file in one step: whole, or not at all. OSError if that fails."""
    if os.path.exists(path) and not os.path.isfile(path):
        # A device or pipe: renaming would replace it. A folder fails here.
        # By its own name: what /dev/fd/3 leads to, if that is a pipe, is no file.
        with open(path, "wb") as file:
            file.write(data)
        return
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}-{os.urandom(4).hex()}")
    handle = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666
    )
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def python_command() -> str:
    """What to type for this interpreter: `python` or `python3` if that starts it, else its path."""
    executable = sys.executable or "python"
    for name in ("python", "python3"):
        found = _on_path(name)
        if found is not None and _same(found, executable):
            return name
    return quoted(executable)


def quoted(text: str) -> str:
    """Quoted for a shell where needed."""
    import shlex

    return shlex.quote(text)


def _on_path(name: str) -> str | None:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return os.path.abspath(path)
    return None


def _same(path: str, executable: str) -> bool:
    """Whether both start the same interpreter: of one folder, since in the folder of a virtual
    environment links lead to the same file as elsewhere but mean another environment."""
    return os.path.dirname(path) == os.path.dirname(executable) and os.path.realpath(
        path
    ) == os.path.realpath(executable)
