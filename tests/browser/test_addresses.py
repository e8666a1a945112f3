"""Links that people saved open what they opened before."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

import app
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo
from tests.browser.waiting import settle, visit

expect.set_options(timeout=60_000)
SCRIPT = Path(app.__file__).parent / "assets" / "history.js"


def test_a_link_to_the_colours_page_by_its_former_name(
    page: Page, dashboard: str, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    for run in (tiny_run, seeded_run):
        query = urlencode({"run": run.run_id, "class": "barred", "method": "gradcam"})
        visit(page, f"{dashboard}/cih?{query}")
        expect(page.get_by_text(re.compile('^"barred": .* images'))).to_be_visible()
        expect(page).to_have_url(re.compile(rf"/colours\?.*run={run.run_id}"))
        expect(page).to_have_url(re.compile("class=barred"))
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(7)


def test_the_address_is_copied_also_without_https(
    page: Page, dashboard: str, tiny_run: RunInfo
) -> None:
    visit(page, f"{dashboard}/progression?run={tiny_run.run_id}&epoch=1")
    # What a browser gives pages of other machines over plain http.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    button = page.get_by_role("button", name="Copy link")
    button.click()
    expect(page.get_by_text("Copied")).to_be_visible()
    page.evaluate("""() => {
        const field = document.body.appendChild(document.createElement("textarea"));
        field.id = "pasted";
        field.focus();
    }""")
    page.keyboard.press("Control+V")
    expect(page.locator("#pasted")).to_have_value(page.url)
    assert "epoch=1" in page.url
    page.evaluate("document.execCommand = () => false")
    button.click()
    expect(page.get_by_label("Address of this view")).to_have_value(page.url)


@pytest.mark.parametrize("width", [1024, 1440])
@pytest.mark.usefixtures("tiny_run", "planted_evaluations")
def test_what_stands_beside_the_link_covers_nothing(page: Page, dashboard: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for address in ("", "overview", "progression", "trust", "retrain", "compare", "colours"):
        visit(page, f"{dashboard}/{address}")
        settle(page)
        reach = re.compile("send others a report$" if address else "machine only$")
        expect(page.get_by_role("button", name="Copy link")).to_have_attribute("title", reach)
        expect(page.locator(".st-key-copy-link small:visible")).to_have_text(re.compile("only"))
        covered = page.evaluate("""() => {
            const link = document.querySelector(".st-key-copy-link").getBoundingClientRect();
            const main = document.querySelector("[data-testid=stMain]");
            const shown = [...main.querySelectorAll("h1, p, button, a")];
            return shown.filter(one => {
                if (one.closest(".st-key-copy-link")) return false;
                const text = document.createRange();
                text.selectNodeContents(one);
                return [...text.getClientRects()].some(place =>
                    place.width && place.left < link.right && place.right > link.left
                    && place.top < link.bottom && place.bottom > link.top);
            }).map(one => one.innerText);
        }""")
        assert not covered, address


def test_a_click_before_the_page_is_ready_takes_one_step(page: Page, dashboard: str) -> None:
    """Under load the script that tells a person's steps from the page's comes after the click."""
    with page.context.new_page() as fresh:  # a window's history ends at 50 steps
        fresh.goto(f"{dashboard}/_stcore/health")
        fresh.mouse.click(5, 5)
        fresh.evaluate(SCRIPT.read_text())
        before = fresh.evaluate("history.length")
        steps = fresh.evaluate(
            """() => ["?run=a", "?run=a&class=b"].map((address) => {
                history.pushState({}, "", address);
                return history.length;
            })"""
        )
        assert steps == [before + 1, before + 1]
        assert fresh.url.endswith("?run=a&class=b")


def test_one_step_back_leaves_a_page(
    page: Page, dashboard: str, tiny_run: RunInfo, planted_evaluations: list[EvaluationInfo]
) -> None:
    """A page that completes its bare address takes no step; what a person does there takes one."""
    visit(page, dashboard)
    settle(page)
    bar = page.get_by_test_id("stTopNavLink")
    for name, written in (("Trust", "run="), ("Compare", "tab=networks")):
        bar.filter(has_text=name).click()
        expect(page).to_have_url(re.compile(f"/{name.lower()}\\?.*{written}"))
        settle(page)
    page.get_by_role("radio", name="Classes", exact=True).click()
    expect(page).to_have_url(re.compile("tab=classes"))
    settle(page)
    for address in ("/compare\\?.*tab=networks", "/trust\\?.*run="):
        page.go_back()
        expect(page).to_have_url(re.compile(address))
        settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile(f"^{dashboard}/?$"))
    expect(page.get_by_role("heading", name="Trust")).to_have_count(0)
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()  # Home chooses nothing there
