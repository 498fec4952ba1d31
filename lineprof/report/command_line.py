"""The command line of a run as one would type it."""

import os
from collections.abc import Callable, Sequence


def command_line(argv: Sequence[str], quote: Callable[[str], str] = str) -> str:
    """The words in a row, the program as short as one would type it, each word quoted."""
    if not argv:
        return ""
    first, *words = argv
    return " ".join([_program(first, quote), *map(quote, words)])


def _program(first: str, quote: Callable[[str], str]) -> str:
    # Packages that run with -m set it so, with the interpreter's whole path.
    python, found, module = first.partition(" -m ")
    if found and os.path.basename(python).startswith(("python", "pypy")):
        return f"python -m {quote(module)}"
    # Or it is the path of the file that -m ran.
    folder, _, name = first.replace(os.sep, "/").rpartition("/")
    if name == "__main__.py":
        _, found, package = folder.rpartition("-packages/")
        if found and package:
            return f"python -m {quote(package.replace('/', '.'))}"
    return quote(first)
