"""How soon pages and clicks stand still in Chromium, over the store that `saliencnn app` shows."""

import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pipelines.cli.report import find_browser
from saliencnn.store.connection import Store, open_store
from saliencnn.store.evaluation_files import read_by_class, read_class_set
from saliencnn.store.evaluations import list_evaluations
from saliencnn.store.runs import list_runs
from tests.benchmarks.row import Row
from tests.browser.conftest import FLAGS
from tests.browser.waiting import settle
from tests.load.servers import Server, dashboard, empty_page

PAGES = ("", "overview", "progression", "trust", "retrain", "compare", "colours")
VISITS, TRIES, WARM = 5, 10, 4
"""Times that a page is opened and a click is done, and done before without being counted."""
PAUSE = 300
"""Milliseconds between two clicks of one person."""
PATIENCE = 120_000
Click = Callable[[Page, str, int], None]
_DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""What a run sends is drawn in the frame after."""
FINISHED = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


def run() -> Iterator[Row]:
    found = find_browser()
    assert found, "Chromium is not installed, so pages cannot be opened in a browser"
    with (
        tempfile.TemporaryDirectory() as folder,
        dashboard(Path(folder)) as app,
        empty_page(Path(folder)) as empty,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield from _visits(browser, app.address, empty.address)
        yield from _clicks(browser, app, empty)
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


def _step(page: Page, label: str, number: int) -> None:
    """Choose the epoch before the last in a slider or a film strip, and the last again."""
    page.get_by_role("slider", name=label).press("ArrowRight" if number % 2 else "ArrowLeft")


def _choose(page: Page, label: str, number: int) -> None:
    """Choose the next value of a select box, there and back."""
    box = page.locator(f"[data-testid=stSelectbox] input[aria-label='{label}']")
    box.press("ArrowUp" if number % 2 else "ArrowDown")
    page.keyboard.press("Enter")


def _turn(page: Page, label: str, number: int) -> None:
    """Press a button that shows the next image, and the one that leads back."""
    way = "Previous" if number % 2 else "Next"
    page.locator(f"[class*='{way}-{label}'] button").first.click()


def _film(page: Page, label: str, number: int) -> None:
    """Choose the first epoch of the film strip, and the second."""
    page.locator(".frame").nth(number % 2).click()


CLICKS: tuple[tuple[str, str, Click], ...] = (
    ("overview", "Epoch", _step),
    ("progression", "Run", _choose),
    ("progression", "Class", _choose),
    ("progression", "image", _turn),
    ("progression", "epoch", _film),
    ("progression", "Attention threshold", _move),
    ("trust", "Run", _choose),
    ("trust", "Class", _choose),
    ("trust", "Image", _choose),
    ("trust", "Epoch", _step),
    ("trust", "Attention threshold", _move),
    ("retrain", "Run", _choose),
    ("compare", "Images", _choose),
    ("compare?tab=classes", "Network", _choose),
    ("compare?kind=image&class={name}&{networks}", "Image", _choose),
    ("compare?kind=image&class={name}&{networks}", "Region threshold", _move),
    ("compare?kind=images&class={name}&{network}", "Class", _choose),
    ("compare?kind=images&class={name}&{network}", "Network", _choose),
    ("compare?kind=images&class={name}&{network}", "Region threshold", _move),
    ("colours", "Network", _choose),
    ("colours", "Class · missed images", _choose),
    ("colours", "Method", _choose),
    ("colours", "Highlight from", _move),
    ("colours?run={run}", "Epoch", _step),
)
"""Page, what is clicked on it, and how; a task of Compare is one of all networks or of the best."""


def _clicks(browser: Browser, app: Server, empty: Server) -> Iterator[Row]:
    bare, _ = _click(browser, empty, "", "Value", _move)
    names = _name_places(open_store())
    for place, label, click in CLICKS:
        times, cpu = _click(browser, app, place.format(**names), label, click)
        beside = f"median {np.median(times):.2f}, {cpu:.3f} of CPU; empty: {np.median(bare):.2f}"
        page, _, task = place.partition("?")
        where = f"{page.capitalize()}{' (a task)' if 'class' in task else ''}"
        what = f"{where}, {label} changed, until it stands still, 95%, s"
        yield Row(what, float(np.percentile(times, 95)), 0.5, beside)


def _name_places(store: Store) -> dict[str, str]:
    """Return what the places of ``CLICKS`` name: a run, a class, networks of the largest group."""
    by_images = defaultdict(list)
    for info in list_evaluations(store):
        by_images[info.images].append(info)
    group = max(by_images.values(), key=len)
    group.sort(key=lambda info: -info.metrics["top1"])
    images = read_by_class(store, group[0].run_id)["images"]
    name = read_class_set(store, group[0].run_id).classes[int(images.argmax())]
    networks = [f"model={info.run_id}" for info in group[:5]]
    run = next(one for one in list_runs(store) if one.epoch > 1)
    return {
        "run": run.run_id,
        "name": name,
        "networks": "&".join(networks),
        "network": networks[0],
    }


def _click(
    browser: Browser, server: Server, place: str, label: str, click: Click
) -> tuple[list[float], float]:
    """Return the seconds that each click takes, and the CPU's of one; each value was shown once."""
    window, ended = _new_window(browser), 0

    def listen(frame: bytes | str) -> None:
        nonlocal ended
        message = ForwardMsg.FromString(frame) if isinstance(frame, bytes) else ForwardMsg()
        if message.WhichOneof("type") == "script_finished":
            ended += message.script_finished in FINISHED

    window.on("websocket", lambda socket: socket.on("framereceived", listen))
    window.goto(f"{server.address}/{place}")
    window.wait_for_selector("[data-testid=stMain] h1")
    settle(window)
    times: list[float] = []
    used = 0.0
    for number in range(WARM + TRIES):
        if number == WARM:
            times, used = [], server.cpu()
        window.wait_for_timeout(PAUSE)
        before, began = ended, time.monotonic()
        click(window, label, number)
        while ended == before:
            window.wait_for_timeout(1)
            assert time.monotonic() - began < PATIENCE / 1000, f"{label} of {place} does nothing"
        window.evaluate(_DRAWN)
        settle(window)
        times.append(time.monotonic() - began)
    cpu = (server.cpu() - used) / TRIES
    window.context.close()
    return times, cpu


if __name__ == "__main__":
    measured = []
    for row in run():
        print(row, flush=True)
        measured.append(row)
    sys.exit(not all(row.passed for row in measured))
