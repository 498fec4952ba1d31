"""Times and counts as people read them: units that fit, groups of digits."""

from collections.abc import Iterable
from typing import NamedTuple


class Unit(NamedTuple):
    """What the times of a column are multiples of."""

    name: str
    ns: float


NS = Unit("ns", 1.0)
US = Unit("µs", 1e3)
MS = Unit("ms", 1e6)
S = Unit("s", 1e9)
_ALL = (S, MS, US, NS)


def unit_for(ns: float) -> Unit:
    """The largest unit of which `ns` is at least ten: one decimal gives three digits."""
    return next((unit for unit in _ALL if ns >= 10 * unit.ns), NS)


def unit_of(seconds: float) -> Unit:
    """The unit of so many seconds, by its name if it has one."""
    for unit in _ALL:
        if abs(seconds * 1e9 / unit.ns - 1) < 1e-9:
            return unit
    return Unit(f"x{seconds:g}s", seconds * 1e9)


def common_unit(values: Iterable[float]) -> Unit:
    """For times to compare with one another: the largest decides."""
    return unit_for(max(values, default=0.0))


def typical_unit(values: Iterable[float]) -> Unit:
    """For times that may be far apart: the one in the middle decides."""
    measured = sorted(value for value in values if value > 0)
    return unit_for(measured[(len(measured) - 1) // 2]) if measured else NS


def number(ns: float, unit: Unit) -> str:
    value = ns / unit.ns
    if unit is NS and value == int(value):
        return str(int(value))
    text = f"{value:,.2f}" if unit is S else f"{value:.1f}"
    return text if len(text) <= 12 else f"{value:.3g}"


def number_or_time(ns: float, unit: Unit) -> str:
    """As `number`, but with a unit of its own where this one is far too small or too large."""
    value = ns / unit.ns
    if value >= 1e4 or 0 < value < 0.05:
        return time(ns)
    return number(ns, unit)


def time(ns: float) -> str:
    """A time by itself: three digits and the unit that fits, as in "1.92 s"."""
    # What rounds up to a thousand of a unit is one of the next.
    unit = next((unit for unit in _ALL if ns >= 0.9995 * unit.ns), NS)
    value = ns / unit.ns
    digits = 0 if value >= 99.95 or ns == int(ns) < 1000 else 1 if value >= 9.995 else 2
    return f"{value:,.{digits}f} {unit.name}"


def count(value: int) -> str:
    """A count with its digits in groups of three; rounded only if it is absurdly large."""
    return f"{value:,}" if abs(value) < 10**15 else f"{value:.3g}"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def size(octets: int) -> str:
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))} kB"
    return f"{octets / 1e6:.1f} MB"
