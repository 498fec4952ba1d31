"""The messages from the program to the viewer: tuples of the core, marshalled.

The viewer makes a `Profile` of them, which takes thirty times as long as copying them.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable
from types import SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from .._core import _Thread
    from ..model.profile import Profile, Run

END = b""  # The last message


class Packer:
    """Makes messages of snapshots; each code object is described once."""

    def __init__(self) -> None:
        self._known: dict[int, CodeType] = {}

    def packed(
        self,
        threads: Iterable[_Thread],
        codes: Iterable[CodeType],
        elapsed: int,
        tick: float,
        cost: tuple[int, int, int],
        *,
        spent: int,
        pause: float,
    ) -> bytes:
        """The message for one reading: what `LineProfiler._read` returns, and what readings cost.

        spent: ns of CPU time so far; pause: seconds to the next.
        """
        new: list[tuple[int, str, int, str]] = []

        def number(code: CodeType) -> int:
            if id(code) not in self._known:
                # Kept, so that its id stays its own.
                self._known[id(code)] = code
                new.append((id(code), code.co_filename, code.co_firstlineno, code.co_qualname))
            return id(code)

        registered = [number(code) for code in codes]
        rows = [
            (
                ident,
                [
                    (
                        number(code),
                        *sums,
                        lines,
                        [(at, number(to), *more) for at, to, *more in edges],
                    )
                    for code, *sums, lines, edges in found
                ],
            )
            for ident, found in threads
        ]
        return marshal.dumps((new, registered, rows, elapsed, tick, cost, spent, pause))


class Unpacker:
    """Makes profiles of messages.

    run: of the process that sends them; texts: source of code that is in no file, by file name.
    """

    def __init__(self, run: Run, texts: dict[str, str]) -> None:
        self._run = run
        self._codes: dict[int, Any] = {}
        self._lines = {name: text.splitlines(True) for name, text in texts.items()}
        self._rest: Any = ([], [], 0, 1e-9, (0, 0, 0))
        self.spent = 0
        self.pause = 0.0

    def take(self, message: bytes) -> None:
        """Take in a message. None may be left out: each code object is described once."""
        new, *self._rest, self.spent, self.pause = marshal.loads(message)
        for number, file, line, name in new:
            self._codes[number] = SimpleNamespace(
                co_filename=file, co_firstlineno=line, co_qualname=name
            )

    def profile(self) -> Profile:
        """The profile of the last message, uncorrected and without source."""
        from dataclasses import replace

        from ..measure.snapshot import profile_from

        registered, rows, elapsed, tick, cost = self._rest
        codes = self._codes
        threads: list[Any] = [
            (
                ident,
                [
                    (codes[code], *sums, lines, [(at, codes[to], *more) for at, to, *more in edges])
                    for code, *sums, lines, edges in found
                ],
            )
            for ident, found in rows
        ]
        run = replace(self._run, duration=elapsed, tick=tick, cost=tuple(cost))
        return profile_from(threads, [codes[code] for code in registered], tick * 1e9, run)

    def remember_texts(self) -> None:
        """Put the texts that are in no file into `linecache`."""
        import linecache

        for name, lines in self._lines.items():
            linecache.cache[name] = (sum(map(len, lines)), None, lines, name)
