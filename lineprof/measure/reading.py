"""What a LineProfiler measured, as a profile, a file or a listing."""

from __future__ import annotations

import sys
from time import monotonic_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike
    from types import CodeType
    from typing import IO

    from .._core import Profiler
    from ..code.source_cache import Texts
    from ..compat.stats import LineStats
    from ..live.wire import Packer
    from ..model.profile import FunctionKey, Profile


class Reading:
    """The part of LineProfiler that reads: at any time, also while numbers grow."""

    _core: Profiler
    _codes: dict[int, CodeType]
    _texts: Texts
    _cost: tuple[int, int, int]
    _started: float
    """Seconds since the epoch, and on a clock that is never put right:"""
    _began: int

    @property
    def clock(self) -> str:
        raise NotImplementedError

    def snapshot(self, *, per_thread: bool = False, source: bool = True) -> Profile:
        """The numbers so far, those of lines that are open included; may be taken at any time.

        per_thread: keep the numbers of each thread, too.
        source: keep the text of the functions.
        """
        from .snapshot import profile_from, run_metadata

        threads = self._core.snapshot()
        tick = self._core.tick
        run = run_metadata(
            started=self._started,
            duration=monotonic_ns() - self._began,
            core=self._core.core,
            clock=self.clock,
            tick=tick,
            cost=self._cost,
        )
        return profile_from(
            threads,
            list(self._codes.values()),
            tick * 1e9,
            run,
            source=self._text if source else _no_text,
            per_thread=per_thread,
        )

    def _packed(self, packer: Packer, spent: int, pause: float) -> bytes:
        """The numbers so far for a live view: what `snapshot` begins with."""
        return packer.packed(
            self._core.snapshot(),
            list(self._codes.values()),
            elapsed=monotonic_ns() - self._began,
            tick=self._core.tick,
            cost=self._cost,
            spent=spent,
            pause=pause,
        )

    def _text(self, key: FunctionKey) -> str | None:
        return self._texts.text(key.file, key.first_line, key.name)

    def get_stats(self) -> LineStats:
        """The numbers so far in the shape of line_profiler's: `timings` and `unit`."""
        from ..compat.stats import LineStats

        return LineStats.from_profile(self.snapshot(source=False))

    def dump_stats(self, filename: str | PathLike[str]) -> None:
        """Write the numbers so far to a .lprof file, in one step: whole, or not at all.

        OSError if that fails.
        """
        from ..files.lprof import save

        save(self.snapshot(), filename)

    def print_stats(  # noqa: PLR0917  (those of line_profiler, in its order)
        self,
        stream: IO[str] | None = None,
        output_unit: float | None = None,
        stripzeros: bool = False,
        details: bool = True,
        summarize: bool = False,
        sort: bool = False,
        rich: bool = False,
        *,
        config: str | PathLike[str] | bool | None = None,
        columns: Sequence[str] | None = None,
        raw: bool = False,
    ) -> None:
        """Print the numbers so far as an annotated listing.

        stream: where to; standard output by default.
        output_unit: seconds that times are shown in multiples of; nanoseconds by default.
        stripzeros: leave out functions in which nothing was measured.
        details: show the lines of each function; summarize: one line per function at the end.
        sort: by ascending total time, and not by file and line.
        rich: in colour with a summary first, as kernprof does, if the stream is a terminal (or
            FORCE_COLOR is set) and the package rich is installed.
        config: file with the least widths of columns (`lineprof.load_config`); False for none.
        columns: which to show; "self" and "await" are there besides the usual ones.
        raw: times as measured, the profiler's own cost included.

        UsageError for a unit that is not positive or an unknown column, LineprofError for a
        configuration that cannot be read.
        """
        from ..compat.stats import column_widths
        from ..report.options import TextOptions
        from ..report.show import write

        options = TextOptions(
            unit=output_unit,
            skip_zero=stripzeros,
            details=details,
            summarize=summarize,
            sort=sort,
            columns=None if columns is None else tuple(columns),
            raw=raw,
            widths=column_widths(config),
        )
        stream = sys.stdout if stream is None else stream
        write(self.snapshot(), stream, options, None if rich else False, classic_unit=1e-9)


def _no_text(key: FunctionKey) -> str | None:
    return None
