"""The listing as HTML for the middle of a page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lineprof.model.profile import Function, FunctionKey, Line, Profile
from lineprof.report import notebook
from lineprof.report.columns import COLUMNS
from lineprof.report.options import TextOptions

SOURCE = "def f(x):\n    if x < 1 & 2:\n        y = '<script>'\n    return y\n"
F = Function(
    FunctionKey("<b>.py", 10, "f<&>"),
    2,
    1_000_000,
    0,
    (
        Line(11, 2, 10_000, 9_000, 0, 1_000, 1_000),
        Line(12, 1, 0, 0),
        Line(13, 1, 990_000, 90_000),
    ),
    (),
    SOURCE,
)
PROFILE = Profile((), (F,))


def rendered(profile: Profile = PROFILE, **options: object) -> str:
    return notebook.render(profile, TextOptions(**options))  # type: ignore[arg-type]


def test_all_text_is_escaped() -> None:
    page = rendered()
    assert "<script" not in page
    assert "&#x27;&lt;script&gt;&#x27;" in page
    assert "if x &lt; 1 &amp; 2:" in page
    assert "<b>f&lt;&amp;&gt;</b> at line 10 of &lt;b&gt;.py: 1.00 ms in 2 calls" in page


def test_numbers_in_a_unit_that_fits_or_the_one_asked_for() -> None:
    row = "<td>13</td><td>1</td><td>990.0</td><td>990 µs</td><td>99.0</td>"
    assert row in rendered().replace(f' style="{notebook._NUMBER}"', "")
    assert "Time (µs)" in rendered()
    assert "Time (s)" in rendered(unit=1.0)


def test_times_per_hit_have_a_unit_of_their_own() -> None:
    lines = (Line(11, 10_000, 3_000_000, 3_000_000), Line(12, 1, 90_000_000, 90_000_000))
    page = rendered(Profile((), (replace(F, lines=lines),)))
    page = page.replace(f' style="{notebook._NUMBER}"', "")
    assert "<th>Time (ms)</th><th>Per Hit (ns)</th>" in page
    assert "<td>3.0</td><td>300</td>" in page
    assert "<td>90.0</td><td>90.0 ms</td>" in page
    assert "Per Hit (µs)</th>" in rendered(unit=1e-6)


def test_source_does_not_turn_the_direction_of_text() -> None:
    page = rendered(Profile((), (replace(F, source="def f(x):\n    '\u202e'\n"),)))
    assert "\u202e" not in page
    assert "\\u202e" in page


def test_heat_is_the_share_of_the_function() -> None:
    rows = rendered().split("<tr style=")[1:]
    assert [row.partition("background:")[2].partition('"')[0] for row in rows] == [
        "transparent",
        "rgba(255,96,0,0.06)",
        "transparent",
        "rgba(255,96,0,0.55)",
    ]


def test_columns_are_those_of_the_listing() -> None:
    page = rendered(columns=tuple(COLUMNS))
    assert all(f">{column.title}" in page for column in COLUMNS.values())
    page = rendered(columns=("self", "calls"))
    assert "Self (µs)" in page
    assert "Hits" not in page


def test_await_is_shown_if_anything_was() -> None:
    assert "Await" not in rendered()
    waited = replace(F, lines=(Line(11, 1, 5, 5, suspended=7),))
    assert "Await" in rendered(Profile((), (waited,)))


def test_what_is_left_out() -> None:
    idle = Function(FunctionKey("a.py", 1, "idle"), 0, 0, source="def idle(): pass\n")
    both = Profile((), (F, idle))
    assert "idle" in rendered(both)
    assert "idle" not in rendered(both, skip_zero=True)
    assert "idle" not in rendered(both, filter=("f*",))


def test_nothing_measured_says_why() -> None:
    assert "no function was registered" in rendered(Profile((), ()))


@pytest.mark.parametrize("raw", [True, False])
def test_times_are_corrected_unless_raw(raw: bool) -> None:
    cells = rendered(raw=raw, columns=("time",), unit=1e-6)
    assert (">10.0</td>" in cells) is raw
    assert (">9.0</td>" in cells) is not raw


def test_a_summary_on_request() -> None:
    assert "<div>1.00 ms - f&lt;&amp;&gt;</div>" in rendered(summarize=True)
