"""Presenting by keyboard: an address opens at a step, arrow keys go on, Escape leads back."""

import re

from PIL import Image
from playwright.sync_api import Page, expect

from pipelines.report import wording
from pipelines.report.chapters import read_chapters
from saliencnn.drawing.slide import SCALE, WIDTH
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.walkthroughs import list_walkthroughs
from tests.browser.waiting import settle


def test_the_story_is_walked_by_keyboard(
    page: Page, dashboard: str, store: Store, tiny_run: RunInfo
) -> None:
    titles = [*wording.list_titles(read_chapters(store, [tiny_run.run_id])).values()]
    page.goto(f"{dashboard}/progression?run={tiny_run.run_id}&epoch=2")
    page.get_by_role("button", name="Present").click()
    page.get_by_role("heading", level=1, name="learned").wait_for()
    page.get_by_role("button", name="Next").wait_for()  # with it come the keys
    for hidden in ("stSidebar", "stHeader"):
        expect(page.get_by_test_id(hidden)).to_be_hidden()
    for title in titles[:3]:
        page.keyboard.press("ArrowRight")
        page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
    expect(page).to_have_url(re.compile(r"present\?.*step=4"))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", level=1, name=titles[0], exact=True).wait_for()
    page.keyboard.press("End")
    page.get_by_role("heading", level=1, name=titles[-1], exact=True).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("heading", level=1, name="Progression").wait_for()
    expect(page).to_have_url(re.compile(rf"progression\?.*run={tiny_run.run_id}.*epoch=2"))


def test_a_step_is_saved_as_a_picture(page: Page, dashboard: str, tiny_run: RunInfo) -> None:
    for step in (1, 3, 4):
        page.goto(f"{dashboard}/present?run={tiny_run.run_id}&step={step}")
        expect(page.locator(".place")).to_have_text(re.compile(f"^{step} of"))
        settle(page)
        with page.expect_download() as begun:
            page.get_by_role("button", name="PNG", exact=True).click()
        assert begun.value.suggested_filename.endswith(".png")
        assert Image.open(begun.value.path()).width == round(WIDTH * SCALE)
        expect(page.locator(".place")).to_have_text(re.compile(f"^{step} of"))


def test_arrow_keys_within_the_maps_choose_an_epoch_and_no_step(
    page: Page, dashboard: str, tiny_run: RunInfo
) -> None:
    page.goto(f"{dashboard}/present?run={tiny_run.run_id}&step=4&method=gradcam")
    page.locator(".frame").first.wait_for()
    settle(page)
    frame = page.locator(".frame[aria-current=true]")
    frame.focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("epoch=2"))
    expect(page.locator(".place")).to_have_text(re.compile("^4 of"))
    page.locator("button[aria-label^='enlarge']").first.click()
    dialog = page.locator("dialog.large")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    expect(page.locator(".place")).to_have_text(re.compile("^4 of"))


def test_a_view_is_pinned_kept_and_presented(
    page: Page, dashboard: str, store: Store, tiny_run: RunInfo
) -> None:
    known = {one.id for one in list_walkthroughs(store, tiny_run.run_id)}
    page.goto(f"{dashboard}/progression?run={tiny_run.run_id}&epoch=1&method=cam")
    page.get_by_role("button", name="Add to the walkthrough").click()
    page.get_by_label("What should others see here?").fill("At first it <i>guesses</i>.")
    page.get_by_test_id("stPopoverBody").get_by_label("Your name").fill("Ann")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Walkthrough: 1 view").click()
    page.get_by_role("heading", level=1, name="Walkthrough").wait_for()
    page.get_by_label("Name of the walkthrough").fill("In the browser")
    page.get_by_role("button", name="Keep with").click()
    page.get_by_text("Kept as In the browser").wait_for()
    (kept,) = [one for one in list_walkthroughs(store, tiny_run.run_id) if one.id not in known]
    page.goto(f"{dashboard}/present?walkthrough={tiny_run.run_id}:{kept.id}&step=2")
    page.get_by_role("heading", level=1, name="At first it <i>guesses</i>.").wait_for()
    page.locator(".frame[aria-current=true]").get_by_text("1", exact=False).wait_for()
    expect(page).to_have_url(re.compile("step=2.*epoch=1|epoch=1.*step=2"))
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", level=1, name="In the browser").wait_for()
