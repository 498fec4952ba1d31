"""The files that `profile` leaves behind, and what it prints."""

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from ..errors import LineprofError
from ..files import whole_file
from ..files.lprof import save
from ..interpreter import python_command, silence
from ..model.profile import Profile
from ..report.listing import render
from ..report.options import TextOptions
from ..report.rows import sort_of
from ..report.show import write


def write_all(
    profile: Profile,
    prefix: str,
    shown_prefix: str,
    *,
    what: Mapping[str, Any],
    how: Mapping[str, Any],
    widths: Mapping[str, int] | None = None,
    at_end: bool = False,
    now: Callable[[], datetime] = datetime.now,
) -> None:
    """Write the files that `what` asks for, and print what it asks to be shown.

    prefix, shown_prefix: beginning of the files' paths, and the same as messages have it.
    what, how, widths: tables `write`, `show` and `show.column_widths` of the configuration.
    at_end: the program is ending and writes no more itself.
    """
    screen = _Screen(at_end)
    options = TextOptions(
        unit=_unit(how.get("output_unit")),
        skip_zero=bool(how["stripzeros"]),
        sort=sort_of(how["sort"]),
        details=bool(how["details"]),
        summarize=bool(how["summarize"]),
        columns=None if how.get("columns") is None else tuple(how["columns"]),
        raw=bool(how.get("raw")),
        widths=tuple((widths or {}).items()),
        readable=True,
    )
    saved = what["lprof"] and _attempt(
        f"{shown_prefix}.lprof", lambda: save(profile, f"{prefix}.lprof", format=what.get("format"))
    )
    if what["stdout"]:
        # Colours where there is a terminal for them; a file gets the classic listing.
        rich = None if how["rich"] else False
        screen.put(lambda: write(profile, sys.stdout, options, rich, classic_unit=1e-9))
    suffixes = [".txt"] if what["text"] else []
    if what["timestamped_text"]:
        suffixes.append(f"_{now():%Y-%m-%dT%H%M%S}.txt")
    for suffix in suffixes:
        listed = partial(_write_listing, profile, replace(options, details=True), prefix + suffix)
        if _attempt(shown_prefix + suffix, listed):
            screen.say(f"Wrote profile results to {shown_prefix}{suffix}")
    if saved:
        name = f"{shown_prefix}.lprof"
        screen.say(f"Wrote profile results to {name}")
        screen.say("To view details run:")
        screen.say(f"{python_command()} -m lineprof -rtmz {shlex.quote(name)}")


def _write_listing(profile: Profile, options: TextOptions, path: str) -> None:
    whole_file.write(render(profile, options), path)


def _unit(asked: Any) -> float | None:
    """The unit the program asked for. One that makes no sense is told, and costs no results."""
    try:
        return TextOptions(unit=asked).unit
    except LineprofError as error:
        print(f"lineprof: show_config['output_unit']: {error}", file=sys.stderr)
        return None


def _attempt(name: str, act: Callable[[], object]) -> bool:
    try:
        act()
        return True
    except Exception as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        if sys.stderr is not None:
            print(f"lineprof: cannot write {name}: {reason}", file=sys.stderr)
        return False


class _Screen:
    """Standard output, for as long as somebody reads it: `head` closes it early."""

    def __init__(self, at_end: bool) -> None:
        self._is_read = sys.stdout is not None
        self._at_end = at_end

    def say(self, text: str) -> None:
        self.put(lambda: print(text, flush=True))

    def put(self, act: Callable[[], object]) -> None:
        if self._is_read:
            _attempt("standard output", lambda: self._unless_left(act))

    def _unless_left(self, act: Callable[[], object]) -> None:
        try:
            act()
        except BrokenPipeError:
            self._is_read = False
            if self._at_end:
                # Or the interpreter complains of what is still buffered, and exits with 120.
                silence(sys.stdout)
