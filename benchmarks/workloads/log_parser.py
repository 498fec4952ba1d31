"""The log parser of examples/, as it stands there; `size` is the number of lines of the log.

The log is made in the working folder by whichever process needs it first.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
WARM_UP = 2_000


def _example(name: str) -> ModuleType:
    sys.path.insert(0, str(EXAMPLES))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(EXAMPLES))


_parser = _example("log_parser")
_maker = _example("make_log")


def _log(lines: int) -> str:
    path = f"log-{lines}.bz2"
    if not os.path.exists(path):
        _maker.make_log(path, lines)
    return path


def prepare(_argument: str, size: int) -> None:
    _log(WARM_UP)
    _log(size)


def warm_up(_size: int) -> None:
    run(WARM_UP)


def run(size: int) -> float:
    mean: float = _parser.main(_log(size))
    return mean
