"""A page of many processes: which took longest, and each by itself."""

from __future__ import annotations

from typing import Any

import pytest

from .page import Page
from .profiles import MANY, SHOP

ROWS = ".panel-processes tbody tr"


@pytest.fixture
def many(page: Page, written: Any) -> Page:
    page.open(written(MANY))
    return page


def choose(page: Page, process: str) -> None:
    page.run(
        "const select = document.querySelector('#process'); select.value = arguments[0];"
        "select.dispatchEvent(new Event('change'));",
        process,
    )


def test_the_slowest_comes_first(many: Page) -> None:
    assert many.text(".notice") == "2 processes were measured; Worker-1 took longest."
    first, second = many.texts(ROWS)
    assert first.startswith("Worker-150.0 ms")
    assert second.startswith("main30.0 ms")
    assert many.text("#process").split("\n")[0].strip() == "All 2 processes"


def test_one_is_chosen_and_its_numbers_are_shown(many: Page) -> None:
    whole = many.text(".totals")
    many.click(f"{ROWS} a")
    many.eventually(lambda: "process=Worker-1" in many.hash())
    assert "Worker-1 is shown" in many.text(".panel-processes")
    assert many.text(".totals") != whole
    assert many.texts(".panel-functions tbody tr .name")[0] == "Prices.price"
    choose(many, "")
    assert "process" not in many.hash()
    assert many.text(".totals") == whole
    assert many.complaints() == []


def test_the_address_leads_to_a_line_of_one_process(many: Page, written: Any) -> None:
    many.open(written(MANY), "#file=prices.py&line=4&process=Worker-1")
    assert "100 calls · total 50.0 ms" in many.text("#main")
    choose(many, "main")
    assert "0 calls" in many.text("#main") or "never called" in many.text("#main")


def test_of_one_process_there_is_nothing_to_choose(page: Page, written: Any) -> None:
    page.open(written(SHOP))
    assert page.texts(ROWS) == []
    assert not page.one("#process").is_displayed()
