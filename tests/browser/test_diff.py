"""The page of a comparison: widths, themes, and what a screen reader is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lineprof.model.diff import difference
from lineprof.model.profile import Function, FunctionKey, Line, Profile, Run
from lineprof.report.diff.html import render

from .page import Page
from .profiles import HOSTILE, MS, SHOP, UNUSED
from .test_looks import CONTRASTS

BEFORE = Profile(
    (Run(python="3.12.1"),),
    (
        *SHOP.functions,
        Function(
            FunctionKey("/srv/shop/a.py", 1, "f"),
            1,
            9 * MS,
            lines=(Line(2, 100, 8 * MS, 8 * MS), Line(3, 1, MS, MS)),
            source="  def f():\n    work(10)\n    old()\n" + "    # why\n" * 8 + "    return 1\n",
        ),
    ),
)
AFTER = Profile(
    (Run(python="3.13.0"),),
    (
        replace(
            BEFORE.functions[-1],
            total=5 * MS,
            lines=(Line(2, 101, 4 * MS, 4 * MS), Line(3, 1, MS, MS)),
            source="  def f():\n    work(11)\n    new = 0\n" + "    # why\n" * 8 + "    return 1\n",
        ),
        *HOSTILE.functions,
    ),
)


@pytest.fixture
def changes(page: Page, tmp_path: Path) -> Page:
    path = tmp_path / "changes.html"
    text = render(difference(BEFORE, AFTER), ("before.lprof", "after.lprof"))
    path.write_bytes(text.encode("utf-8", "replace"))
    page.open(path)
    return page


@pytest.mark.parametrize("width", [320, 400, 1280, 4000])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read(changes: Page, width: int, scheme: str) -> None:
    changes.resize(width, 900)
    changes.prefer(scheme)
    assert changes.run("return document.documentElement.scrollWidth") <= width
    found = changes.run(CONTRASTS)
    assert len(found) > 100
    assert [item for item in found if item[0] < 4.5] == []
    dark = changes.run("return getComputedStyle(document.body).backgroundColor") != (
        "rgb(255, 255, 255)"
    )
    assert dark == (scheme == "dark")
    assert changes.one("td.was").is_displayed() == (width > 960)
    changes.picture(f"{scheme}-{width}")


def test_tables_say_what_their_numbers_are(changes: Page) -> None:
    assert changes.texts("caption")[0] == "Functions"
    heads = changes.texts("section:nth-of-type(1) thead th")
    assert heads[0] == "Function"
    assert heads[2:5] == ["Time was", "Time", "Time change"]
    widths = changes.run(
        "return [...document.querySelectorAll('table')].map(t =>"
        " [...t.rows].map(r => r.cells.length)).map(n => new Set(n).size)"
    )
    assert set(widths) == {1}
    scopes = "return [...document.querySelectorAll('th')].every(c => c.scope)"
    assert changes.run(scopes) is True


def test_what_changed_is_shown_and_what_did_not_is_folded(changes: Page) -> None:
    assert "Python 3.12.1 before, 3.13.0 after" in changes.text(".note")
    rows = changes.texts(".lines tr.cold .text")
    assert "⋯ 9 lines without hits" in rows
    assert "    # why" not in rows
    assert changes.texts(".lines tr.edited .text")[0] == "  work(10)  work(11)"
    assert changes.texts("del") == ["  work(10)"]
    links = changes.run("return [...document.querySelectorAll('td a')].map(a => [a.text, a.hash])")
    target = changes.run("return document.querySelector('del').closest('section').id")
    assert ["a.py:2", f"#{target}"] in links


def test_without_room_for_hits_their_change_says_what_it_is_of(changes: Page) -> None:
    for width, position in ((1280, "absolute"), (400, "static")):
        changes.resize(width, 900)
        assert changes.one(".lines td.now").is_displayed() == (width == 1280)
        found = changes.run("return getComputedStyle(document.querySelector('.of-now')).position")
        assert found == position


def test_numbers_of_what_is_gone_are_shown_on_narrow_screens(changes: Page) -> None:
    gone = ".lines tr.gone .if-narrow"
    for width in (1280, 800):
        changes.resize(width, 900)
        shown = [number for number in changes.all(gone) if number.is_displayed() and number.text]
        assert bool(shown) == (width == 800)


def test_many_functions_are_folded(page: Page, tmp_path: Path) -> None:
    def profile(time: int) -> Profile:
        lines = tuple(Line(2, 1, time * MS, time * MS) for _ in range(1))
        functions = (
            Function(FunctionKey("a.py", n, f"f{n}"), 1, time * n * MS, lines=lines)
            for n in range(1, 41)
        )
        return Profile((), tuple(functions))

    path = tmp_path / "changes.html"
    path.write_text(render(difference(profile(1), profile(2)), ("a", "b")), encoding="utf-8")
    page.open(path)
    assert (
        len([row for row in page.all("section:nth-of-type(1) tbody tr") if row.is_displayed()])
        == 25
    )
    page.click("summary")
    assert page.text("summary") == "15 more functions"
    assert (
        len([row for row in page.all("section:nth-of-type(1) tbody tr") if row.is_displayed()])
        == 40
    )


def test_on_a_phone_functions_need_no_scrolling_sideways(changes: Page) -> None:
    changes.resize(400, 900)
    widths = "const e = document.querySelector('.scroll'); return [e.scrollWidth, e.clientWidth]"
    there, shown = changes.run(widths)
    assert there <= shown
    names = changes.run("return [...document.querySelectorAll('th a')].map((a) => a.innerHTML)")
    assert "Prices.<wbr>price" in names


def test_functions_that_were_never_called_are_left_out(changes: Page) -> None:
    names = changes.texts("section:not(.lines) tbody th a")
    assert "f" in names
    assert UNUSED.name not in names


def test_underscores_can_be_seen(changes: Page) -> None:
    line = changes.run("return getComputedStyle(document.querySelector('th a')).textDecorationLine")
    assert line == "none"


def test_lines_of_the_most_changed_functions_only(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "top.html"
    path.write_text(render(difference(BEFORE, SHOP), ("a", "b"), top=2))
    page.open(path)
    assert len(page.all("section.lines")) == 2
    names = page.texts("section:not(.lines) tbody th > :first-child")
    assert len(names) == 4
    assert page.texts("section:not(.lines) tbody th a") == names[:2]
    assert page.texts("main > p.note")[-1] == "Lines of 2 more functions: --top shows them."


def test_nothing_measured(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "nothing.html"
    nothing = Profile((), tuple(f for f in SHOP.functions if f.key == UNUSED))
    path.write_text(render(difference(nothing, nothing), ("a", "b")))
    page.open(path)
    assert "Nothing was measured in either of them." in page.text("main")
    assert not page.all("table")


def test_hostile_text_is_text(changes: Page) -> None:
    assert changes.run("return window.hacked") is None
    assert "<script>window.hacked = 6</script>" in changes.text("main")
