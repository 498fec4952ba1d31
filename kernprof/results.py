"""Where results go: fixed when kernprof starts, and elsewhere if they cannot go there."""

from __future__ import annotations

import os
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
