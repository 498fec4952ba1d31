"""Whether the command `kernprof` is there, and ours: line_profiler installs one of that name."""

from __future__ import annotations

import os
import sys

REPAIR = "pip install --force-reinstall --no-deps lineprof"


def complaint() -> str | None:
    """What is wrong with the command `kernprof` of this installation, and what repairs it."""
    from importlib.util import find_spec

    home = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    found = find_spec("kernprof")
    if found is not None and found.origin and not _is_within(found.origin, home):
        return f"`kernprof` is that of {found.origin}; this gives lineprof's: {REPAIR}"
    if any(map(os.path.exists, _scripts(os.path.dirname(sys.executable)))):
        return None
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        files = distribution("lineprof").files or ()
    except PackageNotFoundError:
        return None
    installed = [path.locate() for path in files if path.name in _scripts("")]
    if not installed or any(map(os.path.exists, map(str, installed))):
        return None
    return (
        f"the command `kernprof` is gone; python -m kernprof works, and this repairs it: {REPAIR}"
    )


def _scripts(folder: str) -> list[str]:
    return [os.path.join(folder, name) for name in ("kernprof", "kernprof.exe")]


def _is_within(path: str, folder: str) -> bool:
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))
