"""Source pages: the numbers, and every control."""

from __future__ import annotations

from typing import Any

import pytest

from .page import Page
from .profiles import SHOP, large

PRICES = "#file=prices.py"
ESCAPE = "\ue00c"
ENTER = "\ue007"


@pytest.fixture
def prices(page: Page, written: Any) -> Page:
    page.open(written(SHOP), PRICES)
    return page


@pytest.fixture
def shop(page: Page, written: Any) -> Page:
    page.open(written(SHOP), "#file=shop.py")
    return page


def lines(page: Page) -> list[str]:
    return page.texts("tr.line th")


def row(page: Page, number: int) -> dict[str, str]:
    cells = page.run(
        "const row = [...document.querySelectorAll('tr.line')].find("
        "  (r) => r.querySelector('th').textContent === String(arguments[0]));"
        "return [...row.children].map((c) => [c.className.split(' ')[0].slice(2), c.textContent])",
        number,
    )
    return dict(cells)


def selected(page: Page) -> list[str]:
    return page.texts('tr[aria-current="true"] th')


def test_a_line_has_all_its_numbers(prices: Page) -> None:
    assert row(prices, 4) == {
        "line": "4",
        "hits": "100",
        "perhit": "550 µs",
        "time": "55.0 ms",
        "self": "35.0 ms",
        "percent": "87.5 %",
        "await": "",
        "calls": "2 →",
        "source": "        table = self.load(item)",
    }
    assert row(prices, 21)["await"] == "7.00 ms"
    assert row(prices, 3)["hits"] == ""
    assert prices.texts("tr.head h2") == ["Prices.price", "Prices.load", "Prices.unused"]
    head = prices.text("tr.head")
    assert "100 calls · total 60.0 ms · self 40.0 ms · 50.0 % of all" in head
    assert "never called" in prices.texts("tr.head")[2]


def test_no_await_column_where_nothing_waits(shop: Page) -> None:
    assert "Await" not in shop.texts("table.source thead th")


def test_heat_by_self_or_total(shop: Page) -> None:
    hot = "tr.line:nth-child(6)"
    assert shop.texts(f"{hot} th") == ["14"]
    assert shop.one(f"{hot} .c-self").get_attribute("class").endswith("heat-6")
    assert shop.one('[data-metric="self"]').get_attribute("aria-pressed") == "true"
    assert row(shop, 14)["percent"] == "90.0 %"
    shop.click('[data-metric="total"]')
    assert shop.one(f"{hot} .c-time").get_attribute("class").endswith("heat-8")
    assert "heat" not in shop.one(f"{hot} .c-self").get_attribute("class")
    assert row(shop, 14)["percent"] == "97.5 %"
    assert shop.hash() == "#file=shop.py&heat=total"
    shop.press("t")
    assert shop.hash() == "#file=shop.py"


def test_hot_lines_only(shop: Page) -> None:
    assert lines(shop) == [str(n) for n in range(10, 21)]
    shop.click("#hot-only")
    assert lines(shop) == ["13", "14"]
    assert shop.texts("tr.fold") == ["… 3 lines below 1 %", "… 6 lines below 1 %"]
    assert shop.one("#hot-only").get_attribute("aria-pressed") == "true"
    assert shop.hash() == "#file=shop.py&hot=1"
    shop.click("tr.fold button")
    assert lines(shop) == ["10", "11", "12", "13", "14"]
    shop.press("h")
    assert lines(shop) == [str(n) for n in range(10, 21)]


def test_hot_lines_leave_out_what_was_never_called(prices: Page, written: Any) -> None:
    prices.press("h")
    assert prices.texts("tr.head h2") == ["Prices.price", "Prices.load"]
    prices.open(written(SHOP), "#file=prices.py&line=41&hot=1")
    assert selected(prices) == ["41"]  # asked for by its address


def test_from_a_line_to_its_callees_and_back_to_the_callers(shop: Page) -> None:
    shop.click("tr.line .chip")
    assert shop.hash() == "#file=shop.py&line=14"
    assert shop.focused() == "Prices.price"
    callee = shop.texts(".edges-callees tbody tr > *")
    assert callee == ["Prices.priceprices.py:3", "100", "60.0 ms", "76.9 %"]
    shop.press(ENTER)
    assert shop.eventually(lambda: selected(shop) == ["3"])
    assert shop.hash() == "#file=prices.py&line=3"
    assert shop.texts(".edges-callers tbody tr > *") == [
        "checkoutshop.py:14",
        "100",
        "60.0 ms",
        "100.0 %",
    ]
    shop.click(".edges-callers a")
    assert shop.eventually(lambda: selected(shop) == ["14"])
    shop.driver.back()
    assert shop.eventually(lambda: selected(shop) == ["3"])
    assert shop.hash() == "#file=prices.py&line=3"


def test_a_functions_callers_from_its_head(prices: Page) -> None:
    prices.click("tr.head .chip")
    assert prices.focused() == "checkout"
    prices.press(ENTER)
    assert prices.eventually(lambda: selected(prices) == ["14"])
    assert prices.hash() == "#file=shop.py&line=14"


def test_choosing_a_line(prices: Page) -> None:
    assert not prices.one(".inspector").is_displayed()
    prices.click("tr.line:nth-child(4) .c-source")
    assert selected(prices) == ["5"]
    assert prices.hash() == "#file=prices.py&line=5"
    assert prices.text(".inspector pre") == "return table[item]  # as listed"
    assert prices.texts(".line-facts div > *") == [
        *("Hits", "100", ""),
        *("Per hit", "50.0 µs", ""),
        *("Time", "5.00 ms", "8.3 % of the function"),
        *("Self", "5.00 ms", "6.2 % of all"),
    ]
    prices.click(".close")
    assert not prices.one(".inspector").is_displayed()


def test_permalinks(page: Page, written: Any) -> None:
    path = written(SHOP)
    page.open(path, "#file=prices.py&line=21")
    assert selected(page) == ["21"]
    page.open(path, "#file=shop.py&line=14&heat=total&hot=1")
    assert selected(page) == ["14"]
    assert lines(page) == ["13", "14"]
    assert page.one('[data-metric="total"]').get_attribute("aria-pressed") == "true"
    page.open(path, "#file=shop.py&line=20&hot=1")
    assert selected(page) == ["20"]  # the fold that hides it opens
    link = page.one("tr.line th a").get_attribute("href")
    page.driver.get(link)
    assert page.eventually(lambda: selected(page) == ["13"])
    assert page.hash() == "#file=shop.py&line=13&hot=1"
    # In a report on more files their names are longer.
    page.open(path, "#file=srv/shop/prices.py&line=21")
    assert selected(page) == ["21"]
    page.open(path, "#file=gone.py&line=3")
    assert page.all(".overview")
    assert page.eventually(lambda: page.texts("#status") == ["gone.py is not in this profile"])
    page.open(path, "#file=shop.py&line=999")
    assert lines(page)[0] == "10"


def test_every_key(shop: Page) -> None:
    def press(key: str, line: str) -> None:
        shop.press(key)
        assert shop.eventually(lambda: selected(shop) == [line]), key

    press("j", "10")
    press("j", "11")
    press("k", "10")
    press("n", "13")
    assert shop.focused() == "13"
    press("n", "14")
    press("n", "14")
    assert shop.texts("#status") == ["No more"]
    press("p", "13")
    press("n", "14")
    press("c", "3")
    assert shop.hash() == "#file=prices.py&line=3"
    press("]", "20")
    press("[", "3")
    press("b", "14")
    assert shop.hash() == "#file=shop.py&line=14"
    assert shop.one(".inspector").is_displayed()
    shop.press(ESCAPE)
    assert not shop.one(".inspector").is_displayed()
    shop.press("d")
    assert shop.run("return document.documentElement.dataset.theme") == "dark"
    shop.press("?")
    assert shop.one("dialog").is_displayed()
    assert shop.texts("dialog dt")[0] == "/"
    shop.press("h")  # belongs to the dialog now
    assert lines(shop)[0] == "10"
    shop.press(ESCAPE)
    assert not shop.one("dialog").is_displayed()
    shop.press("/")
    shop.press("t")  # typed, not a command
    assert shop.one("#find").get_attribute("value") == "t"
    shop.press(ESCAPE)
    shop.press("o")
    assert shop.eventually(lambda: shop.all(".overview"))


def test_finding_in_a_file(shop: Page) -> None:
    shop.click("#find")
    shop.press("LOG(")
    assert shop.text(".find-count") == "1/3"
    assert shop.texts("tr.match th") == ["16"]
    shop.press(ENTER)
    assert shop.texts("tr.match th") == ["17"]
    shop.press(ENTER, shift=True)
    assert shop.texts("tr.match th") == ["16"]
    assert shop.run("return CSS.highlights.get('found').size") == 3
    shop.press("x")
    assert shop.text(".find-count") == "0/0"
    assert shop.texts("#status") == ["Nothing found"]


def test_other_files_and_functions(shop: Page) -> None:
    from selenium.webdriver.support.ui import Select

    Select(shop.one(".crumbs select")).select_by_visible_text("prices.py")
    outline = ["Prices.price", "Prices.load", "Prices.unused"]
    assert shop.eventually(lambda: shop.texts(".outline-name") == outline)
    assert shop.hash() == "#file=prices.py&line=3"
    shop.click(".outline li:nth-child(2) a")
    assert shop.eventually(lambda: selected(shop) == ["20"])
    assert shop.text(".outline-title") == "3 functions"
    shop.press("h")
    shown = [item.text.split()[0] for item in shop.all(".outline li") if item.is_displayed()]
    assert shown == outline[:2]
    assert shop.text(".outline-title") == "2 called, of 3"


def test_the_minimap_scrolls(page: Page, written: Any) -> None:
    page.open(written(large(functions=20)), "#file=module_0.py")
    scroll = "return document.querySelector('.scroller').scrollTop"
    assert page.run(scroll) == 0
    page.click(".minimap")  # in its middle
    page.eventually(lambda: page.run(scroll))
    middle = page.run("const s = document.querySelector('.scroller'); return s.scrollHeight / 2")
    height = page.run("return document.querySelector('.scroller').clientHeight")
    assert abs(page.run(scroll) + height / 2 - middle) < 20
    assert page.run("return parseFloat(document.querySelector('.window').style.top)") > 40


def test_colours_of_python(page: Page, written: Any) -> None:
    page.open(written(SHOP), "#file=shop.py")
    kinds = page.run(
        "return [...document.querySelectorAll('[class^=k-]')]"
        ".map((e) => [e.className, e.textContent])"
    )
    assert ["k-D", "@profile"] in kinds
    assert ["k-F", "checkout"] in kinds
    assert ["k-K", "for"] in kinds
    assert ["k-N", "0"] in kinds
    assert ["k-S", "'empty'"] in kinds
