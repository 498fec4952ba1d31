"""LineStats: a profile in the shape that line_profiler gives it, for code that expects that."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Protocol

from ..config import load_config
from ..files.lprof import load, save
from ..files.stat_rows import NANOSECOND, Key, Row, function_of, key_of, named_alike, rows_of
from ..model.profile import Profile
from ..report import listing
from ..report.options import TextOptions
from ..report.output import write_text
from ..report.rows import AS_GIVEN, sort_of
from ..report.show import write
from ..report.terminal.ansi import terminal_for


class SupportsStats(Protocol):
    """What `LineStats.from_stats_objects` adds up."""

    @property
    def timings(self) -> Mapping[Key, Sequence[Row]]: ...
    @property
    def unit(self) -> float: ...


class LineStats:
    """Hits and total times by function and line.

    timings: (file, first line, qualified name) -> (line, hits, total time), sorted by line;
        may be changed.
    unit: seconds of one unit of those times.
    """

    timings: dict[Key, list[Row]]
    unit: float

    # Of the class: `pickle` makes objects out of what line_profiler pickled, without them.
    _measured: Profile | None = None
    _raw: bool = False

    def __init__(self, timings: Mapping[Key, Sequence[Row]], unit: float) -> None:
        self.timings = {key: list(rows) for key, rows in timings.items()}
        self.unit = unit

    @classmethod
    def from_profile(cls, profile: Profile, raw: bool = False) -> LineStats:
        """The same numbers, in nanoseconds; `raw` leaves the profiler's own cost in them."""
        shown = profile if raw else profile.corrected()
        stats = cls({key_of(f): rows_of(f) for f in shown.functions}, NANOSECOND)
        stats._measured, stats._raw = profile, raw
        return stats

    def arranged(self, keys: Iterable[Key], unit: float) -> LineStats:
        """The same numbers with functions in the order of these keys, and times in this unit."""
        order = {key: index for index, key in reversed(list(enumerate(keys)))}
        last = len(order)
        stats = self
        if unit != self.unit:
            scale = self.unit / unit
            stats = LineStats(
                {
                    key: [(number, hits, round(time * scale)) for number, hits, time in rows]
                    for key, rows in self.timings.items()
                },
                unit,
            )
        found = sorted(stats.timings.items(), key=lambda item: order.get(item[0], last))
        stats.timings = dict(found)
        return stats

    @classmethod
    def from_files(
        cls, file: str | os.PathLike[str], /, *files: str | os.PathLike[str]
    ) -> LineStats:
        """What .lprof files hold, added up; errors as for `lineprof.load`."""
        first, *others = named_alike([load(name) for name in (file, *files)])
        return cls.from_profile(sum(others, first))

    @classmethod
    def from_stats_objects(cls, stats: SupportsStats, /, *more: SupportsStats) -> LineStats:
        """Several objects with `timings` and `unit`, added up in the coarsest of their units."""
        parts = (stats, *more)
        known = [part for part in parts if isinstance(part, LineStats) and part._measured]
        if len(known) == len(parts) and len({part._raw for part in known}) == 1:
            first, *others = (part.profile for part in known)
            return cls.from_profile(sum(others, first), known[0]._raw)
        unit = max(part.unit for part in parts)
        sums: dict[Key, dict[int, tuple[int, float]]] = {}
        for part in parts:
            for key, rows in part.timings.items():
                lines = sums.setdefault(key, {})
                for number, hits, time in rows:
                    old_hits, old_time = lines.get(number, (0, 0.0))
                    lines[number] = (old_hits + hits, old_time + time * (part.unit / unit))
        return cls(
            {
                key: [(number, hits, round(time)) for number, (hits, time) in sorted(lines.items())]
                for key, lines in sorted(sums.items())
            },
            unit,
        )

    @property
    def profile(self) -> Profile:
        """All that was measured of functions with unchanged `timings`; the timings of others."""
        return self._profile_of(sorted(self.timings))

    def _profile_of(self, keys: Iterable[Key]) -> Profile:
        known = {}
        if self._measured is not None:
            shown = self._measured if self._raw else self._measured.corrected()
            known = {
                key_of(f): (rows_of(f), measured)
                for f, measured in zip(shown.functions, self._measured.functions, strict=True)
            }
        functions = []
        for key in keys:
            rows = self.timings[key]
            found = known.get(key)
            if found is not None and found[0] == rows:
                functions.append(found[1])
            else:
                functions.append(function_of(key, rows, self.unit))
        runs = self._measured.runs if self._measured is not None else ()
        return Profile(runs, tuple(functions))

    def print(  # noqa: PLR0917 (as line_profiler has it)
        self,
        stream: IO[str] | None = None,
        output_unit: float | None = None,
        stripzeros: bool = False,
        details: bool = True,
        summarize: bool = False,
        sort: bool = False,
        rich: bool = False,
        *,
        config: str | os.PathLike[str] | bool | None = None,
    ) -> None:
        """Print the listing; options as for `LineProfiler.print_stats`.

        output_unit: by default `unit`, in colour what fits; sort: not in the order of `timings`.
        """
        options = TextOptions(
            unit=output_unit,
            skip_zero=stripzeros,
            sort=sort_of(sort) or AS_GIVEN,
            details=details,
            summarize=summarize,
            raw=self._raw,
            widths=column_widths(config),
        )
        profile = self._profile_of(self.timings)
        write(
            profile, stream or sys.stdout, options, None if rich else False, classic_unit=self.unit
        )

    def to_file(self, filename: str | os.PathLike[str]) -> None:
        """Write a .lprof file; OSError if that fails."""
        save(self.profile, filename)

    def __getstate__(self) -> dict[str, object]:
        """What `pickle` keeps: line_profiler's attributes, for `python -m lineprof` to read."""
        return {"timings": self.timings, "unit": self.unit}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.timings!r}, {self.unit:.2G})"

    def __eq__(self, other: object) -> bool:
        try:
            return _in_nanoseconds(self) == _in_nanoseconds(other)  # type: ignore[arg-type]
        except (AttributeError, TypeError, ValueError):
            return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: SupportsStats) -> LineStats:
        return self.from_stats_objects(self, other)

    def __iadd__(self, other: SupportsStats) -> LineStats:
        self.__dict__ = (self + other).__dict__
        return self


load_stats = LineStats.from_files


def show_text(  # noqa: PLR0917
    stats: Mapping[Key, Sequence[Row]],
    unit: float,
    output_unit: float | None = None,
    stream: IO[str] | None = None,
    stripzeros: bool = False,
    details: bool = True,
    summarize: bool = False,
    sort: bool = False,
    rich: bool = False,
    *,
    config: str | os.PathLike[str] | bool | None = None,
) -> None:
    """Print the listing of timings as in `LineStats`, with the options of `LineStats.print`."""
    LineStats(stats, unit).print(
        stream, output_unit, stripzeros, details, summarize, sort, rich, config=config
    )


def show_func(  # noqa: PLR0917
    filename: str,
    start_lineno: int,
    func_name: str,
    timings: Sequence[Row],
    unit: float,
    output_unit: float | None = None,
    stream: IO[str] | None = None,
    stripzeros: bool = False,
    rich: bool = False,
    *,
    config: str | os.PathLike[str] | bool | None = None,
) -> None:
    """Print the listing of one function, with the options of `LineStats.print`."""
    function = function_of((filename, start_lineno, func_name), timings, unit)
    if not function.hits and stripzeros:
        return
    options = TextOptions(unit=output_unit, widths=column_widths(config))
    stream = stream or sys.stdout
    if rich and terminal_for(stream, None) is not None:
        write(Profile((), (function,)), stream, options, None, classic_unit=unit)
    else:
        block = listing.function_block(function, output_unit or unit, widths=dict(options.widths))
        write_text(stream, block)


def column_widths(config: str | os.PathLike[str] | bool | None) -> tuple[tuple[str, int], ...]:
    """Least widths of columns that a configuration states, by name."""
    return tuple(load_config(config).stated("show.column_widths").items())


def _in_nanoseconds(stats: SupportsStats) -> dict[object, list[tuple[int, int, int]]]:
    """The timings of statistics in whatever unit, to compare them."""
    scale = stats.unit * 1e9
    return {
        key: [(line, hits, round(time * scale)) for line, hits, time in lines]
        for key, lines in stats.timings.items()
    }
