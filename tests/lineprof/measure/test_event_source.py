"""Which event source is chosen, and what is said about it."""

from __future__ import annotations

import pytest

pytest.importorskip("lineprof._core")

from lineprof.errors import UsageError
from lineprof.measure.event_source import CoreError, choose, described

OLD = ("trace",)
NEW = ("trace", "monitor")


@pytest.mark.parametrize(
    ("requested", "variable", "available", "expected"),
    [
        (None, None, OLD, "trace"),
        (None, None, NEW, "monitor"),
        (None, "", NEW, "monitor"),
        (None, "trace", NEW, "trace"),
        (None, "auto", NEW, "monitor"),
        ("trace", None, NEW, "trace"),
        ("trace", "monitor", NEW, "trace"),
        ("monitor", "trace", NEW, "monitor"),
        ("auto", "trace", NEW, "monitor"),
        ("auto", "nonsense", OLD, "trace"),
    ],
)
def test_argument_before_environment_before_default(
    requested: str | None, variable: str | None, available: tuple[str, ...], expected: str
) -> None:
    env = {} if variable is None else {"LINEPROF_CORE": variable}
    assert choose(requested, env, available)[0] == expected


@pytest.mark.parametrize(
    ("value", "available", "expected"),
    [
        ("legacy", NEW, "trace"),
        ("CTrace", NEW, "trace"),
        ("sysmon", NEW, "monitor"),
        ("sys.monitoring", OLD, "trace"),
        ("nonsense", NEW, "monitor"),
    ],
)
def test_the_old_variable_is_a_wish(value: str, available: tuple[str, ...], expected: str) -> None:
    assert choose(None, {"LINE_PROFILER_CORE": value}, available)[0] == expected


def test_ours_goes_before_the_old_variable() -> None:
    env = {"LINE_PROFILER_CORE": "legacy", "LINEPROF_CORE": "monitor"}
    assert choose(None, env, NEW)[0] == "monitor"
    assert choose("monitor", {"LINE_PROFILER_CORE": "legacy"}, NEW)[0] == "monitor"
    found = choose(None, {"LINE_PROFILER_CORE": "legacy", "LINEPROF_CORE": ""}, NEW)
    assert found[1] == "asked for by LINE_PROFILER_CORE=legacy"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("legacy", "trace"), ("old", "trace"), ("ctrace", "trace"), ("SysMon", "monitor")],
)
def test_our_variable_knows_the_old_values_too(value: str, expected: str) -> None:
    assert choose(None, {"LINEPROF_CORE": value}, NEW)[0] == expected


def test_an_old_value_in_our_variable_is_an_order() -> None:
    with pytest.raises(CoreError, match=r"LINEPROF_CORE='sysmon' needs Python 3\.12"):
        choose(None, {"LINEPROF_CORE": "sysmon"}, OLD)
    with pytest.raises(CoreError, match="choose one of"):
        choose("legacy", {}, NEW)


def test_the_reason_says_who_asked() -> None:
    assert choose("trace", {}, NEW)[1] == "asked for by core=trace"
    assert choose(None, {"LINEPROF_CORE": "trace"}, NEW)[1] == ("asked for by LINEPROF_CORE=trace")
    assert "sys.monitoring" in choose(None, {}, NEW)[1]
    assert "needs Python 3.12" in choose(None, {}, OLD)[1]


@pytest.mark.parametrize("name", ["tracer", "Trace", " trace"])
def test_a_bad_value_names_its_origin_and_the_choices(name: str) -> None:
    with pytest.raises(CoreError, match=rf"^core='{name}': choose one of trace, monitor, auto$"):
        choose(name, {}, NEW)
    with pytest.raises(CoreError, match=rf"^LINEPROF_CORE='{name}': choose"):
        choose(None, {"LINEPROF_CORE": name}, NEW)


def test_a_source_this_python_lacks_is_refused() -> None:
    with pytest.raises(CoreError, match=r"needs Python 3.12.*choose one of trace, auto$"):
        choose("monitor", {}, OLD)


def test_the_error_is_one_of_usage_and_of_value() -> None:
    assert issubclass(CoreError, UsageError)
    assert issubclass(CoreError, ValueError)
    assert CoreError.exit_code == 2


def test_the_description_says_what_and_why() -> None:
    assert described("trace", "why", "wall", "tsc", 0.4e-9, why="the kernel relies on it") == (
        "core: trace (why)",
        "clock: wall/tsc, 0.4 ns per tick "
        "(time stamp counter of the processor, the cheapest to read: the kernel relies on it)",
    )


def test_a_clock_nobody_knows_is_still_described() -> None:
    assert described("trace", "why", "cpu", "sundial", 1e-9, why="")[1] == (
        "clock: cpu/sundial, 1 ns per tick (sundial)"
    )
