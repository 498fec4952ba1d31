"""What changed between two profiles: functions by name and file, lines by their text.

Once a file was edited, line numbers say nothing. So lines are matched as a diff tool matches them:
first those that stayed in order, then those edited in place, then those that moved.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from .profile import Function, FunctionKey, Line, Profile

Kind = Literal["same", "edited", "moved", "new", "gone"]
"""What became of a line or function; of a function, "moved" is to another file."""

ALIKE = 0.6  # How similar two texts must be, from 0 to 1, to count as one line edited
_PAIRS_LIMIT = 10_000  # How many pairs of edited lines are compared in one place


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line of a function, before and after; None where it is not."""

    kind: Kind
    text: str  # As it is after, or was before if it is gone; empty if that is not known
    before_number: int | None = None
    after_number: int | None = None
    before: Line | None = None
    after: Line | None = None  # None also for a line that is there but was not measured
    was: str = ""  # The text before, of an edited line
    noise: frozenset[str] = frozenset()
    """Metrics that changed by no more than several runs differ among themselves."""

    @property
    def number(self) -> int:
        """That after, or before if it is gone."""
        number = self.before_number if self.after_number is None else self.after_number
        return number or 0


@dataclass(frozen=True, slots=True)
class FunctionChange:
    """A function before and after; one of the two may be missing."""

    kind: Kind
    before: Function | None
    after: Function | None
    lines: tuple[LineChange, ...] = ()  # As they stand after; gone ones where they stood
    noise: frozenset[str] = frozenset()  # As of a line

    @property
    def key(self) -> FunctionKey:
        """That after, or before if it is gone."""
        function = self.after or self.before
        assert function is not None
        return function.key

    def key_of(self, line: LineChange) -> FunctionKey:
        """That of the side on which the line has its number."""
        side = self.before if line.after_number is None else self.after
        return self.key if side is None else side.key

    @property
    def label(self) -> str:
        key = self.key
        text = f"{key.name} ({os.path.basename(key.file)}:{key.first_line})"
        if self.kind == "moved" and self.before is not None:
            text += f", was in {self.before.key.file}"
        return text

    @property
    def measured(self) -> bool:
        sides = (self.before, self.after)
        return any(amount(side, "hits") or amount(side, "time") for side in sides)


@dataclass(frozen=True, slots=True)
class Difference:
    """All functions of two profiles, what changed most first."""

    before: Profile
    after: Profile
    functions: tuple[FunctionChange, ...]
    repeats: tuple[int, int] = (1, 1)  # How many profiles each side is the average of
    noise: frozenset[str] = frozenset()  # As of a line, for all functions together


METRICS: dict[str, str] = {
    "hits": "hits",
    "calls": "calls",
    "time": "total",
    "self": "self_time",
    "await": "suspended",
}
"""Names of what is compared, and of the attributes of functions and lines."""


def amount(item: Function | Line | None, metric: str) -> float:
    """The value of a metric, or of "perhit": ns per hit. 0 of what is not there."""
    if item is None:
        return 0
    if metric == "perhit":
        return item.total / item.hits if item.hits else 0.0
    value: int = getattr(item, METRICS[metric], 0)  # lines are not called
    return value


def profile_amount(profile: Profile, metric: str) -> float:
    """A metric over all functions; time is the time in profiled code, each moment once."""
    if metric == "perhit":
        hits = profile_amount(profile, "hits")
        return profile_amount(profile, "time") / hits if hits else 0.0
    if metric == "time":
        metric = "self"
    return sum(amount(function, metric) for function in profile.functions)


def difference(before: Profile, after: Profile) -> Difference:
    """What changed; times are compared as they are, so both should be corrected, or neither."""
    pairs = list(_matched(before.functions, after.functions))
    elsewhere = _is_elsewhere([(one, other) for one, other in pairs if one and other])
    changes = [_compared(one, other, elsewhere) for one, other in pairs]
    changes.sort(key=_importance)
    return Difference(before, after, tuple(changes))


def _importance(change: FunctionChange) -> tuple[float, float, FunctionKey]:
    def by(metric: str) -> float:
        return -abs(amount(change.after, metric) - amount(change.before, metric))

    return by("time"), by("hits"), change.key


def changed_lines(found: Difference) -> list[tuple[FunctionChange, LineChange]]:
    """Lines that changed in numbers, wherever they are, those first whose own time did most."""

    def by(line: LineChange, metric: str) -> float:
        return abs(amount(line.after, metric) - amount(line.before, metric))

    changed = [
        (item, line)
        for item in found.functions
        for line in item.lines
        if by(line, "self") or by(line, "hits")
    ]
    # Own time: else lines that only call others would be told for what those did.
    return sorted(changed, key=lambda both: (-by(both[1], "self"), -by(both[1], "hits")))


# Functions


def _matched(
    before: Iterable[Function], after: Iterable[Function]
) -> Iterator[tuple[Function | None, Function | None]]:
    """Pairs of what is the same function, the surest first, then those without a partner."""
    old, new = list(before), list(after)
    ways: tuple[Callable[[Function], Hashable], ...] = (
        lambda f: f.key,
        lambda f: (f.key.name, f.key.file, f.source),
        lambda f: (f.key.name, f.key.file),
        lambda f: (f.key.name, os.path.basename(f.key.file), f.source),
        lambda f: (f.key.name, os.path.basename(f.key.file)),
        # The file has another name. Without a text there is nothing to tell by.
        lambda f: (f.key.name, f.source) if f.source is not None else id(f),
    )
    for way in ways:
        waiting: dict[Hashable, list[Function]] = defaultdict(list)
        for function in old:
            waiting[way(function)].append(function)
        rest = []
        for function in new:
            candidates = waiting.get(way(function))
            if candidates:
                # In the order of their lines, where there are several.
                yield candidates.pop(0), function
            else:
                rest.append(function)
        new = rest
        old = [function for group in waiting.values() for function in group]
    yield from ((function, None) for function in old)
    yield from ((None, function) for function in new)


def _is_elsewhere(pairs: Iterable[tuple[Function, Function]]) -> bool:
    """Whether all files have moved to another folder together, as between two checkouts."""
    roots = set()
    for before, after in pairs:
        one, other = before.key.file, after.key.file
        if os.path.basename(one) != os.path.basename(other):
            return False
        while one and other and os.path.basename(one) == os.path.basename(other):
            if one == other or one == os.path.dirname(one) or other == os.path.dirname(other):
                break
            one, other = os.path.dirname(one), os.path.dirname(other)
        roots.add((one, other))
    return len(roots) == 1


def _compared(before: Function | None, after: Function | None, elsewhere: bool) -> FunctionChange:
    lines = tuple(_line_changes(before, after))
    kind: Kind = "same"
    if before is None:
        kind = "new"
    elif after is None:
        kind = "gone"
    elif before.key.file != after.key.file and not elsewhere:
        kind = "moved"
    elif any(line.kind != "same" for line in lines):
        kind = "edited"
    return FunctionChange(kind, before, after, lines)


# Lines


@dataclass(frozen=True, slots=True)
class _Text:
    """Lines of one function: texts, numbers and measurements in step."""

    texts: tuple[str, ...]
    numbers: tuple[int, ...]
    measured: dict[int, Line]

    def line(self, index: int) -> tuple[int, Line | None]:
        number = self.numbers[index]
        return number, self.measured.get(number)

    def bare(self, index: int) -> str:
        """What is compared: a line moved into a block is the same line."""
        return self.texts[index].strip()


def _text(function: Function | None, places: Iterable[int] = ()) -> _Text:
    """places: numbers of further lines that it has, with neither text nor measurement."""
    if function is None:
        return _Text((), (), {})
    measured = {line.number: line for line in function.lines}
    first = function.key.first_line
    texts = [] if function.source is None else function.source.split("\n")
    if texts and not texts[-1]:
        texts.pop()
    known = dict(enumerate((text.rstrip("\r") for text in texts), first))
    numbers = tuple(sorted({*known, *measured, *places}))
    return _Text(tuple(known.get(number, "") for number in numbers), numbers, measured)


def _line_changes(before: Function | None, after: Function | None) -> Iterator[LineChange]:
    one, other = _text(before), _text(after)
    if before is not None and after is not None and None in (before.source, after.source):
        # Without the text of one side, a line that was not measured there need not be missing.
        distance = after.key.first_line - before.key.first_line
        if before.source is None:
            one = _text(before, (number - distance for number in other.numbers))
        if after.source is None:
            other = _text(after, (number + distance for number in one.numbers))
        pairs = _pairs_by_place(one, other, distance)
    else:
        pairs = _pairs_by_text(one, other)
    partner = {new: (old, kind) for old, new, kind in pairs}
    taken = {old for old, _, _ in pairs}
    gone = [index for index in range(len(one.texts)) if index not in taken]
    news: list[LineChange] = []
    last = 0
    for index, text in enumerate(other.texts):
        number, line = other.line(index)
        if index not in partner:
            news.append(LineChange("new", text, None, number, None, line))
            continue
        old, kind = partner[index]
        # What is gone comes before what is new in its place, as in every diff, and before what
        # followed it. Where lines stood that have moved says nothing.
        if kind != "moved":
            yield from (_gone(one, which) for which in gone if last <= which < old)
            last = max(last, old)
        yield from news
        news = []
        old_number, old_line = one.line(old)
        was = one.texts[old]
        yield LineChange(
            kind, text or was, old_number, number, old_line, line, was if kind == "edited" else ""
        )
    yield from (_gone(one, which) for which in gone if which >= last)
    yield from news


def _gone(text: _Text, index: int) -> LineChange:
    number, line = text.line(index)
    return LineChange("gone", text.texts[index], number, None, line, None)


_Pair = tuple[int, int, Kind]  # Indexes before and after


def _pairs_by_place(one: _Text, other: _Text, distance: int) -> list[_Pair]:
    """Without texts, lines are matched by their distance from the first."""
    places = {number + distance: index for index, number in enumerate(one.numbers)}
    return [
        (places[number], index, "same")
        for index, number in enumerate(other.numbers)
        if number in places
    ]


def _pairs_by_text(one: _Text, other: _Text) -> list[_Pair]:
    old = [one.bare(index) for index in range(len(one.texts))]
    new = [other.bare(index) for index in range(len(other.texts))]
    if old == new:
        return [(index, index, "same") for index in range(len(old))]
    pairs: list[_Pair] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs += [(i1 + step, j1 + step, "same") for step in range(i2 - i1)]
        elif tag == "replace":
            pairs += _edited(old, new, range(i1, i2), range(j1, j2))
    return [*pairs, *_moved(old, new, pairs)]


def _edited(old: list[str], new: list[str], before: range, after: range) -> Iterator[_Pair]:
    """Pairs of similar lines where lines were replaced by others, in their order."""
    if len(before) * len(after) > _PAIRS_LIMIT:
        return
    start = before.start
    for j in after:
        best, found = ALIKE, None
        for i in range(start, before.stop):
            matcher = SequenceMatcher(None, old[i], new[j], autojunk=False)
            # The quick ones are upper bounds: most pairs are unlike, and need no more.
            if matcher.real_quick_ratio() < best or matcher.quick_ratio() < best:
                continue
            ratio = matcher.ratio()
            if ratio > best or (found is None and ratio == best):
                best, found = ratio, i
        if found is not None:
            yield found, j, "edited"
            start = found + 1


def _moved(old: list[str], new: list[str], pairs: list[_Pair]) -> Iterator[_Pair]:
    taken_old = {i for i, _, _ in pairs}
    taken_new = {j for _, j, _ in pairs}
    waiting: dict[str, list[int]] = defaultdict(list)
    for i, text in enumerate(old):
        if text and i not in taken_old:
            waiting[text].append(i)
    for j, text in enumerate(new):
        if j not in taken_new and waiting.get(text):
            yield waiting[text].pop(0), j, "moved"
