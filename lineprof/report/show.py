"""Shows a profile where it is asked for: in colour on terminals, else as the classic listing."""

import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import IO, Any

from ..model.profile import Profile
from . import listing
from .options import TextOptions
from .output import is_terminal, write_lines

CLASSIC_UNIT = 1e-6
"""Seconds that times of the classic listing are multiples of, unless another unit is asked for."""


MOST_LINES = 10_000  # Lines of source that are written into a pipe unless more are asked for


def show(
    profile: Profile,
    stream: IO[str] | None = None,
    *,
    unit: float | None = None,
    skip_zero: bool = False,
    summarize: bool = False,
    widths: Sequence[tuple[str, int]] = (),
    rich: bool | None = None,
    sort: bool | str = False,
    columns: Sequence[str] | None = None,
    top: int | None = None,
    min_percent: float = 0.0,
    filter: Sequence[str] = (),  # noqa: A002  (named as the option)
) -> None:
    """Print a profile as `python -m lineprof` does; OSError if the stream cannot be written to.

    unit: seconds that times are multiples of; by default what fits, or microseconds in the classic
        listing.
    skip_zero: leave out functions in which nothing was measured.
    summarize, widths: of the classic listing: one line per function at its end; least widths of
        columns, by name or "line".
    rich: True for the view made for terminals, False for the classic listing; by default the stream
        decides.
    sort, columns, top, min_percent, filter: as the options of `python -m lineprof` of these names.
    """
    options = TextOptions(
        unit=unit,
        skip_zero=skip_zero,
        sort=sort,
        summarize=summarize,
        columns=None if columns is None else tuple(columns),
        widths=tuple(widths),
        top=top,
        min_percent=min_percent,
        filter=tuple(filter),
    )
    write(profile, sys.stdout if stream is None else stream, options, rich)


def write(
    profile: Profile,
    stream: IO[str],
    options: TextOptions,
    rich: bool | None,
    *,
    classic_unit: float = CLASSIC_UNIT,
    pager: bool = False,
) -> None:
    """As `show`, with all options there are.

    classic_unit: the unit of the classic listing if the options have none.
    pager: let a pager show what is longer than the screen.
    """
    # Most output is no terminal's: this loads what draws for terminals only if it is wanted.
    from .terminal.ansi import painter, terminal_for

    terminal = terminal_for(stream, rich)
    if terminal is None:
        unit = classic_unit if options.unit is None else options.unit
        listing.write(profile, stream, replace(options, unit=unit))
        return
    from . import units
    from .terminal.layout import View
    from .terminal.listing import report

    paged = pager and is_terminal(stream)
    view = View(
        terminal.width,
        terminal.glyphs,
        links=terminal.depth is not None,
        unit=None if options.unit is None else units.unit_of(options.unit),
        columns=options.columns,
        min_percent=options.min_percent,
        height=terminal.height if is_terminal(stream) and not paged else 0,
    )
    paint = painter(terminal)
    lines = (paint(line).rstrip() + "\n" for line in report(profile, view, options))
    write_lines(stream, lines, terminal.height, pager=paged)


def shortened(
    profile: Profile, stream: IO[str], options: TextOptions, rich: bool | None
) -> tuple[TextOptions, str | None]:
    """Options for the functions that took longest, and a note, if a pipe would get too much."""
    from .terminal.ansi import wanted

    functions = sorted(profile.functions, key=lambda f: -f.total)
    sizes = [max(len(f.lines), (f.source or "").count("\n")) for f in functions]
    top = max(1, sum(end <= MOST_LINES for end in accumulate(sizes)))
    if (
        top >= len(functions)
        or options.selects
        or not options.details
        or not _is_pipe(stream)
        or wanted(stream, rich)
    ):
        return options, None
    note = (
        f"of {sum(sizes):,} lines in {len(functions):,} functions, those of the {top:,} "
        "that took longest are written: --top all writes all"
    )
    return replace(options, top=top), note


def _is_pipe(stream: Any) -> bool:
    """Whether the stream leads to another program: who names a file wants all of it."""
    try:
        return not stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and not stream.isatty()
    except (AttributeError, OSError, ValueError):
        return False
