"""JupyterLab on loopback and Chromium beside it, with the rest of the net cut off."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

TOKEN = "twitchbayes"  # it listens on loopback only, and lives for the tests
PATIENCE = 60

PAGE = '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}'
"""JupyterLab asks the net for news otherwise."""

THEME = '{{"theme": "JupyterLab {theme}", "adaptive-theme": false}}'


@contextlib.contextmanager
def jupyterlab(folder: Path, home: Path) -> Iterator[str]:
    """Yields the address of a JupyterLab that serves a folder, its settings in another."""
    config = home / "config"
    (config / "labconfig").mkdir(parents=True)
    (config / "labconfig" / "page_config.json").write_text(PAGE, encoding="utf-8")
    port = free_port()
    environment = os.environ | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"),
        "--LabApp.extension_manager=readonly",
    ]
    with (home / "jupyterlab.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/api?token={TOKEN}", server, home / "jupyterlab.log")
            yield address
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def set_theme(home: Path, theme: str) -> None:
    """Writes the setting that JupyterLab reads when a page is loaded: Light or Dark."""
    folder = home / "settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "themes.jupyterlab-settings").write_text(THEME.format(theme=theme), encoding="utf-8")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(PATIENCE * 5):
        if server.poll() is not None:
            break
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-3000:]}")


def found(*names: str) -> str:
    """Returns where the first of some programs is, in words what to do where there is none."""
    for name in names:
        path = shutil.which(name)
        if path is not None:
            return path
    raise RuntimeError(
        f"the browser tests need {names[0]}; on Debian: apt-get install chromium chromium-driver"
    )


@contextlib.contextmanager
def chromium(home: Path) -> Iterator[Chrome]:
    """Yields Chromium, Debian's or another that is installed; no address but loopback resolves."""
    options = ChromeOptions()
    options.binary_location = found("chromium", "chromium-browser")
    for argument in (
        *("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
        "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"user-data-dir={home / 'chromium'}",
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options=options, service=Service(found("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()
