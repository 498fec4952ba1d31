"""The first page: what it says, and every control on it."""

from __future__ import annotations

from typing import Any

import pytest

from lineprof.model.profile import Profile

from .page import Page
from .profiles import HUGE, LINES, RUN, SHOP, large

FUNCTIONS = ".panel-functions tbody tr"


@pytest.fixture
def shop(page: Page, written: Any) -> Page:
    page.open(written(SHOP))
    return page


def names(page: Page) -> list[str]:
    return page.texts(f"{FUNCTIONS} .name")


def test_the_run_is_described(shop: Page) -> None:
    assert shop.text("h1") == "shop.py --fast 'a b'"
    assert shop.driver.title == "shop.py --fast 'a b' · lineprof"
    facts = shop.text(".run .facts")
    for fact in ("cpython 3.11.7", "wall/tsc, trace", "Linux x86_64", "ada, process 4711"):
        assert fact in facts
    assert "2023-11-14 22:13:20 UTC" in facts
    assert "corrected for the profiler's cost" in facts
    totals = shop.text(".totals").split("\n")
    assert totals[:6] == [
        "Duration",
        "100 ms",
        "of the run",
        "In profiled code",
        "80.0 ms",
        "80.0 % of it",
    ]
    assert totals[6:9] == ["Functions", "3", "called, of 4"]
    assert totals[totals.index("Hits") + 1] == "405"
    assert totals[totals.index("Await") + 1] == "7.00 ms"


def test_where_nothing_took_time_there_is_no_map_of_it(page: Page, written: Any) -> None:
    unused = tuple(f for f in SHOP.functions if not f.calls)
    page.open(written(Profile((RUN,), unused)))
    assert page.texts(".panel h2") == ["Functions", "Files"]
    assert "1 function registered, but none was called" in page.text(".notice")
    page.press("t")
    assert page.texts(".panel h2") == ["Functions", "Files"]
    assert page.driver.get_log("browser") == []


def test_functions_sort_by_every_column(shop: Page) -> None:
    shop.resize(1700, 900)
    assert names(shop) == ["Prices.price", "checkout", "Prices.load", "Prices.unused"]
    expected = {
        "Function": ["checkout", "Prices.load", "Prices.price", "Prices.unused"],
        "Self": ["Prices.price", "checkout", "Prices.load", "Prices.unused"],
        "Total": ["checkout", "Prices.price", "Prices.load", "Prices.unused"],
        "Calls": ["Prices.price", "Prices.load", "checkout", "Prices.unused"],
        "% Self": ["Prices.price", "checkout", "Prices.load", "Prices.unused"],
        "Per call": ["checkout", "Prices.load", "Prices.price", "Prices.unused"],
        "Hits": ["checkout", "Prices.price", "Prices.load", "Prices.unused"],
        "Await": ["Prices.load"],
    }
    heads = shop.all(".panel-functions thead th")
    assert len(heads) == len(expected)
    for head in heads:
        label = head.find_element("css selector", "button").text.rstrip(" ↑↓")
        head.find_element("css selector", "button").click()
        assert names(shop)[: len(expected[label])] == expected[label]
        ascending = label == "Function"
        assert head.get_attribute("aria-sort") == ("ascending" if ascending else "descending")
        assert len(shop.all('.panel-functions [aria-sort$="ending"]')) == 1
    shop.click(".panel-functions thead button")
    shop.click(".panel-functions thead button")
    assert names(shop) == expected["Function"][::-1]


def test_sorting_is_announced(shop: Page) -> None:
    shop.click(".panel-functions thead th:nth-child(4) button")
    assert shop.texts("#status") == ["Functions sorted by Total, descending"]


def test_searching_functions(shop: Page) -> None:
    shop.press("/")
    shop.press("PRICES.py load")
    assert names(shop) == ["Prices.load"]
    assert "1 of 4" in shop.text(".panel-functions .panel-head")
    shop.press("!")
    assert shop.texts(FUNCTIONS) == ["Nothing found"]
    search = shop.one("#search")
    search.clear()
    search.send_keys("checkout")
    assert names(shop) == ["checkout"]
    shop.click(f"{FUNCTIONS} a")
    shop.eventually(lambda: shop.all("table.source"))
    shop.click(".brand")
    shop.eventually(lambda: shop.all(".overview"))
    assert names(shop) == ["checkout"]  # as it was left


def test_the_hottest_lines_follow_the_metric(shop: Page) -> None:
    first = ".panel-hot tbody tr:first-child"
    assert shop.text(first).split("\n")[:2] == [
        "table = self.load(item)",
        "prices.py:4 · Prices.price",
    ]
    shop.click('[data-metric="total"]')
    assert shop.text(first).startswith("total += price(item)")
    assert "by total time" in shop.text(".panel-hot .panel-head")
    assert shop.hash() == "#heat=total"
    shop.click(f"{first} a")
    shop.eventually(lambda: shop.all("table.source"))
    assert shop.hash() == "#file=shop.py&line=14&heat=total"


def test_hottest_lines_tell_what_was_awaited(page: Page, written: Any) -> None:
    page.resize(1600, 900)
    page.open(written(SHOP))
    assert page.texts(".panel-hot thead th")[-1] == "Await"
    awaits = page.texts(".panel-hot td:last-child")
    shown = dict(zip(page.texts(".panel-hot .code"), awaits, strict=True))
    assert shown["return await fetch('table', 7)"] == "7.00 ms"
    assert shown["return table[item]  # as listed"] == ""
    page.open(written(large(functions=3)))
    assert page.texts(".panel-hot thead th")[-1] == "Hits"


def test_of_one_function_there_is_no_map(page: Page, written: Any) -> None:
    """It would be one block, and say nothing."""
    page.open(written(LINES))
    assert len(page.all(".panel-map")) == 1
    page.open(written(HUGE))
    assert page.all(".panel-functions")
    assert not page.all(".panel-map")


def test_files_and_their_treemap(shop: Page) -> None:
    assert shop.texts(".panel-files tbody .name") == ["prices.py", "shop.py"]
    shop.eventually(lambda: shop.all(".tile"))
    tiles = {tile.get_attribute("title").split("\n")[0]: tile for tile in shop.all(".tile")}
    assert set(tiles) == {
        "Prices.price (prices.py:3)",
        "Prices.load (prices.py:20)",
        "checkout (shop.py:10)",
    }
    area = {name: tile.size["width"] * tile.size["height"] for name, tile in tiles.items()}
    ratio = area["Prices.price (prices.py:3)"] / area["Prices.load (prices.py:20)"]
    assert ratio == pytest.approx(2, rel=0.1)
    tiles["Prices.load (prices.py:20)"].click()
    shop.eventually(lambda: shop.all("table.source"))
    assert shop.hash() == "#file=prices.py&line=20"
    shop.click(".brand")
    shop.eventually(lambda: shop.all(".overview"))
    shop.click(".panel-files tbody .name")
    assert shop.hash() == "#file=prices.py&line=3"


def test_many_functions_are_shown_on_request(page: Page, written: Any) -> None:
    page.open(written(large(functions=130, lines=3)))
    assert len(page.all(FUNCTIONS)) == 100
    assert page.text(".panel-functions .more") == "Show all 130"
    page.click(".panel-functions .more")
    assert len(page.all(FUNCTIONS)) == 130
    assert not page.one(".panel-functions .more").is_displayed()


def test_several_runs_are_listed(page: Page, written: Any) -> None:
    page.open(written(Profile((RUN, RUN), SHOP.functions)))
    assert len(page.all(".panel-runs tbody tr")) == 2
    assert "2 runs added up" in page.text(".totals")
    facts = page.text(".run .facts")
    assert "ada" in facts
    assert "process" not in facts
    heights = page.run(
        "return [...document.querySelectorAll('.panel-runs td')].map(c => c.offsetHeight)"
    )
    assert max(heights) < 40


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        (Profile((RUN,), ()), "no function was registered"),
        (Profile((RUN,), SHOP.functions[2:3]), "1 function registered, but none was called"),
    ],
)
def test_an_empty_page_says_why(page: Page, written: Any, profile: Profile, message: str) -> None:
    page.open(written(profile))
    assert message in page.text(".notice")
