"""How soon pages and clicks stand still in Chromium, over the store that `saliencnn app` shows."""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.row import Row
from tests.browser.conftest import FLAGS
from tests.browser.waiting import settle
from tests.load.servers import dashboard, empty_page

PAGES = ("", "overview", "progression", "trust", "retrain", "compare", "colours")
VISITS, TRIES = 5, 10
PATIENCE = 120_000
Click = Callable[[Page, str, int], None]
_COUNT_RUNS = """() => {
    window.ended = 0;
    new MutationObserver((changes) => {
        window.ended += changes.filter(({target}) => target.dataset.stale === "false").length;
    }).observe(document.body, {subtree: true, attributeFilter: ["data-stale"]});
}"""
"""Counts elements that a run has sent anew; a run's begin and end may be drawn as one."""


def run() -> Iterator[Row]:
    found = shutil.which("chromium") or shutil.which("chrome")
    assert found, "Chromium is not installed, so pages cannot be opened in a browser"
    with (
        tempfile.TemporaryDirectory() as folder,
        dashboard(Path(folder)) as app,
        empty_page(Path(folder)) as empty,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield from _visits(browser, app.address, empty.address)
        yield from _clicks(browser, app.address)
        browser.close()


def _visits(browser: Browser, app: str, empty: str) -> Iterator[Row]:
    bare, _ = _open(browser, empty)
    for name in PAGES:
        first, still = _open(browser, f"{app}/{name}")
        beside = f"stands still after {still:.2f}; empty: {bare:.2f}"
        what = f"{name.capitalize() or 'Home'}, address typed in, first content, s"
        yield Row(what, first, 1, beside)


def _open(browser: Browser, address: str) -> tuple[float, float]:
    """Return the median seconds until a page's title is there, and until it stands still."""
    window = _new_window(browser)
    times = []
    for _ in range(VISITS + 1):
        began = time.monotonic()
        window.goto(address, wait_until="commit")
        window.wait_for_selector("[data-testid=stMain] h1")
        first = time.monotonic() - began
        settle(window)
        times.append((first, time.monotonic() - began))
    window.context.close()
    firsts, stills = zip(*times[1:], strict=True)
    return statistics.median(firsts), statistics.median(stills)


def _new_window(browser: Browser) -> Page:
    window = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    window.set_default_timeout(PATIENCE)
    return window


def _move(page: Page, label: str, number: int) -> None:
    """Move a slider's thumb by one, there and back."""
    page.get_by_role("slider", name=label).press("ArrowLeft" if number % 2 else "ArrowRight")


def _choose(page: Page, label: str, number: int) -> None:
    """Choose the next value of a select box, there and back."""
    box = page.locator("[data-testid=stSelectbox]").filter(has_text=label).first
    box.get_by_role("combobox").press("ArrowDown")
    page.keyboard.press("ArrowUp" if number % 2 else "ArrowDown")
    page.keyboard.press("Enter")


CLICKS: tuple[tuple[str, str, Click], ...] = (
    ("progression", "Attention threshold", _move),
    ("compare", "Images", _choose),
)


def _clicks(browser: Browser, app: str) -> Iterator[Row]:
    # An empty page's run is over before the browser shows that it has begun.
    for name, label, click in CLICKS:
        times = _click(browser, f"{app}/{name}", label, click)
        beside = f"median {np.median(times):.2f}"
        what = f"{name.capitalize()}, {label} changed, until it stands still, 95 %, s"
        yield Row(what, float(np.percentile(times, 95)), 0.5, beside)


def _click(browser: Browser, address: str, label: str, click: Click) -> list[float]:
    """Return the seconds that each click takes; every value was shown once before."""
    window = _new_window(browser)
    window.goto(address)
    window.wait_for_selector("[data-testid=stMain] h1")
    settle(window)
    window.evaluate(_COUNT_RUNS)
    times = []
    for number in range(TRIES + 2):
        before = window.evaluate("window.ended")
        began = time.monotonic()
        click(window, label, number)
        window.wait_for_function("before => window.ended > before", arg=before)
        settle(window)
        times.append(time.monotonic() - began)
    window.context.close()
    return times[2:]


if __name__ == "__main__":
    measured = []
    for row in run():
        print(row, flush=True)
        measured.append(row)
    sys.exit(not all(row.passed for row in measured))
