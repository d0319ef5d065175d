"""One JupyterLab and one Chromium for all browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import chromium, found, jupyterlab
from page import Page

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    try:
        found("chromium", "chromium-browser"), found("chromedriver")
    except RuntimeError as missing:
        pytest.exit(str(missing), returncode=1)
    home = tmp_path_factory.mktemp("home")
    folder = home / "notebooks"
    folder.mkdir()
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, folder)
    with jupyterlab(folder, home) as address, chromium(home) as browser:
        yield Page(browser, address, home, folder)
