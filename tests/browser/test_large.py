"""Fifty thousand lines: opened at once, scrolled smoothly, because few rows exist at a time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .page import Page
from .profiles import large

LINES = 50_000
MANY = large()
ONE = large(functions=1, lines=LINES)


def cpu(page: Page) -> float:
    """Seconds of CPU time the page's own thread has used since it was opened."""
    metrics = page.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return float({metric["name"]: metric["value"] for metric in metrics}["TaskDuration"])


@pytest.mark.parametrize("profile", [MANY, ONE], ids=["500 functions", "one function"])
def test_opening(page: Page, written: Any, profile: Any) -> None:
    path = written(profile)
    spent = []
    for _ in range(3):
        page.driver.get("about:blank")
        page.driver.execute_cdp_cmd("Performance.disable", {})
        page.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        before = cpu(page)
        page.driver.get(f"{path.as_uri()}#file=module_0.py&line=25000")
        assert page.texts('tr[aria-current="true"] th') == ["25000"]
        assert page.is_in_sight('tr[aria-current="true"] .c-source')
        spent.append(cpu(page) - before)
    (page.folder / "cpu.json").write_text(json.dumps(spent))
    # CPU time, and the best of three: not how busy the machine is, but how much there is to do.
    assert min(spent) < 2
    assert len(page.all("tr")) < 300


def test_scrolling(page: Page, written: Any) -> None:
    page.open(written(MANY), "#file=module_0.py")
    steps = page.driver.execute_async_script(
        """
        const done = arguments[arguments.length - 1];
        const scroller = document.querySelector(".scroller");
        const end = scroller.scrollHeight - scroller.clientHeight;
        const seen = [];
        let step = 0;
        const next = () => {
          const box = scroller.getBoundingClientRect();
          const middle = box.top + box.height / 2;
          const row = document.elementFromPoint(box.left + 40, middle).closest("tr");
          seen.push([row ? row.className : "nothing", document.querySelectorAll("tr").length]);
          step += 1;
          if (step > 60) return done(seen);
          // Ever longer steps, and the end at last.
          scroller.scrollTop = step === 60 ? end : Math.min(end, scroller.scrollTop + 100 * step);
          requestAnimationFrame(() => requestAnimationFrame(next));
        };
        next();
        """
    )
    assert len(steps) == 61
    assert all(kind.startswith(("line", "head")) for kind, _ in steps), steps
    assert max(rows for _, rows in steps) < 300
    assert page.texts("tr.line th")[-1] == str(499 * 102 + 100)


def test_heights_stay_true_to_the_end(page: Page, written: Any) -> None:
    page.open(written(MANY), "#file=module_0.py&line=50000")
    at = page.run(
        "const s = document.querySelector('.scroller').getBoundingClientRect().top;"
        "const r = document.querySelector('tr.selected').getBoundingClientRect().top;"
        "return [r - s + document.querySelector('.scroller').scrollTop,"
        "  Number(document.querySelector('tr.selected').getAttribute('aria-rowindex'))]"
    )
    heads = 490 + 1
    assert at[0] == pytest.approx(30 + heads * 54 + (at[1] - 2 - heads) * 22, abs=1)


def test_finding_among_all_lines(page: Page, written: Any) -> None:
    page.open(written(MANY), "#file=module_0.py")
    page.click("#find")
    page.press("step 99 of 499")
    assert page.text(".find-count") == "1/1"
    assert page.eventually(lambda: page.texts("tr.match th") == [str(499 * 102 + 100)])
    assert page.is_in_sight("tr.match")


def test_hot_lines_of_all(page: Page, written: Any) -> None:
    page.open(written(MANY), "#file=module_0.py&hot=1")
    page.press("n")
    assert page.texts('tr[aria-current="true"] th')
    assert int(page.one("table.source").get_attribute("aria-rowcount")) < 45_000
