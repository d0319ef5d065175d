"""A notebook open in JupyterLab, as a person sees it: run it, read it, click in it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from lab import PATIENCE, TOKEN, set_theme

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}


class Page:
    """One browser window."""

    def __init__(self, browser: Chrome, address: str, home: Path, folder: Path) -> None:
        self.browser = browser
        self._address = address
        self._home = home
        self._folder = folder

    def write(self, name: str, *cells: str) -> str:
        """Writes a notebook of code cells; returns its name."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}},
        )
        nbformat.write(notebook, self._folder / name)
        return name

    def open(
        self, name: str, *, width: int = 1500, height: int = 1000, theme: str = "Light"
    ) -> None:
        """Opens a notebook and waits for its kernel."""
        set_theme(self._home, theme)
        self.browser.set_window_size(width, height)
        self.browser.get(f"{self._address}/doc/tree/{name}?token={TOKEN}&reset")
        self.wait(lambda: self.all(".jp-Notebook .jp-Cell"), "the notebook")
        ready = "//*[@id='jp-bottom-panel']//*[contains(text(),'| Idle')]"
        self.wait(lambda: self.one(ready), "the kernel")

    def run_all(self) -> None:
        """Runs all cells through the menu, and waits until none is running or waiting."""
        self.click(self.one("//div[contains(@class,'lm-MenuBar-itemLabel')][text()='Run']"))
        entry = "//div[contains(@class,'lm-Menu-itemLabel')][text()='Run All Cells']"
        self.click(self.wait(lambda: self.one(entry), "the menu"))
        self.wait(lambda: not self.waiting() and self.ran(), "all cells to have run")

    def ran(self) -> bool:
        prompts = [e.text for e in self.all(".jp-CodeCell .jp-InputPrompt")]
        return bool(prompts) and all(any(c.isdigit() for c in prompt) for prompt in prompts)

    def waiting(self) -> bool:
        return any("*" in e.text for e in self.all(".jp-InputPrompt"))

    def all(self, css: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, css)

    def rows(self) -> list[WebElement]:
        """Returns the controls of the explorer that are on view."""
        return [e for e in self.all(".widget-toggle-buttons") if e.is_displayed()]

    def one(self, xpath: str) -> WebElement | None:
        shown = [e for e in self.browser.find_elements(By.XPATH, xpath) if e.is_displayed()]
        return shown[0] if shown else None

    def click(self, element: WebElement | None) -> None:
        assert element is not None
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def wait(self, until: Callable[[], Any], what: str) -> Any:
        """Waits for something to be there or true; returns it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            # what is being drawn anew is looked at again
            with contextlib.suppress(StaleElementReferenceException):
                value = until()
                if value:
                    return value
            time.sleep(0.1)
        self.screenshot("waiting")
        raise AssertionError(f"waited {PATIENCE} s for {what}; see build/screenshots/waiting.png")

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.browser.save_screenshot(str(SCREENSHOTS / f"{name}.png"))

    def complaints(self) -> list[str]:
        """Returns what the console has of errors since the last time."""
        entries = self.browser.get_log("browser")
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]
