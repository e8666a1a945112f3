"""A real browser on a real dashboard."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

if TYPE_CHECKING:  # importing MLflow takes seconds
    from saliencnn.store.connection import Store

MAIN = Path(__file__).parents[2] / "app" / "main.py"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as Debian or another system installs it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
    if found is None:
        reason = "Chromium is not installed, so pages cannot be opened in a browser"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}; in CI no test may be skipped for it")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def dashboard(store: "Store", tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard's own server over the tests' store; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("dashboard") / "log"
    command = [sys.executable, "-m", "streamlit", "run", str(MAIN), "--server.headless=true"]
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, f"--server.port={port}", "--server.address=127.0.0.1"],
            env={**os.environ, "MLFLOW_TRACKING_URI": store.uri},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                break
        except OSError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise RuntimeError(log.read_text()[-2000:]) from None
            time.sleep(0.1)
    yield address
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()


@pytest.fixture
def theme() -> str:
    """The theme that the browser prefers; what a person does works the same in the other."""
    return "light"


@pytest.fixture
def page(browser: Browser, theme: str) -> Iterator[Page]:
    """A fresh window; a script error in it fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, color_scheme=theme)
    page = context.new_page()
    page.set_default_timeout(60_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert not problems
