"""Small programs: the oracle counts every hit, and the core must agree.

A program is Python source text with a `main()`. The text files beside this one hold them, each
under a line `=== name [oldest Python]`; they are not modules so that one file can hold syntax
of several Python versions.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import generated

_HEADER = re.compile(r"^=== (\w+)(?: (\d+)\.(\d+))?\n", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    name: str
    source: str


def programs() -> list[Program]:
    """All that this Python can compile."""
    found = [program for path in sorted(_files()) for program in _split(path)]
    found += [Program(name, source) for name, source in generated.programs()]
    names = [program.name for program in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two programs have one name: {', '.join(sorted(twice))}")
    return found


def _files() -> Iterator[Path]:
    return Path(__file__).parent.glob("*.txt")


def _split(path: Path) -> Iterator[Program]:
    text = path.read_text(encoding="utf-8")
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        name, major, minor = header.groups()
        if major is None or sys.version_info >= (int(major), int(minor)):
            yield Program(f"{path.stem}-{name}", text[header.end() : end])
