"""Every page in the light and in the dark theme."""

import io
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from saliencnn.store.runs import RunInfo
from tests.browser.test_dashboard import assert_no_error, assert_no_sideways_scroll
from tests.browser.waiting import settle

LEAST_CONTRAST = 3
"""Of text and what lies behind it, as WCAG asks it of all that carries meaning."""

CONTRASTS = """() => {
    const read = color => {
        const [red, green, blue, alpha = 1] = color.match(/[\\d.]+/g).map(Number);
        const unit = color.startsWith("color(srgb") ? 255 : 1;
        return [unit * red, unit * green, unit * blue, alpha];
    };
    const over = (top, below) => [0, 1, 2].map(i => top[3] * top[i] + (1 - top[3]) * below[i]);
    const behind = element => {
        if (!element) return [255, 255, 255];
        const color = read(getComputedStyle(element).backgroundColor);
        return over(color, behind(element.parentElement));
    };
    const luminance = color => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
        const value = color[i] / 255;
        return sum + weight * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    }, 0);
    const contrast = (one, other) => {
        const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    const written = element => element.closest("[data-testid=stApp]")
        && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())
        && element.checkVisibility({opacityProperty: true, visibilityProperty: true})
        && read(getComputedStyle(element).color)[3] !== 0
        && !element.closest(
            "svg, canvas, style, .sal-box, [data-testid=stElementContainer]:has(:disabled),"
            + "[data-testid=stSliderThumbValue]"  // stands above the thumb that it belongs to
        );
    return [...document.querySelectorAll("body *")].filter(written).map(element => {
        const below = behind(element), color = over(read(getComputedStyle(element).color), below);
        return [element.textContent.trim().slice(0, 60), contrast(color, below)];
    });
}"""
"""The contrast of each text that is in the page's HTML, with the text.

Left out are what is drawn, what lies on an image, and widgets that cannot be used just now.
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["overview", "progression", "trust", "retrain", "compare", "colours"]
)
@pytest.mark.usefixtures("planted_evaluations")
def test_every_text_is_legible(
    page: Page, dashboard: str, tiny_run: RunInfo, theme: str, name: str
) -> None:
    query = "" if name == "compare" else f"?{urlencode({'run': tiny_run.run_id})}"
    page.goto(f"{dashboard}/{name if name != 'overview' else ''}{query}")
    expect(page.get_by_role("heading", name=name.title(), exact=True)).to_be_visible()
    settle(page)
    pixels = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"))
    assert (np.median(pixels) > 127) == (theme == "light")
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 20
    assert [found for found in contrasts if found[1] < LEAST_CONTRAST] == []
    assert_no_error(page)
    assert_no_sideways_scroll(page)
