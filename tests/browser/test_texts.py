"""No link, image, icon, heading or request is made of a text from data, on any page."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import settle, visit
from tests.helpers.commands import Forker
from tests.helpers.dashboard import serve_dashboard
from tests.helpers.hostile_store import Hostile, make_hostile_store

expect.set_options(timeout=60_000)
MADE_OF_TEXT = """() => {
    const main = document.querySelector("[data-testid=stApp]");
    const all = selector => [...main.querySelectorAll(selector)];
    const words = /bold|strong|heading|four spaces|gone|right to left|evil|x\\^2/;
    return [
        ...all("a[href], img[src^=http]").filter(
            one => new URL(one.href ?? one.src).hostname !== location.hostname),
        ...all("h1, h2, h3, h4, h5, h6, strong b, em em, del, .katex, script").filter(
            one => words.test(one.textContent)),
        ...all("[data-testid=stMarkdown] :is(b, strong, em, i, code, pre, table, s)").filter(
            one => words.test(one.textContent) && one.children.length),
        ...all("[data-testid=stIconMaterial]").filter(one => one.textContent === "delete"),
        ...all("img[alt='Streamlit logo']"),
        ...all("[class*=stMarkdownColored]").filter(one => /^(red|x|blue)$/.test(one.textContent)),
    ].map(one => one.outerHTML.slice(0, 200));
}"""

FITS = """() => ["stMain", "stSidebarContent"].every(name =>
    [...document.querySelectorAll(`[data-testid=${name}]`)].every(
        one => one.scrollWidth <= one.clientWidth + 1))"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    return make_hostile_store(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def address(
    hostile: Hostile, program: Forker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served")
    with serve_dashboard(program, hostile.store.uri, folder) as address:
        yield address


PAGES = {
    "home": "",
    "overview": "overview?run={run}",
    "progression": "progression?run={run}",
    "trust": "trust?run={run}",
    "retrain": "retrain?run={run}",
    "compare": "compare",
    "a task": "compare?model={first}&model={second}&image=0",
    "colours": "colours",
    "a training run's colours": "colours?run={run}",
    "a failed run": "overview?run={failed}",
}


@pytest.mark.parametrize("where", PAGES)
def test_texts_stay_texts(
    page: Page, asked: list[str], address: str, hostile: Hostile, where: str
) -> None:
    first, second = hostile.evaluated
    named = {"run": hostile.run.run_id, "failed": hostile.failed.run_id}
    visit(page, f"{address}/{PAGES[where].format(first=first, second=second, **named)}")
    # What is folded up is not drawn, and may be what asks for something.
    for summary in page.locator("[data-testid=stExpander] summary").all():
        summary.click()
    settle(page)
    for mark in page.locator("svg.marks [aria-roledescription]").all()[:3]:
        mark.dispatch_event("mousemove")
    found = page.evaluate(MADE_OF_TEXT)
    assert not found
    assert not page.evaluate("window.hacked")
    shown = page.locator("[data-testid=stApp]").inner_text()
    assert not re.search("[😄\u202e]|a → b", shown)
    assert "fault in saliencnn" not in shown
    # Fonts and icons too: whoever looks is not told to anybody.
    assert not [one for one in asked if not one.startswith((address, "data:", "blob:"))]
    icon = page.locator("link[rel~=icon]").get_attribute("href") or ""
    assert icon.startswith("data:image/svg+xml"), "ours, which is drawn from the page itself"
    for width in (1440, 1024):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_function(FITS)
