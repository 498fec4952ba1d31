"""Themes, widths, paper and assistive technology."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from lineprof.model.profile import Profile

from .page import Page
from .profiles import HUGE, LINES, LOAD, SHOP, large

THEME = "return document.documentElement.dataset.theme"
BACKGROUND = "return getComputedStyle(document.body).backgroundColor"
SOURCE = "#file=prices.py&line=4"

# Contrast of every text on the screen with what is behind it, worst first.
CONTRASTS = """
const parse = (c) => c.match(/[\\d.]+/g).map(Number);
const light = (c) => {
  const [r, g, b] = parse(c).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (parse(c).length === 3) return c;
    if (parse(c)[3] !== 0) throw new Error("half transparent: " + e.className);
  }
  return "rgb(255, 255, 255)";
};
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
  if (element.closest("script, noscript, .minimap, dialog:not([open])")) continue;
  const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const what = element.textContent.slice(0, 40);
  found.push([ratio, `${element.tagName}.${element.className}: ${what}`]);
}
return found.sort((a, b) => a[0] - b[0]);
"""


def test_the_theme_is_the_systems_until_one_is_chosen(page: Page, written: Any) -> None:
    path = written(SHOP)
    page.open(path)
    assert page.run(THEME) == "light"
    white = page.run(BACKGROUND)
    page.prefer("dark")
    assert page.eventually(lambda: page.run(THEME) == "dark")
    assert page.run(BACKGROUND) != white
    page.click("#theme")
    assert page.run(THEME) == "light"
    page.open(path, SOURCE)
    assert page.run(THEME) == "light"  # as chosen, on every page
    assert page.run(BACKGROUND) == white


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("hash_", ["", SOURCE, "#file=shop.py&line=14&heat=total&hot=1"])
def test_text_can_be_read(page: Page, written: Any, scheme: str, hash_: str) -> None:
    page.resize(1700, 1000)
    page.prefer(scheme)
    page.open(written(SHOP), hash_)
    found = page.run(CONTRASTS)
    assert len(found) > 60
    assert [item for item in found if item[0] < 4.5] == []
    page.picture(f"{scheme}-{len(hash_)}")


@pytest.mark.parametrize("width", [320, 400, 800, 1280, 4000])
@pytest.mark.parametrize("hash_", ["", SOURCE])
def test_every_width(page: Page, written: Any, width: int, hash_: str) -> None:
    page.resize(width, 900)
    page.open(written(SHOP), hash_)
    assert page.run("return document.documentElement.scrollWidth") <= width
    controls = ['[data-metric="total"]', "#theme", ".brand"]
    controls += ["#hot-only", "#find", ".crumbs select"] if hash_ else ["#search"]
    for control in controls:
        if control == "#search":
            page.one(control).location_once_scrolled_into_view  # noqa: B018
        assert page.is_in_sight(control), control
    if hash_:
        shown = [head.text for head in page.all("table.source thead th") if head.is_displayed()]
        assert {"Line", "Hits", "Self", "Calls", "Source"} <= set(shown)
        assert ("Per Hit" in shown) == (width > 900)
        head = page.one("tr.head")
        assert head.size["height"] == 54
        assert page.is_in_sight("tr.head .chip")
    page.picture(f"{width}-{len(hash_)}")


@pytest.mark.parametrize(("width", "most"), [(400, 1), (1280, 1), (1920, 5)])
def test_narrow_screens_leave_out_the_indentation_of_methods(
    page: Page, written: Any, width: int, most: int
) -> None:
    page.resize(width, 900)
    page.open(written(SHOP), "#file=prices.py&line=4")
    left = page.run(
        """
        const cell = document.querySelector("tr.line .c-source");
        const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
          const at = node.data.search(/\\S/);
          if (at < 0) continue;
          range.setStart(node, at);
          range.setEnd(node, at + 1);
          const rect = range.getBoundingClientRect();
          const padding = parseFloat(getComputedStyle(cell).paddingLeft);
          return (rect.left - cell.getBoundingClientRect().left - padding) / rect.width;
        }
        """
    )
    assert left == pytest.approx(most - 1, abs=0.3)


@pytest.mark.parametrize("width", [400, 800, 1280, 1920])
@pytest.mark.parametrize("file", ["short", "tabs", "broad"])
def test_source_is_as_wide_as_its_lines(page: Page, written: Any, width: int, file: str) -> None:
    page.resize(width, 900)
    page.open(written(LINES), f"#file={file}.py")
    needed, there, shown = page.run(
        """
        const cells = [...document.querySelectorAll("td.c-source")];
        const table = document.querySelector("table.source");
        const scroller = document.querySelector(".scroller");
        const range = document.createRange();
        const ends = cells.map((cell) => {
          range.selectNodeContents(cell);
          return range.getBoundingClientRect().right;
        });
        const left = table.getBoundingClientRect().left;
        return [Math.max(...ends) - left, table.offsetWidth, scroller.clientWidth];
        """
    )
    assert needed <= there
    assert there <= max(shown, needed * 1.25 + 80)
    assert page.run("return document.querySelector('.scroller').scrollWidth") == there


FAR = Profile(
    HUGE.runs,
    tuple(
        replace(HUGE.functions[0], key=replace(HUGE.functions[0].key, file=file))
        for file in ("/srv/" + "a_folder_in_another/" * 6 + "far_away.py", "/srv/near.py")
    ),
)


@pytest.mark.parametrize("width", [320, 400, 640, 700, 900, 1100])
def test_long_names_of_files_do_not_widen_the_page(page: Page, written: Any, width: int) -> None:
    page.resize(width, 800)
    page.open(written(FAR), "#file=far_away.py")
    assert page.text("tr.head h2")
    assert page.run("return document.documentElement.scrollWidth") <= width
    for control in ("#hot-only", '[data-metric="total"]', "#theme", "#find", ".crumbs select"):
        assert page.is_in_sight(control), control
        assert page.one(control).rect["x"] + page.one(control).rect["width"] <= width


# Cells whose text does not fit: what is left of a number would be another number.
CUT = """
return [...document.querySelectorAll(
  "table.source tr.line > :is(th, td):not(.c-source, .c-calls)")]
  .filter((cell) => cell.checkVisibility() && cell.textContent)
  .map((cell) => [cell.textContent, cell.scrollWidth - cell.clientWidth]);
"""


@pytest.mark.parametrize("width", [400, 800, 1280])
@pytest.mark.parametrize("metric", ["self", "total"])
def test_large_numbers_are_not_cut(page: Page, written: Any, width: int, metric: str) -> None:
    page.resize(width, 900)
    page.open(written(HUGE), f"#file=huge.py&heat={metric}")
    cells = page.run(CUT)
    assert ["1,000,000,000,000", 0] in cells
    assert ["123,457 s", 0] in cells
    assert [cell for cell in cells if cell[1] > 0] == []


def test_large_numbers_are_not_cut_on_paper(page: Page, written: Any) -> None:
    page.open(written(HUGE), "#file=huge.py")
    page.run("dispatchEvent(new Event('beforeprint'))")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    cells = page.run(CUT)
    assert ["9,876,543 s", 0] in cells
    assert [cell for cell in cells if cell[1] > 0] == []
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


SEVERAL = Profile(HUGE.runs, tuple(sorted(HUGE.functions + SHOP.functions, key=lambda f: f.key)))


@pytest.mark.parametrize("hash_", ["", "#file=huge.py"])
def test_of_a_long_name_the_last_part_is_shown(page: Page, written: Any, hash_: str) -> None:
    page.open(written(SEVERAL), hash_)
    page.eventually(lambda: page.all(":is(.tile, .outline) .short"))
    name = "document.querySelector(':is(.tile, .outline) .short')"
    shown = f"""
        const all = {name}.getBoundingClientRect();
        const texts = document.createTreeWalker({name}, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        const shown = [];
        while (texts.nextNode()) {{
          range.selectNodeContents(texts.currentNode);
          const text = range.getBoundingClientRect();
          const middle = (text.top + text.bottom) / 2;
          if (all.top < middle && middle < all.bottom) shown.push(texts.currentNode.data);
        }}
        return shown;
    """
    for width in (150, 300):
        page.run(f"{name}.style.minWidth = {name}.style.maxWidth = '{width}px'")
        assert page.run(shown) == ["serve_until_somebody_stops_it"]
    page.run(f"{name}.style.minWidth = {name}.style.maxWidth = '400px'")
    assert page.run(shown) == ["Server.<locals>.", "serve_until_somebody_stops_it"]
    text = page.one(":is(.tile, .outline) .short").text
    assert text == "Server.<locals>.serve_until_somebody_stops_it"


def test_names_and_times_of_the_list_stand_on_one_line(page: Page, written: Any) -> None:
    page.open(written(SHOP), "#file=prices.py")
    name, time = (page.one(f".outline {part}").rect for part in ("b:last-child", ".outline-time"))
    assert name["y"] + name["height"] / 2 == pytest.approx(time["y"] + time["height"] / 2, abs=2)
    assert page.one(".outline li").rect["height"] <= 26


def test_the_list_marks_the_function_that_is_selected(page: Page, written: Any) -> None:
    """Also where the page ends before that function reaches the top."""
    page.open(written(SHOP), "#file=prices.py")
    marked = ".outline [aria-current] .outline-name"
    assert page.texts(marked) == ["Prices.price"]
    page.run("document.querySelectorAll('.outline a')[2].click()")
    assert page.eventually(lambda: page.texts(marked) == ["Prices.unused"])
    page.run("document.querySelector('.scroller').dispatchEvent(new Event('scroll'))")
    page.run("return new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert page.texts(marked) == ["Prices.unused"]


def test_wide_screens_are_used(page: Page, written: Any) -> None:
    page.resize(4000, 1200)
    page.open(written(SHOP))
    lefts = {panel.location["x"] for panel in page.all(".panel")}
    assert len(lefts) == 3


def test_rows_stand_where_they_are_reckoned(page: Page, written: Any) -> None:
    """Were a row higher than its sort is, everything below it would be out of place."""
    for width in (400, 1280):
        page.resize(width, 900)
        page.open(written(SHOP), "#file=shop.py&hot=1")
        heights = page.run(
            "return [...document.querySelectorAll('tbody tr')].map("
            "  (r) => [r.className.split(' ')[0], r.getBoundingClientRect().height])"
        )
        assert {tuple(item) for item in heights} == {("head", 54), ("fold", 24), ("line", 22)}


def test_paper_gets_everything(page: Page, written: Any) -> None:
    page.open(written(large(functions=15)), "#file=module_0.py")
    assert len(page.all("tr.line")) < 500
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert len(page.all(".paper tr.line")) == 15 * 100
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert page.one(".paper tr.line").is_displayed()
    assert not page.one(".sizer").is_displayed()
    page.picture("paper")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    page.run("dispatchEvent(new Event('afterprint'))")
    assert not page.all(".paper")


def test_printing(page: Page, written: Any) -> None:
    page.open(written(SHOP), SOURCE)
    page.run(
        "addEventListener('beforeprint', () => {"
        "  window.printed = document.querySelectorAll('.paper tr.line').length; })"
    )
    pages = len(re.findall(rb"/Type\s*/Page\b", page.print()))
    assert page.run("return window.printed") == 7
    assert pages == 1
    assert not page.all(".paper")


def test_paper_is_white_and_the_overview_fits(page: Page, written: Any) -> None:
    page.prefer("dark")
    page.open(written(SHOP))
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert page.run(BACKGROUND) == "rgb(255, 255, 255)"
    assert not page.one("header").is_displayed()
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert len(re.findall(rb"/Type\s*/Page\b", page.print())) < 5


def test_the_map_is_as_wide_as_the_paper(page: Page, written: Any) -> None:
    page.open(written(SHOP))
    assert page.all(".tile")
    outside = """
        const box = document.querySelector(".treemap");
        box.style.width = "300px";
        const right = box.getBoundingClientRect().right;
        return [...box.children].filter((t) => t.getBoundingClientRect().right > right + 1).length;
    """
    assert page.run(outside) == 0


def test_too_much_for_paper_says_so(page: Page, written: Any) -> None:
    page.open(written(large(functions=70)), "#file=module_0.py")
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert 'too long to print whole; choose "Hot lines"' in page.texts(".print-note")[0]
    assert len(page.all("tr.line")) < 500


def tree(page: Page) -> list[tuple[str, str]]:
    """Role and name of all that assistive technology is told of."""
    page.driver.execute_cdp_cmd("Accessibility.enable", {})
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]


@pytest.mark.parametrize("hash_", ["", SOURCE])
def test_what_a_screen_reader_is_told(page: Page, written: Any, hash_: str) -> None:
    page.open(written(SHOP), hash_)
    told = tree(page)
    roles = [role for role, _ in told]
    nameless = {role for role, name in told if not name.strip()}
    assert nameless.isdisjoint({"button", "link", "searchbox", "combobox", "columnheader"})
    assert roles.count("main") == 1
    assert roles.count("banner") == 1
    assert ("heading", "shop.py --fast 'a b'" if not hash_ else "/srv/shop/prices.py") in told
    if hash_:
        assert ("table", "Source of prices.py with numbers for each line") in told
        assert ("columnheader", "Self") in told
        assert ("rowheader", "4") in told
        assert ("heading", "Prices.load") in told
        assert ("button", "2 calls of Prices.load: show") in told
        assert ("region", "Source of prices.py") in told
        assert ("complementary", "Selected line") in told
    else:
        assert ("table", "Functions") in told
        assert ("columnheader", "Self") in told
        assert ("rowheader", f"{LOAD.name} prices.py:20") in told
        assert not [name for _, name in told if "of all" in name and "self" in name]  # the map


def test_rows_know_their_place(page: Page, written: Any) -> None:
    page.open(written(large()), "#file=module_0.py&line=40000")
    count = int(page.one("table.source").get_attribute("aria-rowcount"))
    assert count == 1 + 500 + 500 * 100
    index = int(page.one('tr[aria-current="true"]').get_attribute("aria-rowindex"))
    # 392 functions of 102 lines (two of them blank) go before; heads of rows count too.
    assert index == 1 + 392 * 101 + 1 + (40000 - 392 * 102)


def test_skipping_to_the_content(page: Page, written: Any) -> None:
    page.open(written(SHOP), "#file=prices.py")
    page.press("\ue004")
    assert page.focused() == "Skip to content"
    page.press("\ue007")
    assert page.run("return document.activeElement.className") == "scroller"
    assert page.hash() == "#file=prices.py"
