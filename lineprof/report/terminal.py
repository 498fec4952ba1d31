"""The listing as a terminal shows it best: a summary, then each function with its heat.

Everything here makes lines of pieces; `ansi` gives them colours. Where the classic listing
repeats a source file, this one leaves out what has no numbers and is long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..errors import printable
from ..model import Function, FunctionKey, Profile
from ..model import Line as Numbers
from . import units
from .heat import bar, level
from .options import DEFAULTS, TextOptions
from .pieces import Glyphs, Line, Piece, cells, cut, filled, literal, width_of, wrap
from .places import link_to, place_of
from .syntax import highlighted
from .table import Row, hottest, is_unused, ordered, plural, remark, rows, select, text_of

HOT_LINES = 10
"""How many lines the summary shows."""
MOST_FUNCTIONS = 25
"""How many functions the summary shows."""
SHARE_SHOWN = 0.1
"""Percent of all time from which on a function is shown even if there are many others."""
MOST_UNUSED = 10
"""How many functions that were never called are named."""
SHORTEST_FOLD = 5
"""Lines without hits that are worth folding into one."""
LONGEST_TEXT = 2_000
"""Characters of a source line that are looked at."""


@dataclass(frozen=True, slots=True)
class View:
    """How much room there is, and what it is drawn with."""

    width: int
    glyphs: Glyphs
    links: bool = True
    unit: units.Unit | None = None
    """What times are multiples of; None: what fits each column."""
    columns: tuple[str, ...] | None = None
    min_percent: float = 0.0
    fold: bool = True


def report(profile: Profile, view: View, options: TextOptions = DEFAULTS) -> Iterator[Line]:
    """All of it, line by line; of the options all but `summarize` count: it is always there."""
    shown = profile if options.raw else profile.corrected()
    functions = select(
        shown,
        only=options.filter,
        min_percent=options.min_percent,
        top=options.top,
        sort=options.sort or "self",
    )
    yield []
    yield from heading(shown, view)
    note = remark(shown, functions)
    if note:
        yield []
        yield [Piece(" " + note)]
    used = [function for function in functions if not is_unused(function)]
    whole = sum(function.self_time for function in shown.functions)
    if used:
        # By self time: by total time, those that only call others would fill the list.
        ranked = ordered(used, "self")
        yield []
        yield from functions_listed(ranked, whole, view)
        yield []
        yield from hottest_lines(ranked, view)
    if options.details:
        asked = options.top is not None or options.filter or options.min_percent
        yield from _details(used, used if asked else _worth_showing(used, whole), whole, view)
    if len(used) < len(functions) and not options.skip_zero:
        yield []
        yield from never_called([f for f in functions if is_unused(f)], view)


def _details(
    functions: Sequence[Function], detailed: Sequence[Function], whole: int, view: View
) -> Iterator[Line]:
    for function in detailed:
        yield []
        yield from function_lines(function, whole, view)
    left = len(functions) - len(detailed)
    if left:
        yield []
        text = f"{plural(left, 'function')} below {SHARE_SHOWN:g}% left out"
        yield [Piece(f" {view.glyphs.fold} {text}: --filter, --top or --plain show more", "faint")]


def _worth_showing(functions: Sequence[Function], whole: int) -> list[Function]:
    """All, if the summary shows all; else those that are worth a look among so many."""
    if len(functions) <= MOST_FUNCTIONS:
        return list(functions)
    return [f for f in functions if _share(f.total, whole) >= SHARE_SHOWN]


def heading(profile: Profile, view: View) -> Iterator[Line]:
    """What was run, and how it was measured."""
    facts = []
    runs = profile.runs
    if len(runs) == 1:
        run = runs[0]
        command = " ".join(run.argv)
        if command:
            facts.append(printable(command))
        if run.python:
            facts.append(f"Python {printable(run.python)}")
        clock = run.clock.partition("/")[0]
        if clock:
            facts.append(f"{printable(clock)} time")
        if run.duration:
            facts.append(f"ran {units.time(run.duration)}")
    elif runs:
        facts.append(plural(len(runs), "run"))
    line = [Piece(" lineprof ", "title")]
    for fact in facts:
        line += [Piece(f" {view.glyphs.dot} ", "faint"), Piece(fact)]
    yield cut(line, view.width, view.glyphs.cut)


def functions_listed(functions: Sequence[Function], whole: int, view: View) -> Iterator[Line]:
    """A table of them, in the order given; whole: ns that 100 percent stand for."""
    listed = functions[:MOST_FUNCTIONS]
    # One unit for both: they are compared with each other.
    unit = view.unit or units.common_unit(max(f.total, f.self_time) for f in listed)
    waited = any(f.suspended for f in listed)
    wait = view.unit or units.common_unit(f.suspended for f in listed)
    titles = ["%", f"Self {_u(unit, view)}", f"Total {_u(unit, view)}"]
    titles += [f"Await {_u(wait, view)}"] if waited else []
    titles += ["Calls"]
    widest = max(cells(printable(f.key.name)) for f in listed)
    widest = min(widest, view.width // 3)
    table: list[_Ranked] = []
    for function in listed:
        percent = _share(function.self_time, whole)
        row = [
            Piece(units.percent(percent), f"heat{level(percent)}"),
            Piece(units.number(function.self_time, unit)),
            Piece(units.number(function.total, unit)),
        ]
        if waited:
            waiting = units.number(function.suspended, wait) if function.suspended else ""
            row.append(Piece(waiting, "await"))
        row.append(Piece(units.count(function.calls)))
        table.append((row, percent, _named(function, widest, view)))
    yield [Piece(" Functions", "title"), Piece("  by self time", "faint")]
    yield from _ranking(titles, table, "Function", view)
    rest = functions[MOST_FUNCTIONS:]
    if rest:
        own_share = _share(sum(f.self_time for f in rest), whole)
        text = f" {view.glyphs.fold} {len(rest):,} more, with {own_share:.1f}% of the time"
        yield [Piece(text, "faint")]


def hottest_lines(
    functions: Sequence[Function], view: View, count: int = HOT_LINES
) -> Iterator[Line]:
    """The lines on which most time is spent, whatever function they belong to."""
    # At most so many: what shows as 0.0% is not hot.
    found = hottest(functions, count)
    hot = [h for h in found if level(h.percent)] or found
    unit = view.unit or units.common_unit(h.line.self_time for h in hot)
    texts = highlighted([literal(h.text[:LONGEST_TEXT]) for h in hot])
    places = [where(h.function.key, h.line.number, view, view.width // 3) for h in hot]
    widest = max(map(width_of, places), default=0)
    table: list[_Ranked] = []
    for item, place, text in zip(hot, places, texts, strict=True):
        row = [
            Piece(units.percent(item.percent), f"heat{level(item.percent)}"),
            Piece(units.number(item.line.self_time, unit)),
            Piece(units.count(item.line.hits)),
        ]
        line = [*filled(place, widest), Piece("  "), *text]
        table.append((row, item.percent, _fixed(line)))
    yield [Piece(" Hottest lines", "title"), Piece("  by self time", "faint")]
    yield from _ranking(["%", f"Self {_u(unit, view)}", "Hits"], table, "Line", view)


def never_called(functions: Sequence[Function], view: View) -> Iterator[Line]:
    """Their names if they are few: their source would say nothing."""
    if len(functions) > MOST_UNUSED:
        yield [Piece(f" {len(functions):,} functions were never called", "faint")]
        return
    yield [Piece(" Never called", "title")]
    for function in functions:
        place = where(function.key, function.key.first_line, view)
        line = [Piece("   "), Piece(printable(function.key.name)), Piece("  "), *place]
        yield cut(line, view.width, view.glyphs.cut)


def function_lines(function: Function, whole: int, view: View) -> Iterator[Line]:
    """Head and source lines of one function."""
    yield function_title(function, view)
    yield function_facts(function, whole, view)
    header, body = function_table(function, view)
    yield header
    for _, lines in body:
        yield from lines


def function_title(function: Function, view: View) -> Line:
    """Its name and place on a rule as wide as the view."""
    rule = view.glyphs.rule
    place = where(function.key, function.key.first_line, view)
    left = [Piece(f"{rule}{rule} ", "faint"), Piece(printable(function.key.name), "name")]
    left = cut([*left, Piece(" ")], max(view.width - width_of(place) - 6, 20), view.glyphs.cut)
    room = max(view.width - width_of(left) - width_of(place) - 4, 1)
    line = [*left, Piece(f"{rule * room} ", "faint"), *place, Piece(f" {rule}{rule}", "faint")]
    return cut(line, view.width, view.glyphs.cut)


def function_facts(function: Function, whole: int, view: View) -> Line:
    """Its time, share and calls."""
    percent = _share(function.total, whole)
    facts = [[Piece(units.time(function.total), f"heat{max(1, level(percent))}")]]
    facts[0].append(Piece(f" total ({percent:.1f}% of all)"))
    if function.self_time != function.total:
        facts.append([Piece(f"{units.time(function.self_time)} self")])
    if function.suspended:
        facts.append([Piece(f"{units.time(function.suspended)} awaiting", "await")])
    facts.append([Piece(f"{units.count(function.calls)} call{'s' * (function.calls != 1)}")])
    if function.calls > 1:
        facts.append([Piece(f"{units.time(function.total / function.calls)} per call")])
    line: Line = [Piece("   ")]
    for index, fact in enumerate(facts):
        line += [Piece(f" {view.glyphs.dot} ", "faint"), *fact] if index else fact
    return cut(line, view.width, view.glyphs.cut)


Body = list[tuple[int, list[Line]]]
"""Lines of a table by the number of the source line they show, 0 for none."""


def function_table(
    function: Function, view: View, fresh: frozenset[int] = frozenset()
) -> tuple[Line, Body]:
    """Header and lines of the table of one function.

    fresh: source lines to be pointed at.
    """
    table = rows(function, text_of(function))
    columns = _columns(function, table, view)
    indent = min((_indent(row.text) for row in table if row.text.strip()), default=0)
    texts = highlighted([literal(row.text[:LONGEST_TEXT])[indent:] for row in table])
    shown = list(_folded(list(zip(table, texts, strict=True)), view))
    grid = [[c.cell(part[0][0]) for c in columns] if len(part) == 1 else [] for part in shown]
    widths = [
        max(cells(column.title), *(cells(row[index].text) for row in grid if row), 0)
        for index, column in enumerate(columns)
    ]
    bars = view.width >= 110
    left = sum(widths) + 2 * len(columns) + (11 if bars else 0) + 1
    header: Line = [Piece(" ", "head")]
    for column, width in zip(columns, widths, strict=True):
        header.append(Piece(column.title.rjust(width) + "  ", "head"))
    header.append(Piece((" " * 11 if bars else "") + "Source", "head"))
    body: Body = []
    for part, pieces in zip(shown, grid, strict=True):
        if not pieces:
            hidden = [row for row, _ in part]
            body.append((0, [_fold_line(hidden, left, view)]))
            continue
        row, text = part[0]
        line: Line = [Piece(view.glyphs.pointer if row.number in fresh else " ", "live")]
        for piece, width in zip(pieces, widths, strict=True):
            pad = " " * (width - cells(piece.text))
            if piece.style.startswith("block"):
                line += [Piece(pad[:-1]), Piece(f" {piece.text} ", piece.style), Piece(" ")]
            else:
                line += [Piece(pad), piece, Piece("  ")]
        if bars:
            heat = level(row.percent)
            drawn = Piece(bar(row.percent or 0.0, 10, view.glyphs.unicode), f"bar{max(1, heat)}")
            line += filled([drawn], 11)
        body.append((row.number, _with_source(line, left, row, text, view)))
    return cut(filled(header, view.width), view.width, ""), body


def _with_source(line: Line, left: int, row: Row, text: Line, view: View) -> list[Line]:
    room = view.width - left
    if row.line is None:
        if not _is_head(row.text):
            text = [piece._replace(style="faint") for piece in text]
        return [cut([*line, *text], view.width, view.glyphs.cut)]
    if room < 12:
        return [cut(line, view.width, "")]
    indent = _indent("".join(piece.text for piece in text)) + 4
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


def _folded(table: list[tuple[Row, Line]], view: View) -> Iterator[list[tuple[Row, Line]]]:
    """The rows one by one, and in one list those that are folded away together.

    What is next to a line with numbers stays, and so does the head of the function.
    """

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
    """Lines up to and with the `def`; a few, if it is not found."""
    for index, (row, _) in enumerate(stretch[:12]):
        if _is_head(row.text) and not row.text.lstrip().startswith("@"):
            return index + 1
    return min(2, len(stretch))


def _is_head(text: str) -> bool:
    return text.lstrip().startswith(("def ", "async def ", "class ", "@"))


# -- columns -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    cell: Callable[[Row], Piece]


def _columns(function: Function, table: Sequence[Row], view: View) -> list[_Column]:
    names = view.columns
    if names is None:
        names = ("hits", "time", "perhit", "percent")
        names += ("await",) if function.suspended else ()
    made = [_Column("Line", lambda row: _line_number(function.key, row.number, view))]
    measured = [row.line for row in table if row.line is not None]
    return made + [_MAKERS[name](measured, view) for name in names]


def _line_number(key: FunctionKey, number: int, view: View) -> Piece:
    return Piece(str(number), "number_column", link_to(key.file, number) if view.links else "")


def _times(
    name: str, style: str, value: Callable[[Numbers], int]
) -> Callable[[Sequence[Numbers], View], _Column]:
    def column(measured: Sequence[Numbers], view: View) -> _Column:
        unit = view.unit or units.common_unit(map(value, measured))

        def cell(row: Row) -> Piece:
            if row.line is None:
                return Piece("")
            ns = value(row.line)
            return Piece(units.number(ns, unit), style if ns else "heat0")

        return _Column(f"{name} {_u(unit, view)}", cell)

    return column


def _time_column(measured: Sequence[Numbers], view: View) -> _Column:
    unit = view.unit or units.common_unit(line.total for line in measured)

    def cell(row: Row) -> Piece:
        if row.line is None:
            return Piece("")
        return Piece(units.number(row.line.total, unit), f"heat{level(row.percent)}")

    return _Column(f"Time {_u(unit, view)}", cell)


def _per_hit_column(measured: Sequence[Numbers], view: View) -> _Column:
    unit = view.unit or units.typical_unit(line.per_hit for line in measured)
    text = units.number if view.unit else units.number_or_time

    def cell(row: Row) -> Piece:
        if row.line is None or not row.line.hits:
            return Piece("")
        return Piece(text(row.line.per_hit, unit), "" if level(row.percent) else "heat0")

    return _Column(f"Per Hit {_u(unit, view)}", cell)


def _hits_column(measured: Sequence[Numbers], view: View) -> _Column:
    return _Column(
        "Hits", lambda row: Piece("" if row.line is None else units.count(row.line.hits))
    )


def _calls_column(measured: Sequence[Numbers], view: View) -> _Column:
    return _Column("Calls", lambda row: Piece("" if row.line is None else units.count(row.calls)))


def _percent_column(measured: Sequence[Numbers], view: View) -> _Column:
    def cell(row: Row) -> Piece:
        heat = level(row.percent)
        style = f"block{heat}" if heat >= 3 else f"heat{heat}"
        return Piece(units.percent(row.percent), style)

    return _Column("% Time", cell)


_MAKERS = {
    "hits": _hits_column,
    "time": _time_column,
    "perhit": _per_hit_column,
    "percent": _percent_column,
    "self": _times("Self", "", lambda line: line.self_time),
    "await": _times("Await", "await", lambda line: line.suspended),
    "calls": _calls_column,
}


_Ranked = tuple[list[Piece], float, Callable[[int], Line]]
"""Numbers, the share that the bar shows, and what they are about, made for the room there is."""


def _named(function: Function, width: int, view: View) -> Callable[[int], Line]:
    key = function.key
    link = link_to(key.file, key.first_line) if view.links else ""

    def named(room: int) -> Line:
        name = cut([Piece(printable(key.name), "name", link)], width, view.glyphs.cut)
        place = where(key, key.first_line, view, room - width - 2)
        if width_of(place) > room - width - 2:
            return name
        return [*filled(name, width), Piece("  "), *place]

    return named


def _fixed(line: Line) -> Callable[[int], Line]:
    return lambda room: line


def _ranking(
    titles: Sequence[str],
    table: Sequence[_Ranked],
    last: str,
    view: View,
) -> Iterator[Line]:
    """Numbers to the right, a bar by the share, and what they are about."""
    bars = 10 if view.width >= 100 else 5 if view.width >= 72 else 0
    widths = [cells(title) for title in titles]
    for row, _, _ in table:
        widths = [max(width, cells(piece.text)) for width, piece in zip(widths, row, strict=True)]
    header: Line = [Piece("  ", "head")]
    for index, (title, width) in enumerate(zip(titles, widths, strict=True)):
        gap = bars + 3 if index == 0 and bars else 2
        header.append(Piece(title.rjust(width) + " " * gap, "head"))
    yield cut(filled([*header, Piece(last, "head")], view.width), view.width, "")
    for row, percent, after in table:
        line: Line = [Piece("  ")]
        for index, (piece, width) in enumerate(zip(row, widths, strict=True)):
            line += [Piece(" " * (width - cells(piece.text))), piece, Piece("  ")]
            if index == 0 and bars:
                drawn = bar(percent, bars, view.glyphs.unicode)
                line += filled([Piece(drawn, f"bar{max(1, level(percent))}")], bars + 1)
        yield cut([*line, *after(view.width - width_of(line))], view.width, view.glyphs.cut)


def where(key: FunctionKey, number: int, view: View, most: int | None = None) -> Line:
    """`file:line`, as short as it can be said here, leading to the file.

    most: columns it should not be wider than, unless the file's name alone is.
    """
    link = link_to(key.file, number) if view.links else ""
    cut_mark = view.glyphs.cut if view.glyphs.unicode else "..."
    most = view.width * 2 // 5 if most is None else most
    return [Piece(place_of(key.file, number, most, cut_mark), "path", link)]


def _indent(text: str) -> int:
    expanded = text.expandtabs()
    return len(expanded) - len(expanded.lstrip(" "))


def _share(value: int, whole: int) -> float:
    # Times that overlap, on several threads or in files of other tools, may exceed the whole.
    return min(100.0, 100 * value / whole) if whole else 0.0


def _u(unit: units.Unit, view: View) -> str:
    return unit.name if view.glyphs.unicode else unit.name.replace("µ", "u")
