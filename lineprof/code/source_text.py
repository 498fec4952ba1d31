"""The source text of a function, from its file name and first line.

The name may be that of a file, a notebook cell, a member of a zip archive, or something made up.
`linecache` knows them all.
"""

import linecache
import os
import re
import stat
import sys
import tokenize
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from types import SimpleNamespace
from typing import Any

from . import SIZE_LIMIT
from .callables import namespace_of

_WINDOW = 64  # Lines that are first looked at for the end of a block

_CODE = re.compile(r"\s*[^\s#]")
_DEFINITION = re.compile(r"\s*(?:@|(?:async\s+)?def\b|class\b)")
_DEFINED = re.compile(r"\b(?:def|class)[\s\\]+(\w+)")


def function_source(filename: str, first_line: int) -> str | None:
    """The text of the block that starts at `first_line` (from 1), or None. Never raises.

    A `def` or `class` includes its decorators. A lambda or comprehension comes with its whole
    logical line.
    """
    try:
        return block_at(source_lines(filename), first_line)
    except Exception:
        # Loaders, tokenizers and modules of others run in here. A profiled program must not end
        # because a listing has no text.
        return None


def block_at(lines: list[str], first_line: int) -> str | None:
    """As `function_source`, of a text's lines; None, too, if they cannot be taken apart."""
    if not 1 <= first_line <= len(lines):
        return None
    # Of a long text no more than it takes: else its functions together take the square of time.
    size = _WINDOW
    while True:
        window = lines[first_line - 1 : first_line - 1 + size]
        complete = first_line - 1 + size >= len(lines)
        try:
            block = _block(window, complete)
        except _IncompleteError:
            size *= 4
            continue
        except Exception:
            return None
        return "".join(block)


class _IncompleteError(Exception):
    """More lines are needed to see where a block ends."""


def decoded_lines(data: bytes) -> list[str]:
    """The lines of a file with Python source; empty if Python could not read it either."""
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, ValueError, LookupError):
        return []
    return list(StringIO(text, newline=None))


def defined_names(text: str) -> list[str]:
    return _DEFINED.findall(text)


def source_lines(filename: str) -> list[str]:
    """All lines of what `filename` names; empty if they cannot be read."""
    if _never_ends(filename):
        return []
    linecache.checkcache(filename)
    lines = linecache.getlines(filename)
    if not lines and not filename.startswith("<"):
        # Not a file: perhaps in a zip archive or the like, whose loader only the module knows.
        for module in list(sys.modules.values()):
            names = namespace_of(module)
            if names.get("__file__") == filename:
                lines = module_lines(filename, names)
                break
    return lines


def module_lines(filename: str, names: Mapping[str, Any]) -> list[str]:
    """All lines of what `filename` names in a module; empty if they cannot be read.

    names: the module's namespace. From Python 3.15 on `linecache` warns of a module with a
    `__loader__` and no matching `__spec__`; measuring it must not bring that warning up.
    """
    spec = names.get("__spec__")
    loader = getattr(spec, "loader", None) or names.get("__loader__")
    if loader is None:
        return linecache.getlines(filename)
    name = getattr(spec, "name", None) or names.get("__name__")
    spec = SimpleNamespace(name=name, loader=loader)
    return linecache.getlines(filename, {"__name__": name, "__loader__": loader, "__spec__": spec})


def _never_ends(filename: str) -> bool:
    """Whether it is a device, a pipe or huge: names in a profile may be somebody else's."""
    try:
        found = os.stat(filename)
    except (OSError, ValueError):
        return False  # no file: `linecache` may know it all the same
    # What the kernel makes up, as /proc/kmsg, is 0 bytes long, and to be waited for.
    return not (stat.S_ISREG(found.st_mode) and 0 < found.st_size <= SIZE_LIMIT)


def _block(lines: list[str], complete: bool) -> Sequence[str]:
    """complete: these are all lines there are; else _IncompleteError if the block may go on."""
    try:
        if _DEFINITION.match(lines[0]):
            import inspect

            block: Sequence[str] = inspect.getblock(lines)
        else:
            block = _logical_line(lines)
    except (SyntaxError, tokenize.TokenError):
        if not complete:
            raise _IncompleteError from None
        return _indented(lines)
    if not complete and not any(map(_CODE.match, lines[len(block) :])):
        raise _IncompleteError
    return block


def _logical_line(lines: list[str]) -> Sequence[str]:
    feed = iter(lines)
    last = 1
    try:
        for token in tokenize.generate_tokens(lambda: next(feed, "")):
            last = token.end[0]
            if token.type == tokenize.NEWLINE:
                break
    except (SyntaxError, tokenize.TokenError):
        # The expression began inside brackets that were opened further up.
        pass
    return lines[:last]


def _indented(lines: list[str]) -> Sequence[str]:
    """The first line and what is indented below it: for text that does not tokenize."""
    indent = _indentation(lines[0])
    last = 1
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            if _indentation(line) <= indent:
                break
            last = number
    return lines[:last]


def _indentation(line: str) -> int:
    line = line.expandtabs()
    return len(line) - len(line.lstrip())
