"""A real browser, Debian's chromium, for pages written by `lineprof html`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineprof.model.profile import Profile
from lineprof.report.html.page import render

from .page import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def _program(names: tuple[str, ...]) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"{names[0]} is not installed")
    return found


@pytest.fixture(scope="session")
def driver() -> Iterator[object]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = _program(BROWSERS)
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options, Service(_program(("chromedriver",))))
    browser.set_script_timeout(120)  # of a machine that is busy with something else
    yield browser
    browser.quit()


@pytest.fixture
def page(driver: object, tmp_path: Path) -> Iterator[Page]:
    """A window of 1280 x 800; what it shows at the end is kept as a picture in `tmp_path`."""
    page = Page(driver, tmp_path)
    page.resize(1280, 800)
    page.prefer("light")
    yield page
    page.picture("last")
    page.forget_theme()
    assert page.complaints() == []


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Writes the page of a profile, once; its path."""
    folder = tmp_path_factory.mktemp("pages")
    known: list[tuple[Profile, Path]] = []

    def write(profile: Profile) -> Path:
        for other, path in known:
            if other is profile:
                return path
        path = folder / f"{len(known)}.html"
        path.write_bytes(render(profile).encode("utf-8", "replace"))
        known.append((profile, path))
        return path

    return write
