"""The files that `profile` leaves behind, and what it prints."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from ..errors import LineprofError
from ..files.lprof import save
from ..model.profile import Profile
from ..report.listing import render
from ..report.options import TextOptions
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
    """Print and write what `what` asks for; a file that cannot be written is one line.

    prefix: beginning of the files' paths; shown_prefix: the same as messages have it.
    what, how, widths: tables `write`, `show` and `show.column_widths` of the configuration.
    at_end: the program has nothing more to say.
    """
    screen = _Screen(at_end)
    brief = TextOptions(
        skip_zero=how["stripzeros"],
        sort=how["sort"],
        details=how["details"],
        summarize=how["summarize"],
        widths=tuple((widths or {}).items()),
    )
    if what["stdout"]:
        # Colours where there is a terminal for them; a file gets the classic listing.
        rich = None if how["rich"] else False
        screen.put(lambda: write(profile, sys.stdout, brief, rich, classic_unit=1e-9))
    full = render(profile, _with_details(brief))
    suffixes = []
    if what["text"]:
        suffixes.append(".txt")
    if what["timestamped_text"]:
        suffixes.append(f"_{now():%Y-%m-%dT%H%M%S}.txt")
    for suffix in suffixes:
        if _attempt(shown_prefix + suffix, partial(_write, prefix + suffix, full)):
            screen.say(f"Wrote profile results to {shown_prefix}{suffix}")
    if what["lprof"]:
        name = f"{shown_prefix}.lprof"
        if _attempt(name, lambda: save(profile, f"{prefix}.lprof")):
            screen.say(f"Wrote profile results to {name}")
            screen.say("To view details run:")
            screen.say(f"{_python()} -m lineprof -rtmz {shlex.quote(name)}")


def _with_details(options: TextOptions) -> TextOptions:
    from dataclasses import replace

    return replace(options, details=True)


def _write(path: str, text: str) -> None:
    # Listings hold source text, and that may be anything.
    with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def _attempt(name: str, act: Callable[[], object]) -> bool:
    try:
        act()
        return True
    except (OSError, LineprofError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        if sys.stderr is not None:
            print(f"lineprof: cannot write {name}: {reason}", file=sys.stderr)
        return False


class _Screen:
    """Standard output, as long as it is read: one who has seen enough, as `head` has, leaves."""

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
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, sys.stdout.fileno())
                os.close(nowhere)


def _python() -> str:
    """What to type for this interpreter."""
    from shutil import which

    executable = sys.executable or "python"
    for name in ("python", "python3"):
        found = which(name)
        if found is not None and os.path.dirname(found) == os.path.dirname(executable):
            return name
    return shlex.quote(executable)
