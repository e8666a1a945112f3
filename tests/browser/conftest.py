"""A real browser on a real dashboard."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Request, sync_playwright

from pipelines.cli.report import find_browser

if TYPE_CHECKING:  # importing MLflow takes seconds
    from saliencnn.store.connection import Store
    from tests.helpers.commands import Forker

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HASTY = (
    "--js-flags=--no-opt,--no-maglev"
    ",--single-threaded-gc,--min-semi-space-size=64,--semi-space-growth-factor=4"
)
"""A page is left before it gains from it that its script has been optimized or garbage found."""

STILL = """addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = `*, ::before, ::after {
        animation-duration: 1ms !important; animation-delay: 0s !important;
        animation-iteration-count: 1 !important;
        transition-duration: 0s !important; transition-delay: 0s !important;
    }`;
    document.head.append(style);
})"""
"""What moves while a page is waited for takes a third of the machine, and no test looks at it."""


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Chromium, as Debian or another system installs it; it keeps what it has compiled."""
    found = find_browser()
    if not found:
        reason = "Chromium is not installed, so pages cannot be opened in a browser"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}; in CI no test may be skipped for it")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=found, args=[*FLAGS, HASTY]
        )
        browser.set_default_timeout(60_000)
        browser.add_init_script(STILL)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def dashboard(
    store: "Store", program: "Forker", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The dashboard's own server over the tests' store; its address."""
    from tests.helpers.dashboard import serve_dashboard

    folder = tmp_path_factory.mktemp("dashboard")
    with serve_dashboard(program, store.uri, folder) as address:
        yield address


@pytest.fixture
def theme() -> Literal["light", "dark"]:
    """The theme that the browser prefers; what a person does works the same in the other."""
    return "light"


@pytest.fixture(scope="session")
def window(browser: BrowserContext) -> Page:
    """The only window: what one page has loaded and compiled, the next finds there."""
    return browser.pages[0]


@pytest.fixture
def page(browser: BrowserContext, window: Page, theme: Literal["light", "dark"]) -> Iterator[Page]:
    """The window, which remembers nothing of others' tests; a script error in it fails one."""
    window.set_viewport_size({"width": 1440, "height": 1000})
    window.emulate_media(media="null", color_scheme=theme, reduced_motion="reduce")
    problems: list[str] = []

    def note(error: Error) -> None:
        problems.append(str(error))

    window.on("pageerror", note)
    yield window
    if window.url.startswith("http"):
        # A page that is just being left, as by a log-out, does it once the next one is there.
        window.wait_for_function("() => (localStorage.clear(), sessionStorage.clear(), true)")
    window.goto("about:blank")
    window.remove_listener("pageerror", note)
    browser.clear_cookies()
    assert not problems


@pytest.fixture
def asked(window: Page) -> Iterator[list[str]]:
    """The addresses that the window asks for, in their order."""
    addresses: list[str] = []

    def note(request: Request) -> None:
        addresses.append(request.url)

    window.on("request", note)
    yield addresses
    window.remove_listener("request", note)
