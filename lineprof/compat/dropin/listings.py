"""What makes up listings: `get_code_block`, `get_column_widths`, `is_generated_code`, `label`."""

from __future__ import annotations

import os
from tempfile import gettempdir
from types import CodeType

from ...code.source_text import function_source
from ...config import load_config

CANNOT_LINE_TRACE_CYTHON = True
"""Code compiled by Cython has no lines here; line_profiler knows them on some Pythons."""


def get_code_block(filename: str | os.PathLike[str], lineno: int) -> list[str]:
    """The lines of the function or class that begins at this line, with their line ends.

    Empty if there is no such file or line.
    """
    text = function_source(os.fspath(filename), lineno)
    return [] if text is None else text.splitlines(keepends=True)


def get_column_widths(config: str | bool | None = False) -> dict[str, int]:
    """Least widths of the columns of a listing: "line", "hits", "time", "perhit", "percent".

    config: as for `lineprof.load_config`; False for the defaults.
    """
    return load_config(config).table("show.column_widths")


def is_generated_code(filename: str) -> bool:
    """Whether the name is that of code which no file has ever held: a cell of a notebook."""
    folder = gettempdir()
    cells = (os.path.join(folder, "ipykernel_"), os.path.join(folder, "xpython_"))
    return filename.startswith(("<generated", "<ipython-input-", *cells))


def label(code: CodeType | str) -> tuple[str, int, str]:
    """File, first line and qualified name of code; ("~", 0, name) for the name of a builtin."""
    if isinstance(code, str):
        return "~", 0, code
    return code.co_filename, code.co_firstlineno, code.co_qualname
