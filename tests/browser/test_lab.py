"""What a person sees in JupyterLab, with no other address than loopback to be had."""

from __future__ import annotations

import re
import time

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Keys
from selenium.webdriver.remote.webelement import WebElement

from page import Page

START = "import twitchbayes as tb\nmodel = tb.load('leg_twitch')"
LOOKS = [(1500, "Light"), (1500, "Dark"), (800, "Light"), (800, "Dark")]
SEARCH = "//input[starts-with(@placeholder, 'search')]"
BABINSKI_YES = (
    "//div[text()='Babinski sign']/ancestor::*[contains(@class, 'widget-hbox')][1]"
    "//button[normalize-space()='yes']"
)
FIRST_NOTEBOOK = "01_one_patient.ipynb"


def output(page: Page, cell: int) -> WebElement:
    """The outputs of a code cell, by its place among them."""
    shown = page.all(".jp-CodeCell")[cell]
    page.browser.execute_script("arguments[0].scrollIntoView({block: 'start'})", shown)
    return shown


def now(text: str, cause: str) -> float:
    """Returns the percentage of a cause in a table that shows before and now."""
    numbers = re.search(re.escape(cause) + r"\s+<?[\d.]+%\s+<?([\d.]+)%", text)
    assert numbers is not None, text
    return float(numbers[1])


@pytest.fixture
def quiet(page: Page) -> Page:
    """The page, with what its console said before forgotten."""
    page.complaints()
    return page


def test_the_net_is_cut_off(page: Page) -> None:
    with pytest.raises(WebDriverException, match="ERR_NAME_NOT_RESOLVED"):
        page.browser.get("http://example.org/")


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_the_first_notebook_runs_and_shows_its_bars(quiet: Page, width: int, theme: str) -> None:
    page = quiet
    page.open(FIRST_NOTEBOOK, width=width, theme=theme)
    page.run_all()
    answer = output(page, 0)
    bars = page.wait(
        lambda: answer.find_elements("css selector", ".twitchbayes svg, .twitchbayes progress"),
        "bars",
    )
    drawn = [bar for bar in bars if bar.is_displayed() and bar.size["width"] > 20]
    assert len(drawn) >= 13
    assert "Ordinary benign twitching" in answer.text
    time.sleep(0.5)
    page.screenshot(f"notebook-{width}-{theme.lower()}")
    assert page.complaints() == []


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_a_click_in_the_explorer_moves_the_answer(quiet: Page, width: int, theme: str) -> None:
    page = quiet
    name = page.write("explorer.ipynb", START, "explorer = model.explore(age=62)\nexplorer")
    page.open(name, width=width, theme=theme)
    page.run_all()
    cell = output(page, 1)
    page.wait(lambda: "Ordinary benign twitching" in cell.text, "the explorer")
    before = cell.text
    assert "Red flags" not in before
    page.screenshot(f"explorer-{width}-{theme.lower()}")
    search = page.wait(lambda: page.one(SEARCH), "the search")
    page.click(search)
    search.send_keys("babinski")
    # each letter narrows the rows down; in the end there is one, above the five best questions
    page.wait(lambda: 0 < len(page.rows()) <= 6, "the search")
    yes = page.wait(lambda: page.one(BABINSKI_YES), "the control of the Babinski sign")
    page.click(yes)
    page.wait(lambda: "Red flags" in cell.text, "the red flag")
    assert "Babinski sign" in cell.text.split("Red flags")[1]
    disease = "Motor neuron disease"
    assert now(cell.text, disease) > 5 * now(before, disease)
    page.screenshot(f"explorer-clicked-{width}-{theme.lower()}")
    page.click(page.one("//button[contains(., 'As code')]"))
    page.wait(lambda: 'model.diagnose(age=62, babinski="yes")' in cell.text, "the call")
    page.click(page.one("//button[contains(., 'Why?')]"))
    page.wait(lambda: "Babinski sign: yes lowered them the most" in cell.text, "the reasons")
    page.screenshot(f"explorer-why-{width}-{theme.lower()}")
    page.click(page.one("//button[contains(., 'Undo')]"))
    page.wait(lambda: "Red flags" not in cell.text, "the red flag to go")
    assert now(cell.text, disease) == now(before, disease)
    assert page.complaints() == []


def test_impossible_findings_are_refused_and_the_control_goes_back(quiet: Page) -> None:
    page = quiet
    name = page.write(
        "impossible.ipynb",
        "import twitchbayes as tb\nexplorer = tb.load('asia', target='bronc').explore()",
        "explorer.answer('either', 'no')\nexplorer",
        "explorer.answer('tub', 'yes')",
    )
    page.open(name)
    page.run_all()
    cell = output(page, 1)
    page.wait(lambda: "Not taken." in cell.text, "the refusal")
    assert "probability zero" in cell.text
    page.screenshot("explorer-refused")
    assert page.complaints() == []


def test_a_number_out_of_range_is_refused_and_the_field_goes_back(quiet: Page) -> None:
    page = quiet
    name = page.write("number.ipynb", START, "explorer = model.explore(age=62)\nexplorer")
    page.open(name)
    page.run_all()
    cell = output(page, 1)
    field = page.wait(
        lambda: cell.find_elements("css selector", "input[placeholder='years']"), "age"
    )[0]
    page.wait(lambda: field.get_property("value") == "62", "the age")
    page.click(field)
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("7", Keys.ENTER)
    page.wait(lambda: "Not taken." in cell.text, "the refusal")
    assert "this network is about adults" in cell.text
    page.wait(lambda: field.get_property("value") == "62", "the age as it was")
    assert page.complaints() == []
