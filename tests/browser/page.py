"""A page in the browser, in the words that the tests use."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 10.0
"""Seconds to wait for what should come at once; only a failing test takes so long."""


class Page:
    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver = driver
        self.folder = folder

    def open(self, path: Path, hash_: str = "") -> None:
        # Elsewhere first: another address within the same file would not load it anew.
        self.driver.get("about:blank")
        self.driver.get(path.as_uri() + hash_)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", selector))

    def one(self, selector: str) -> Any:
        found = self.all(selector)
        assert found, f"no {selector}"
        return found[0]

    def text(self, selector: str) -> str:
        return str(self.one(selector).text)

    def texts(self, selector: str) -> list[str]:
        return list(
            self.run(
                "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)",
                selector,
            )
        )

    def click(self, selector: str) -> None:
        self.one(selector).click()

    def press(self, keys: str, shift: bool = False) -> None:
        """Type the keys, wherever the focus is."""
        from selenium.webdriver.common.action_chains import ActionChains

        chain = ActionChains(self.driver)
        if shift:
            chain = chain.key_down("\ue008").send_keys(keys).key_up("\ue008")
        else:
            chain = chain.send_keys(keys)
        chain.perform()

    def hash(self) -> str:
        return str(self.run("return decodeURIComponent(location.hash)"))

    def eventually(self, truth: Callable[[], Any]) -> Any:
        """What `truth` returns once it is true; scrolling and resizing take a frame or two."""
        end = time.monotonic() + PATIENCE
        while not (value := truth()):
            assert time.monotonic() < end, "this never came true"
            time.sleep(0.02)
        return value

    def focused(self) -> str:
        return str(self.run("return document.activeElement.textContent"))

    def is_in_sight(self, selector: str) -> bool:
        return bool(
            self.run(
                "const e = document.querySelector(arguments[0]); if (!e) return false;"
                "const r = e.getBoundingClientRect();"
                "const hit = document.elementFromPoint(r.left + 5, (r.top + r.bottom) / 2);"
                "return Boolean(hit) && (e.contains(hit) || hit.contains(e))",
                selector,
            )
        )

    # The browser itself

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, scheme: str) -> None:
        """What the system says about light and dark."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def forget_theme(self) -> None:
        self.run("try { localStorage.clear() } catch {}")

    def print(self) -> bytes:
        """The page as PDF."""
        return base64.b64decode(self.driver.execute_cdp_cmd("Page.printToPDF", {})["data"])

    def picture(self, name: str) -> Path:
        path = self.folder / f"{name}.png"
        self.driver.save_screenshot(str(path))
        return path

    def complaints(self) -> list[str]:
        """Errors and warnings of the page since the last call: CSP violations among them."""
        return [entry["message"] for entry in self.driver.get_log("browser")]
