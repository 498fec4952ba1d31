"""Where a line is: as short as it can be said, and as an address that terminals open."""

from __future__ import annotations

import os
from functools import lru_cache
from urllib.parse import quote

from ...errors import printable
from .pieces import cells


def place_of(file: str, number: int, most: int, cut: str) -> str:
    """`file:line`; of what takes more than `most` columns the end, behind `cut` if that fits."""
    path, without_start = _short_path(file)
    path = printable(path)
    most -= len(f":{number}")
    while cells(path) + (without_start and len(cut) + 1) > most and "/" in path[1:]:
        path, without_start = path.lstrip("/").partition("/")[2], True
    fits = cells(path) + len(cut) + 1 <= most
    return f"{cut}/{path}:{number}" if without_start and fits else f"{path}:{number}"


def link_to(file: str, number: int) -> str:
    """An address that terminals open, with the line where they can; empty for what is no file."""
    address = _address(file)
    return f"{address}#{number}" if address else ""


@lru_cache(1024)
def _address(file: str) -> str:
    try:
        path = os.path.abspath(file)
        if not os.path.isfile(path):
            return ""
    except (OSError, ValueError):  # the current folder is gone; a NUL in the name
        return ""
    host = os.uname().nodename if hasattr(os, "uname") else ""
    path = quote(os.fsencode(path.replace(os.sep, "/")), safe="/:")
    return f"file://{host}{path if path.startswith('/') else '/' + path}"


@lru_cache(1024)
def _short_path(file: str) -> tuple[str, bool]:
    """The path as one would say it here, and whether its beginning was left out."""
    if not os.path.isabs(file):
        return file, False
    for folder in ("site-packages", "dist-packages"):
        _, found, rest = file.replace(os.sep, "/").rpartition(f"/{folder}/")
        if found:
            return rest, True
    try:
        relative = os.path.relpath(file)
    except (ValueError, OSError):  # another drive; the current folder is gone
        return file, False
    shorter = len(relative) < len(file) and not relative.startswith("..")
    return (relative if shorter else file), False
