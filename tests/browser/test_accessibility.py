"""Every page for whoever sees little, uses a keyboard, a narrow window or a printer."""

import io
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageColor
from playwright.sync_api import Page, expect

from saliencnn.store.runs import RunInfo
from tests.browser.test_dashboard import assert_no_error, assert_no_sideways_scroll
from tests.browser.waiting import settle, visit

PAGES = ("home", "overview", "progression", "trust", "retrain", "compare", "colours")
ABOUT_RUNS = {
    "overview", "progression", "trust", "retrain", "colours", "walkthrough", "present",
}  # fmt: skip
GRAVE = ("serious", "critical")
NOT_OURS = {
    ".role-mark[class*=brush]": "Vega names neither what a person draws nor what lies behind it.",
    ".role-mark:empty": "Vega does not name a layer in which nothing is drawn.",
    "[data-stale=true]": "Streamlit fades what is being computed anew, for a moment.",
}
"""What breaks a rule of axe-core and cannot be changed from outside -> what it is."""
ON_COLORS = ("color-contrast", "link-in-text-block")
"""The rules whose outcome another theme may change."""
LEGIBLE, SEEN = 4.5, 3
"""Least contrast of words, and of a focus ring with what was there (WCAG 2.2, 1.4.3, 1.4.11)."""
LEAST_RING = 60
"""Pixels that a focus ring changes at least: two on the four sides of a small button."""

FOCUSED = """() => {
    const element = document.activeElement, {x, y, width, height} = element.getBoundingClientRect();
    const name = element.getAttribute("aria-label") || element.textContent.trim().slice(0, 40);
    const around = element.closest("[data-testid]")?.dataset.testid;
    const kind = [element.tagName, element.type, element.getAttribute("role"), around].join(" ");
    return {x, y, width, height, tag: element.tagName, name, kind};
}"""
THEMES = ("light", "dark")
LOOKED_AT = (*PAGES, "walkthrough", "present")
IS_DRAWN_IN = """theme => {
    const paper = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor;
    return (paper.match(/\\d+/)[0] > 127) === (theme === "light");
}"""


def open_page(page: Page, address: str, name: str, run: RunInfo) -> None:
    query = f"?{urlencode({'run': run.run_id})}" if name in ABOUT_RUNS else ""
    visit(page, f"{address}/{'' if name == 'home' else name}{query}")
    special = {"home": "saliencnn", "present": f"What {run.name} learned"}
    title = special.get(name, name.title())
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    settle(page)


CHARTS = """() => [...document.querySelectorAll("svg.marks")].map(chart => ({
    description: chart.closest("[role=graphics-document]").getAttribute("aria-label"),
    title: chart.querySelector(".role-title-text")?.textContent,
    subtitle: chart.querySelector(".role-title-subtitle")?.textContent,
    words: [...new Set([...chart.querySelectorAll(".role-axis text, .role-legend text, "
        + ".role-title text")].map(text => getComputedStyle(text).fill))],
}))"""
"""What each chart says of itself, and the colours of its words."""


@pytest.mark.parametrize("name", LOOKED_AT)
@pytest.mark.usefixtures("planted_evaluations")
def test_nothing_bars_a_person(page: Page, dashboard: str, tiny_run: RunInfo, name: str) -> None:
    """Every other page is opened in the dark; then the theme changes while it is open."""
    page.set_viewport_size({"width": 1440, "height": 4000})  # what lies outside is not examined
    opened_in, changed_to = THEMES if LOOKED_AT.index(name) % 2 else reversed(THEMES)
    page.emulate_media(color_scheme=opened_in)
    open_page(page, dashboard, name, tiny_run)
    assert_nothing_bars(page, opened_in)
    page.emulate_media(color_scheme=changed_to)
    page.wait_for_function(IS_DRAWN_IN, arg=changed_to)
    settle(page)
    assert_nothing_bars(page, changed_to, ON_COLORS)
    assert_no_error(page)
    assert_no_sideways_scroll(page)


def assert_nothing_bars(page: Page, theme: str, rules: Sequence[str] = ()) -> None:
    paper = np.median(draw(page.screenshot(clip={"x": 0, "y": 0, "width": 1440, "height": 600})))
    assert (paper > 0.5) == (theme == "light")
    examined = {"exclude": [[selector] for selector in NOT_OURS]}
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = Axe().run(page, examined, options).response
    assert len(found["passes"]) > (0 if rules else 10)
    grave = [
        (rule["id"], node["html"], node["failureSummary"])
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
    assert grave == []
    for chart in page.evaluate(CHARTS):
        assert chart["title"], chart
        assert chart["subtitle"], chart
        assert chart["title"] in chart["description"]
        inks = luminance(np.array([ImageColor.getrgb(color) for color in chart["words"]]))
        assert (contrast(inks, paper) >= LEGIBLE).all(), chart


@pytest.mark.parametrize("theme", THEMES)
def test_a_keyboard_shows_where_it_is(
    page: Page, dashboard: str, tiny_run: RunInfo, theme: str
) -> None:
    """In the dark, one of each kind is looked at: where rings lie, the theme changes nothing."""
    open_page(page, dashboard, "retrain", tiny_run)
    visited: list[str] = []
    kinds: set[str] = set()
    unseen = []
    for _ in range(90):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["tag"] == "BODY":
            break
        visited.append(focused["name"])
        if (theme == "light" or focused["kind"] not in kinds) and not ring_is_seen(page, focused):
            unseen.append(focused)
        kinds.add(focused["kind"])
    assert visited[0] == "Skip to main content"
    assert {"Run", "epochs", "Your name"} <= set(visited)
    assert len(visited) > 30
    assert len(kinds) > 5
    assert unseen == []


def ring_is_seen(page: Page, focused: dict[str, Any]) -> bool:
    """Whether enough pixels around what has the focus would differ if it had not."""
    around = {
        "x": max(0, focused["x"] - 6),
        "y": max(0, focused["y"] - 6),
        "width": focused["width"] + 12,
        "height": focused["height"] + 12,
    }
    with_ring = draw(page.screenshot(clip=around, animations="disabled"))
    page.evaluate("() => { window.was = document.activeElement; window.was.blur(); }")
    without = draw(page.screenshot(clip=around, animations="disabled"))
    page.evaluate("() => window.was.focus({focusVisible: true, preventScroll: true})")
    return bool((contrast(with_ring, without) >= SEEN).sum() >= LEAST_RING)


def draw(png: bytes) -> np.ndarray:
    """Return the relative luminance of each pixel, (H, W) in 0..1."""
    return luminance(np.asarray(Image.open(io.BytesIO(png)).convert("RGB")))


def luminance(color: np.ndarray) -> np.ndarray:
    """Return the relative luminance, 0..1, of colours (..., 3) in 0..255 (WCAG 2.2)."""
    part = color / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


def test_a_narrow_window_names_all_pages(page: Page, dashboard: str, tiny_run: RunInfo) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    open_page(page, dashboard, "colours", tiny_run)
    links = page.locator("[data-testid=stTopNavLink]")
    assert [link.inner_text() for link in links.all() if link.is_visible()] == [
        "Home", *map(str.title, PAGES[1:])
    ]  # fmt: skip
    expect(page.get_by_role("link", name="Colours")).to_have_attribute("aria-current", "page")
    expect(page.locator("[data-testid=stTopNavSection]")).to_have_count(0)


def test_print_holds_the_whole_page(page: Page, dashboard: str, tiny_run: RunInfo) -> None:
    open_page(page, dashboard, "overview", tiny_run)
    page.emulate_media(media="print")
    for left_out in ("stSidebar", "stHeader"):
        expect(page.get_by_test_id(left_out)).to_be_hidden()
    seen, whole, page_height = page.get_by_test_id("stMain").evaluate(
        "main => [main.clientHeight, main.scrollHeight, document.documentElement.scrollHeight]"
    )
    assert whole - seen < 50  # what a table draws over its own edge
    assert page_height >= seen > 1000
    expect(page.get_by_text("Settings", exact=True)).to_be_visible()
