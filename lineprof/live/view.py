"""The contents of a live view: from numbers and keys to lines of pieces, without any I/O."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ..errors import printable
from ..model.profile import Function, FunctionKey, Profile
from ..report import units
from ..report.rows import is_unused
from ..report.terminal.layout import Column, View, counts, named, percents, ranking, share, times
from ..report.terminal.listing import function_facts, function_table, function_title
from ..report.terminal.pieces import Line, Piece, cells, cut, filled, literal, width_of

SORTS = ("self", "total", "now", "calls", "name")
"""What the functions are sorted by, in the order the key goes through."""

HELP = (
    ("up down, k j", "another function"),
    ("h", "back to the hottest function, and stay with it"),
    ("PgUp PgDn, u d", "scroll the listing"),
    ("s", "sort functions by self time, total time, what is going on now, calls, name"),
    ("space, p", "pause: the numbers stand still, the program does not"),
    ("f", "fold lines without hits, or show them"),
    ("o", "what the program wrote so far"),
    ("q", "leave the view; the program goes on"),
    ("Ctrl-C", "interrupt the program"),
    ("?", "this help"),
)


@dataclass(frozen=True, slots=True)
class Shot:
    profile: Profile  # Corrected
    elapsed: int  # ns that the program has been running
    note: str = ""  # What else is known about it, for the first line


@dataclass(slots=True)
class State:
    title: str
    status: str = "starting"
    shot: Shot | None = None
    before: Shot | None = None  # The look before, for what is going on now
    earlier: dict[FunctionKey, Function] = field(default_factory=dict)
    """Functions of the look before."""
    waiting: Shot | None = None  # The last one that came while paused
    paused: bool = False
    sort: str = SORTS[0]
    chosen: FunctionKey | None = None  # The function shown; None for the first
    scroll: int | None = None  # First line of the listing shown; None for around its hottest line
    fold: bool = True
    page: str = "listing"
    output: list[str] = field(default_factory=list)  # The last lines the program wrote
    quit: bool = False
    order: list[Function] = field(default_factory=list)
    room: int = 10  # Lines of the listing that fit, as last drawn
    top: int = 0  # First line of the listing, as last drawn


def update(state: State, shot: Shot) -> None:
    if state.paused:
        state.waiting = shot
        return
    state.before, state.shot = state.shot, shot
    state.earlier = {f.key: f for f in state.before.profile.functions} if state.before else {}
    _arrange(state)


def _arrange(state: State) -> None:
    if state.shot is None:
        return
    functions = [f for f in state.shot.profile.functions if not is_unused(f)]
    keys: dict[str, Callable[[Function], object]] = {
        "self": lambda f: -f.self_time,
        "total": lambda f: -f.total,
        "now": lambda f: (-_now(state, f), -f.self_time),
        "calls": lambda f: -f.calls,
        "name": lambda f: f.key.name,
    }
    by: Callable[[Function], object] = keys[state.sort]
    state.order = sorted(functions, key=lambda f: (by(f), f.key))


def _now(state: State, function: Function) -> float:
    """Percent of the time since the look before that the function itself took."""
    shot, before = state.shot, state.before
    if shot is None:
        return 0.0
    passed = shot.elapsed - (before.elapsed if before else 0)
    if passed <= 0:
        return 0.0
    earlier = state.earlier.get(function.key)
    return 100 * max(0, function.self_time - (earlier.self_time if earlier else 0)) / passed


def _fresh(state: State, function: Function) -> frozenset[int]:
    earlier = state.earlier.get(function.key)
    known = {line.number: line for line in earlier.lines} if earlier else {}
    return frozenset(
        line.number
        for line in function.lines
        if (old := known.get(line.number)) is None
        or (old.hits, old.suspended) != (line.hits, line.suspended)
        or line.self_time > old.self_time
    )


# -- keys --------------------------------------------------------------------------------------


def press(state: State, key: str) -> None:
    """A key; those without a meaning do nothing."""
    match key:
        case "up" | "k":
            _move(state, -1)
        case "down" | "j":
            _move(state, 1)
        case "h" | "home":
            state.chosen = state.scroll = None
        case "page up" | "u" | "page down" | "d":
            by = max(1, int(state.room * (0.8 if key.startswith("page") else 0.5)))
            top = state.top if state.scroll is None else state.scroll
            state.scroll = max(0, top - by if key in ("page up", "u") else top + by)
        case "s":
            state.sort = SORTS[(SORTS.index(state.sort) + 1) % len(SORTS)]
            _arrange(state)
        case " " | "p":
            state.paused = not state.paused
            if not state.paused and state.waiting is not None:
                shot, state.waiting = state.waiting, None
                update(state, shot)
        case "f":
            state.fold, state.scroll = not state.fold, None
        case "o" | "?":
            page = {"o": "output", "?": "help"}[key]
            state.page = "listing" if state.page == page else page
        case "q":
            state.quit = True


def _move(state: State, by: int) -> None:
    if state.order:
        index = min(max(_index(state) + by, 0), len(state.order) - 1)
        state.chosen, state.scroll = state.order[index].key, None


def _index(state: State) -> int:
    return next((i for i, f in enumerate(state.order) if f.key == state.chosen), 0)


# -- lines -------------------------------------------------------------------------------------


def lines(state: State, view: View, height: int) -> list[Line]:
    """The whole screen: exactly `height` lines, none wider than the view."""
    room = height - 2
    pages = {"help": _help_page, "output": _output_page}
    body = list(pages.get(state.page, _listing_page)(state, replace(view, fold=state.fold), room))
    body = body[:room] + [[] for _ in range(room - len(body))]
    mark = view.glyphs.cut
    screen = [_first(state, view), *body, _last(state, view.width)]
    return [cut(line, view.width, mark) for line in screen]


def _first(state: State, view: View) -> Line:
    status = "paused" if state.paused else state.status
    style = {"running": "good", "paused": "alert"}.get(status, "faint")
    line = [Piece(" lineprof ", "title"), Piece(f" {status} ", f"{style} reverse"), Piece(" ")]
    if state.shot is not None:
        line.append(Piece(f" {units.time(state.shot.elapsed)}", "name"))
    title = printable(state.title)
    line += [Piece(f"  {title}"), Piece("  ")]
    note = state.shot.note if state.shot else ""
    gap = view.width - width_of(line) - cells(note) - 1
    if note and gap > 0:
        line += [Piece(" " * gap), Piece(note, "faint")]
    return line


def _last(state: State, width: int) -> Line:
    """The keys, as many as there is room for: all are in the help."""
    keys = [
        ("?", "help"),
        ("q", "leave"),
        ("jk", "function"),
        ("ud", "scroll"),
        ("s", f"sort: {state.sort}"),
        ("p", "go on" if state.paused else "pause"),
        ("o", "listing" if state.page == "output" else "output"),
        ("f", "unfold" if state.fold else "fold"),
        ("h", "hottest" if state.chosen else "hottest (on)"),
    ]
    line: Line = []
    for key, meaning in keys:
        more = [Piece("  " if line else " "), Piece(key, "key"), Piece(f" {meaning}", "faint")]
        if width_of([*line, *more]) > width:
            break
        line += more
    return line


def _listing_page(state: State, view: View, room: int) -> Iterator[Line]:
    if state.shot is None or not state.order:
        yield []
        waiting = "nothing measured yet" if state.shot is not None else "no numbers yet"
        yield [Piece(f"   {waiting} {view.glyphs.fold}", "faint")]
        return
    index = _index(state)
    listed = min(len(state.order), max(3, room // 4))
    first = min(max(0, index - listed // 2), len(state.order) - listed)
    whole = sum(f.self_time for f in state.order)
    yield from _function_list(state, view, whole, range(first, first + listed))
    yield []
    function = state.order[index]
    yield function_title(function, view)
    yield function_facts(function, whole, view)
    header, body = function_table(function, view, _fresh(state, function))
    yield header
    flat = [line for _, several in body for line in several]
    state.room = max(1, room - listed - 5)
    last = max(0, len(flat) - state.room)
    if state.scroll is None:
        hot = max(function.lines, key=lambda line: line.self_time, default=None)
        before = 0
        for number, several in body:
            if hot is None or number == hot.number:
                break
            before += len(several)
        # All of it if it fits, else the hottest line in the upper half.
        top = min(max(0, before - state.room // 2), last)
    else:
        state.scroll = top = min(state.scroll, last)
    state.top = top
    shown = flat[top : top + state.room]
    if top + state.room < len(flat):
        more = len(flat) - top - state.room + 1
        shown[-1] = [Piece(f"   {view.glyphs.fold} {more:,} more lines", "faint")]
    yield from shown


def _function_list(state: State, view: View, whole: int, numbers: range) -> list[Line]:
    listed = [state.order[number] for number in numbers]
    unit = units.common_unit(max(f.total, f.self_time) for f in state.order)
    shares = [share(f.self_time, whole) for f in listed]
    now = [_now(state, f) for f in listed]
    columns: list[Column] = [
        times("Self", [f.self_time for f in listed], unit, view),
        times("Total", [f.total for f in listed], unit, view),
        ("Now %", percents(now)[1]),
        counts("Calls", [f.calls for f in listed]),
    ]
    widest = min(max(cells(printable(f.key.name)) for f in listed), view.width // 3)
    return ranking(
        # Wide enough not to change their widths all the time.
        [percents(shares), *((f"{title:>9}", pieces) for title, pieces in columns)],
        shares,
        "Function",
        [named(f.key, widest, view) for f in listed],
        view,
        room=20,
        spare=("Calls", "Total", "Now"),
        most=share(max(f.self_time for f in state.order), whole),
        note=f"  {numbers.start + 1}-{numbers.stop} of {len(state.order)}",
        by="Function" if state.sort == "name" else state.sort.title(),
        chosen=_index(state) - numbers.start,
    )


def _help_page(state: State, view: View, room: int) -> Iterator[Line]:
    yield []
    for keys, meaning in HELP:
        yield [Piece(f"   {keys:<16}", "key"), Piece(meaning)]
    yield []
    texts = (
        "Now %: share of the last interval spent in the function itself.",
        f"{view.glyphs.pointer} at a line: something happened on it since the look before.",
        "All times include lines that are still running; the profiler's cost is taken out.",
    )
    for text in texts:
        yield [Piece(f"   {text}", "faint")]


def _output_page(state: State, view: View, room: int) -> Iterator[Line]:
    yield filled([Piece(" What the program wrote", "head")], view.width)
    if not state.output:
        yield [Piece("   nothing so far", "faint")]
    for text in state.output[-(room - 1) :]:
        yield [Piece(literal(text))]
