"""The listing made for terminals: a summary, then each function with its heat.

It is made of lines of pieces, and folds away long stretches of source without numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ...errors import printable
from ...model.profile import Function, FunctionKey, Profile
from .. import units
from ..columns import COLUMNS, usual
from ..command_line import command_line
from ..heat import bar, level
from ..options import DEFAULTS, TextOptions
from ..rows import Row, chosen, hottest, is_unused, notes, ordered, rows, text_of
from .layout import (
    LONGEST_TEXT,
    View,
    awaited,
    beside_source,
    counts,
    facts_in,
    fixed,
    indent_of,
    link_to,
    named,
    percents,
    ranking,
    ruled,
    share,
    times,
    unit_name,
    where,
)
from .pieces import Line, Piece, cells, cut, filled, literal, plain, width_of, wrap
from .syntax import highlighted

HOT_LINES = 10  # How many lines the summary shows
HOT_LINES_AGAIN = 5  # How many of them come again at the end, once the summary has left the screen
MOST_FUNCTIONS = 25
"""How many functions the summary shows, and the listing unless the user chose some."""
MOST_UNUSED = 10  # How many functions that were never called are named
SHORTEST_FOLD = 5  # How many lines without hits are worth folding
BAR = 10  # Columns of the bar beside % Time, where there is room for one
NARROW = (("perhit", 30), ("await", 26), ("time", 22))
"""Columns that give way, each where the source would have less room than this."""
SHORT_COMMAND = 24  # Columns that the command should have: other facts make room for it


def report(profile: Profile, view: View, options: TextOptions = DEFAULTS) -> Iterator[Line]:
    shown, functions = chosen(profile, options, sort="self")
    yield []
    yield from heading(shown, view)
    for note in notes(shown, functions):
        yield []
        yield from wrap([Piece(f" {printable(note)}", "alert")], view.width, 1, view.glyphs.cut)
    used = [function for function in functions if not is_unused(function)]
    whole = sum(function.self_time for function in shown.functions)
    if used:
        # By self time: those that only call others would fill a list by total time.
        ranked = ordered(used, "self")
        yield []
        yield from functions_listed(ranked, whole, view)
        yield from hottest_lines(ranked, whole, view)
    below = 0
    if options.details:
        detailed = used if options.selects else _worth_showing(used)
        for line in _details(used, detailed, whole, view):
            below += 1
            yield line
    if len(used) < len(functions) and not options.skip_zero:
        yield []
        yield from never_called([f for f in functions if is_unused(f)], view)
    if used and 0 < view.height < below:
        again = f"again: the summary is {below:,} lines above"
        yield from hottest_lines(ranked, whole, view, HOT_LINES_AGAIN, again)


def _details(
    functions: Sequence[Function], detailed: Sequence[Function], whole: int, view: View
) -> Iterator[Line]:
    for function in detailed:
        yield []
        yield from function_lines(function, whole, view)
    left = len(functions) - len(detailed)
    if left:
        yield []
        more = units.plural(left, "more function")
        text = f" {view.glyphs.fold} {more}: --filter or --top shows them"
        yield cut([Piece(text, "faint")], view.width, view.glyphs.cut)


def _worth_showing(functions: Sequence[Function]) -> list[Function]:
    """Those that the summary names, in the order asked for."""
    named = {function.key for function in ordered(functions, "self")[:MOST_FUNCTIONS]}
    return [function for function in functions if function.key in named]


def heading(profile: Profile, view: View) -> Iterator[Line]:
    """What ran and how it was measured; the command is cut if there is no room."""
    runs = profile.runs
    command = _common(command_line(run.argv) for run in runs)
    python = _common(run.python for run in runs)
    clock = _common(run.clock.partition("/")[0] for run in runs)
    facts = [f"Python {python}"] if python else []
    facts += [f"{clock} time"] if clock else []
    facts += [units.plural(len(runs), "run")] if len(runs) > 1 else []
    duration = sum(run.duration for run in runs)
    facts += [f"ran {units.time(duration)}"] if duration else []
    dot = f" {view.glyphs.dot} "
    if command:

        def room() -> int:
            facts_width = sum(len(dot) + cells(fact) for fact in facts)
            return view.width - len(" lineprof") - facts_width - len(dot)

        while len(facts) > 1 and room() < min(cells(command), SHORT_COMMAND):
            del facts[0]
        short = cut([Piece(command)], max(room(), view.width // 4), view.glyphs.cut)
        facts.insert(0, plain(short))
    title = Piece(" lineprof", "title")
    yield facts_in([[title], *([Piece(fact)] for fact in facts)], view, "")


def _common(facts: Iterable[str]) -> str:
    one, *others = {*facts} or {""}
    return "" if others else printable(one)


def functions_listed(functions: Sequence[Function], whole: int, view: View) -> Iterator[Line]:
    """A table of functions, in the order given; whole: ns that 100 percent stand for."""
    listed = functions[:MOST_FUNCTIONS]
    # One unit for both: they are compared with each other.
    unit = view.unit or units.common_unit(max(f.total, f.self_time) for f in listed)
    shares = [share(f.self_time, whole) for f in listed]
    columns = [
        percents(shares),
        times("Self", [f.self_time for f in listed], unit, view),
        times("Total", [f.total for f in listed], unit, view),
        *awaited([f.suspended for f in listed], view),
        counts("Calls", [f.calls for f in listed]),
    ]
    widest = max(cells(printable(f.key.name)) for f in listed)
    widest = min(widest, max(view.width // 3, 24))
    names = [named(f.key, widest, view) for f in listed]
    note = f"  by self time, of {units.time(whole)} in profiled code"
    title = [Piece(" Functions", "title"), Piece(note, "faint")]
    yield cut(title, view.width, view.glyphs.cut)
    spare = ("Await", "Calls", "Total")
    yield from ranking(columns, shares, "Function", names, view, room=widest, spare=spare)
    rest = functions[MOST_FUNCTIONS:]
    if rest:
        own_share = share(sum(f.self_time for f in rest), whole)
        text = f" {view.glyphs.fold} {len(rest):,} more, with {own_share:.1f}% of the time"
        yield [Piece(text, "faint")]


def hottest_lines(
    functions: Sequence[Function],
    whole: int,
    view: View,
    count: int = HOT_LINES,
    note: str = "by self time",
) -> Iterator[Line]:
    """The lines with the most self time of all functions; whole: ns of 100 percent."""
    # Fewer, if there are not as many: what shows as 0.0% is not hot.
    found = hottest(functions, whole, count)
    hot = [h for h in found if level(h.percent)] or found
    if not hot:
        return
    unit = view.unit or units.common_unit(h.line.self_time for h in hot)
    sources = highlighted([literal(h.text[:LONGEST_TEXT]) for h in hot])
    most = beside_source(view)
    places = [where(h.function.key, h.line.number, view, most) for h in hot]
    widest = max(map(width_of, places))
    shares = [h.percent for h in hot]
    columns = [
        percents(shares),
        times("Self", [h.line.self_time for h in hot], unit, view),
        # Only where it leaves room for the source.
        *(awaited([h.line.suspended for h in hot], view) if view.width >= 100 else ()),
        counts("Hits", [h.line.hits for h in hot]),
    ]
    texts = [
        fixed([*filled(place, widest), Piece("  "), *source])
        for place, source in zip(places, sources, strict=True)
    ]
    yield []
    title = [Piece(" Hottest lines", "title"), Piece(f"  {note}", "faint")]
    yield cut(title, view.width, view.glyphs.cut)
    room = widest + 2 + min(12, max(map(width_of, sources)))
    spare = ("Await", "Hits", "Self")
    yield from ranking(columns, shares, "Line", texts, view, room=room, spare=spare)


def never_called(functions: Sequence[Function], view: View) -> Iterator[Line]:
    """Their names, if they are few: their source would say nothing."""
    if len(functions) > MOST_UNUSED:
        yield [Piece(f" {len(functions):,} functions were never called", "faint")]
        return
    yield [Piece(" Never called", "title")]
    for function in functions:
        place = where(function.key, function.key.first_line, view)
        line = [Piece("   "), Piece(printable(function.key.name)), Piece("  "), *place]
        yield cut(line, view.width, view.glyphs.cut)


def function_lines(function: Function, whole: int, view: View) -> Iterator[Line]:
    yield function_title(function, view)
    yield function_facts(function, whole, view)
    header, body = function_table(function, view)
    yield header
    for _, lines in body:
        yield from lines
    if text_of(function) is None:
        note: Line = [Piece("   Its source could not be found.", "faint")]
        yield cut(note, view.width, view.glyphs.cut)


def function_title(function: Function, view: View) -> Line:
    place = where(function.key, function.key.first_line, view)
    return ruled([Piece(printable(function.key.name), "name")], place, view)


def function_facts(function: Function, whole: int, view: View) -> Line:
    percent = share(function.total, whole)
    total, own = units.time(function.total), units.time(function.self_time)
    facts = [[Piece(total, f"heat{max(1, level(percent))}")]]
    facts[0].append(Piece(f" total ({percent:.1f}% of all)"))
    if own != total:
        facts.append([Piece(f"{own} self")])
    if function.suspended:
        facts.append([Piece(f"{units.time(function.suspended)} awaiting", "await")])
    facts.append([Piece(f"{units.count(function.calls)} call{'s' * (function.calls != 1)}")])
    if function.calls > 1:
        facts.append([Piece(f"{units.time(function.total / function.calls)} per call")])
    return facts_in(facts, view)


Body = list[tuple[int, list[Line]]]
"""Lines of a table by the number of the source line they show, 0 for none."""


class _Column(NamedTuple):
    name: str
    title: str
    width: int
    pieces: list[Piece]  # one for each part that is shown, empty beside folded lines


def function_table(
    function: Function, view: View, fresh: frozenset[int] = frozenset()
) -> tuple[Line, Body]:
    """Header and lines of the table of one function; fresh: source lines to point at."""
    table = rows(function, text_of(function))
    indent = min((indent_of(row.text) for row in table if row.text.strip()), default=0)
    texts = highlighted([literal(row.text[:LONGEST_TEXT])[indent:] for row in table])
    shown = list(_folded(list(zip(table, texts, strict=True)), view))
    names = view.columns or usual(function.suspended > 0)
    columns = [_line_column(function.key, shown, view)]
    columns += [_column(name, table, shown, view) for name in names]
    bars = view.width >= 110 and "percent" in names

    def left() -> int:
        """The column in which the source begins."""
        return sum(column.width + 2 for column in columns) + (BAR + 1 if bars else 0) + 1

    for name, room in NARROW:
        if view.columns is None and view.width - left() < room:
            columns = [column for column in columns if column.name != name]
    start = left()
    header: Line = [Piece(" ", "head")]
    for column in columns:
        gap = BAR + 3 if bars and column.name == "percent" else 2
        header.append(Piece(column.title.rjust(column.width) + " " * gap, "head"))
    header.append(Piece("Source", "head"))
    body: Body = []
    for index, part in enumerate(shown):
        if len(part) > 1:
            body.append((0, [_fold_line([row for row, _ in part], start, view)]))
            continue
        row, text = part[0]
        line: Line = [Piece(view.glyphs.pointer if row.number in fresh else " ", "live")]
        for column in columns:
            piece = column.pieces[index]
            pad = " " * (column.width - cells(piece.text))
            if piece.style.startswith("block"):
                line += [Piece(pad[:-1]), Piece(f" {piece.text} ", piece.style), Piece(" ")]
            else:
                line += [Piece(pad), piece, Piece("  ")]
            if bars and column.name == "percent":
                drawn = bar(row.percent or 0.0, BAR, view.glyphs.unicode)
                line += filled([Piece(drawn, f"bar{max(1, level(row.percent))}")], BAR + 1)
        body.append((row.number, _with_source(line, start, row, text, view)))
    return cut(filled(header, view.width), view.width, ""), body


def _line_column(key: FunctionKey, shown: Sequence[_Shown], view: View) -> _Column:
    def cell(row: Row) -> Piece:
        link = link_to(key.file, row.number) if view.links else ""
        return Piece(str(row.number), "number_column", link)

    return _made("line", "Line", cell, shown)


def _column(name: str, table: Sequence[Row], shown: Sequence[_Shown], view: View) -> _Column:
    column = COLUMNS[name]
    unit, text = column.in_table(table, view.unit)

    def cell(row: Row) -> Piece:
        # What was never suspended says so by saying nothing.
        shown = "" if name == "await" and not column.of(row) else text(row)
        return Piece(shown, _style(name, column.of(row), level(row.percent)))

    title = f"{column.title} {unit_name(unit, view)}" if unit else column.title
    return _made(name, title, cell, shown)


def _made(name: str, title: str, cell: Callable[[Row], Piece], shown: Sequence[_Shown]) -> _Column:
    pieces = [cell(part[0][0]) if len(part) == 1 else Piece("") for part in shown]
    return _Column(name, title, max([cells(title), *(cells(p.text) for p in pieces)]), pieces)


def _style(name: str, value: float | None, heat: int) -> str:
    """What a cell looks like; heat: the level of its line."""
    if name == "time":
        return f"heat{heat}"
    if name == "percent":
        return f"block{heat}" if heat >= 3 else f"heat{heat}"
    if name == "perhit":
        return "" if heat else "heat0"
    if name == "self":
        return "" if value else "heat0"
    return "await" if name == "await" else ""


_Shown = list[tuple[Row, Line]]  # A row with its source, or several that are folded together


def _with_source(line: Line, left: int, row: Row, text: Line, view: View) -> list[Line]:
    room = view.width - left
    if row.line is None:
        if not _is_head(row.text):
            text = [piece._replace(style="faint") for piece in text]
        return [cut([*line, *text], view.width, view.glyphs.cut)]
    if room < 12:
        return [cut(line, view.width, "")]
    indent = indent_of("".join(piece.text for piece in text)) + 4
    first, *more = wrap(text, room, indent, view.glyphs.cut)
    return [[*line, *first], *([Piece(" " * left), *rest] for rest in more)]


def _fold_line(hidden: Sequence[Row], left: int, view: View) -> Line:
    first, last = hidden[0].number, hidden[-1].number
    below = any(row.line is not None for row in hidden)
    what = f"below {view.min_percent:g}%" if below else "without hits"
    text = f"{view.glyphs.fold} {len(hidden):,} lines {what}"
    if view.width - left - cells(text) > 24:
        text += f" ({first}-{last})"
    return cut([Piece(" " * left), Piece(text, "faint")], view.width, view.glyphs.cut)


def _folded(table: _Shown, view: View) -> Iterator[_Shown]:
    """The rows one by one, and those folded together in one list; the head stays."""

    def cold(pair: tuple[Row, Line]) -> bool:
        row = pair[0]
        if view.min_percent > 0:
            return (row.percent or 0.0) < view.min_percent
        return row.line is None

    for is_cold, group in groupby(table, cold):
        stretch = list(group)
        if not is_cold or not view.fold or len(stretch) < SHORTEST_FOLD:
            yield from ([pair] for pair in stretch)
            continue
        head = _head_length(stretch) if stretch[0] is table[0] else 0
        yield from ([pair] for pair in stretch[:head])
        if len(stretch) - head < SHORTEST_FOLD:
            yield from ([pair] for pair in stretch[head:])
        else:
            yield stretch[head:]


def _head_length(stretch: Sequence[tuple[Row, Line]]) -> int:
    """How many lines it takes to the `def`, included; a few, if there is none."""
    for index, (row, _) in enumerate(stretch[:12]):
        if _is_head(row.text) and not row.text.lstrip().startswith("@"):
            return index + 1
    return min(2, len(stretch))


def _is_head(text: str) -> bool:
    return text.lstrip().startswith(("def ", "async def ", "class ", "@"))
