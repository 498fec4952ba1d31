"""Shows a profile where it is asked for: terminals get colours, all else the classic listing."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import IO, Any

from ..model.profile import Profile
from . import listing
from .options import TextOptions
from .terminal.ansi import Terminal

CLASSIC_UNIT = 1e-6
"""Seconds that the classic listing shows times in multiples of, unless asked for another unit."""


def show(
    profile: Profile,
    stream: IO[str] | None = None,
    *,
    unit: float | None = None,
    skip_zero: bool = False,
    summarize: bool = False,
    widths: Sequence[tuple[str, int]] = (),
    rich: bool | None = None,
) -> None:
    """Print a profile as `python -m lineprof` does.

    stream: where to; standard output by default.
    unit: seconds that times are shown in multiples of; by default what fits, or microseconds
        in the classic listing.
    skip_zero: leave out functions in which nothing was measured.
    summarize: end the classic listing with one line per function.
    widths: least widths of its columns, by name or "line".
    rich: True for the view made for terminals, False for the classic listing; by default what
        the stream is decides. Without the package rich it is the classic listing.

    OSError if the stream cannot be written to.
    """
    if stream is None:
        stream = sys.stdout
    options = TextOptions(unit=unit, skip_zero=skip_zero, summarize=summarize, widths=tuple(widths))
    write(profile, stream, options, rich)


def write(
    profile: Profile,
    stream: IO[str],
    options: TextOptions,
    rich: bool | None,
    classic_unit: float = CLASSIC_UNIT,
) -> None:
    """As `show`, with all options there are; classic_unit: for the classic listing."""
    lines = _terminal_lines(profile, stream, options, rich)
    if lines is None:
        if options.unit is None:
            options = replace(options, unit=classic_unit)
        listing.write(profile, stream, options)
        return
    for line in lines:
        listing.write_text(stream, line)


def _terminal_lines(
    profile: Profile, stream: IO[str], options: TextOptions, rich: bool | None
) -> Iterator[str] | None:
    """The view for terminals; None if that is not wanted, or cannot be had."""
    terminal = terminal_for(stream, rich)
    if terminal is None:
        return None
    from . import units
    from .terminal.ansi import is_terminal, painter
    from .terminal.layout import View
    from .terminal.listing import report

    view = View(
        terminal.width,
        terminal.glyphs,
        links=terminal.depth is not None,
        unit=None if options.unit is None else units.unit_of(options.unit),
        columns=options.columns,
        min_percent=options.min_percent,
        height=terminal.height if is_terminal(stream) else 0,
    )
    paint = painter(terminal)
    return (paint(line).rstrip() + "\n" for line in report(profile, view, options))


def terminal_for(stream: Any, rich: bool | None) -> Terminal | None:
    """What the stream can show; None if it should get plain text, or rich is not installed.

    rich: what the user said; None for nothing.
    """
    # `ansi` does not need rich to answer the first question.
    from .terminal import ansi

    if not ansi.wanted(stream, rich):
        return None
    try:
        return ansi.terminal_of(stream)
    except Exception:
        # rich is not installed; or the program has a module of that name, and it is that one.
        return None
