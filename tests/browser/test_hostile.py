"""Source, names and commands that are HTML or script are shown as text, and nothing is loaded."""

from __future__ import annotations

from typing import Any

import pytest

from lineprof.model.profile import Edge, Function, FunctionKey, Line, Profile, Run

from .page import Page
from .profiles import HOSTILE, HOSTILE_FILE, HOSTILE_LINES, HOSTILE_NAME, MS

# Characters that would reorder or break lines are replaced, all others are as they are.
SHOWN = [line.replace("\u2028", "\ufffd").replace("\u2029", "\ufffd") for line in HOSTILE_LINES]
SHOWN[4] = SHOWN[4].replace("\udc80", "\ufffd")


@pytest.fixture
def hostile(page: Page, written: Any) -> Page:
    page.open(written(HOSTILE))
    return page


def is_harmless(page: Page) -> bool:
    return bool(
        page.run(
            "return window.hacked === undefined && !document.querySelector('img, svg, b > b')"
            " && document.scripts.length === 2"
        )
    )


def test_the_overview_shows_text(hostile: Page) -> None:
    assert hostile.text("h1") == "'</title><script>window.hacked = 8</script>'"
    assert hostile.driver.title.startswith("'</title><script>")
    assert hostile.text(".panel-functions tbody .name") == HOSTILE_NAME
    assert hostile.texts(".panel-files .name") == [HOSTILE_FILE.removeprefix("/tmp/")]
    assert "<i>host</i>" in hostile.text(".run .facts")
    assert is_harmless(hostile)


def test_the_source_shows_text(hostile: Page) -> None:
    hostile.click(".panel-functions tbody .name")
    hostile.eventually(lambda: hostile.all("table.source"))
    assert hostile.texts("td.c-source") == SHOWN
    assert hostile.text("tr.head h2") == HOSTILE_NAME
    hostile.click("tr.line .chip")
    assert hostile.text(".inspector pre") == SHOWN[0]
    assert hostile.text(".edges-callees tbody th") == "<script>gone</script>"
    assert is_harmless(hostile)
    hostile.click("#find")
    hostile.press("<svg")
    assert hostile.texts("tr.match td.c-source") == [SHOWN[3]]
    assert is_harmless(hostile)


def test_nothing_turns_the_direction_of_text(page: Page, written: Any) -> None:
    turn = "\u202eturned\u2066"
    function = Function(
        FunctionKey(f"/srv/{turn}/{turn}.py", 1, turn),
        1,
        MS,
        lines=(Line(2, 1, MS, MS),),
        edges=(Edge(2, FunctionKey(f"{turn}.py", 9, turn), 1, 9),),
        source=f"def f():\n    '{turn}' + {turn}\n",
    )
    run = Run(argv=(f"{turn}.py",), host=turn, platform=turn, python=turn)
    page.open(written(Profile((run,), (function,))))
    assert "turned" in page.text("h1")
    turning = """
        const told = [document.title, document.body.innerText];
        for (const node of document.querySelectorAll("[title], [aria-label]")) {
          told.push(node.title, node.getAttribute("aria-label") || "");
        }
        return told.filter((text) => /[\\u202a-\\u202e\\u2066-\\u2069]/.test(text));
    """
    assert page.run(turning) == []
    page.click(".panel-functions tbody .name")
    page.eventually(lambda: page.all("table.source"))
    page.click("tr.line .chip")
    assert page.run(turning) == []


def test_nothing_is_loaded(hostile: Page) -> None:
    assert hostile.run("return performance.getEntriesByType('resource').length") == 0


def test_the_page_forbids_itself_scripts_and_network(hostile: Page) -> None:
    """Were text ever to become HTML, it would still do nothing."""
    hostile.run(
        "const s = document.createElement('script');"
        "try { s.textContent = 'window.hacked = 9'; } catch {}"
        "document.body.append(s);"
        "document.body.append(Object.assign(new Image(), {src: 'http://localhost:1/x.png'}));"
        "try { document.body.insertAdjacentHTML('beforeend', '<b>x</b>'); } catch (e) {"
        "  window.refused = e.name; }"
    )
    assert hostile.run("return window.hacked") is None
    assert hostile.run("return window.refused") == "TypeError"
    complaints = hostile.complaints()
    assert any("img-src" in message for message in complaints)


def test_addresses_of_others_do_nothing(page: Page, written: Any) -> None:
    page.open(written(HOSTILE), "#file=javascript:window.hacked=1&line=<b>&function=</script>")
    assert page.all(".overview")
    assert is_harmless(page)
