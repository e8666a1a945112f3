"""What a person does on the dashboard, in a real browser."""

import io
import queue
import re
import threading

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.run import train
from pipelines.trust.audit import audit
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_confusion
from saliencnn.store.runs import RunInfo, read_run
from tests.browser.waiting import click_cell, settle, visit
from tests.helpers.report import content_of

MAPS = ".sal-box"
expect.set_options(timeout=60_000)


def open_page(page: Page, address: str, title: str) -> None:
    visit(page, address)
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    # Also a page opened by its own address has the way to the others.
    for name in ("Overview", "Progression", "Trust"):
        expect(page.get_by_role("link", name=name)).to_be_visible()
    settle(page)


def assert_no_sideways_scroll(page: Page) -> None:
    wide, seen = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen


def assert_no_error(page: Page) -> None:
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(page.locator("[data-testid=stAlertContentError]")).to_have_count(0)


def test_a_click_on_a_name_opens_the_run_and_leaves_no_cell_chosen(
    page: Page, dashboard: str, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    open_page(page, dashboard, "saliencnn")
    table = page.locator("[data-testid=stDataFrame]").first
    opened = re.compile(r"/overview\?run=[0-9a-f]{32}$")
    for _ in range(2):  # a cell that stayed chosen would be let go by the second click
        click_cell(table, row=0, share=0.1)
        expect(page).to_have_url(opened)
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("heading", name="saliencnn")).to_be_visible()
        settle(page)
    click_cell(table, row=0)
    expect(page.get_by_role("link", name="Open this run")).to_be_visible()
    click_cell(table, row=0, share=0.95)
    settle(page)
    expect(page.get_by_role("link", name="Open this run")).to_be_visible()
    assert_no_error(page)


def test_ticked_runs_open_together(
    page: Page, dashboard: str, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    open_page(page, dashboard, "saliencnn")
    table = page.locator("[data-testid=stDataFrame]").first
    for row in (0, 1):
        click_cell(table, row=row)
    page.get_by_role("link", name="Open these 2 runs side by side").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/overview\?run=[0-9a-f]{32}&run=[0-9a-f]{32}"))
    assert_no_error(page)


def test_overview_draws_every_chart(page: Page, dashboard: str, tiny_run: RunInfo) -> None:
    page.set_viewport_size({"width": 1024, "height": 1000})
    open_page(page, f"{dashboard}/overview?run={tiny_run.run_id}", "Overview")
    for width in (1024, 1440):
        page.set_viewport_size({"width": width, "height": 1000})
        settle(page)
        charts = page.locator("[data-testid=stVegaLiteChart]")
        expect(charts).to_have_count(4)
        for chart in charts.all():
            expect(chart.locator("canvas, svg").first).to_be_visible()
        expect(page.get_by_text("Accuracy without the shortcut", exact=True)).to_be_visible()
        assert_no_error(page)
        assert_no_sideways_scroll(page)


def test_a_report_is_handed_over(
    page: Page, dashboard: str, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    address = f"{dashboard}/overview?run={tiny_run.run_id}"
    open_page(page, f"{address}&run={seeded_run.run_id}", "Overview")
    expect(page.get_by_role("button", name="Report")).to_be_disabled()  # on different images
    open_page(page, address, "Overview")
    settle(page)
    below = page.get_by_role("button", name="Add to the walkthrough")
    place = below.bounding_box()
    with page.expect_download() as begun:
        page.get_by_role("button", name="Report").click()
        # It goes after some seconds, while a slow report is still being made.
        expect(page.get_by_test_id("stToast").get_by_text("Your browser saves")).to_be_visible()
        page.get_by_role("button", name="Copy link").click(timeout=2000)
        expect(page.get_by_test_id("stToast")).to_be_visible()
        assert below.bounding_box() == place, "no button moves under the hand"
    assert tiny_run.name in begun.value.suggested_filename
    told = content_of(begun.value.path().read_text())["maps"]["runs"]
    assert [one["id"] for one in told] == [tiny_run.run_id]


@pytest.mark.usefixtures("planted_evaluations")
@pytest.mark.parametrize(("name", "place"), [("Compare", "good"), ("Colours", "means")])
def test_what_is_compared_is_handed_over(
    page: Page, dashboard: str, tiny_run: RunInfo, name: str, place: str
) -> None:
    query = (
        "" if name == "Compare" else f"?run={tiny_run.run_id}&class=plain&epoch={tiny_run.epoch}"
    )
    open_page(page, f"{dashboard}/{name.lower()}{query}", name)
    with page.expect_download() as begun:
        page.get_by_role("button", name="Report", exact=True).click()
    content = content_of(begun.value.path().read_text())
    assert {chart["place"] for chart in content["charts"]} <= {place}
    assert content["charts"] or content["maps"]


def test_the_choice_of_run_follows_to_the_other_page(
    page: Page, dashboard: str, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    open_page(page, f"{dashboard}/overview?run={tiny_run.run_id}", "Overview")
    page.get_by_role("link", name="Progression").click()
    expect(page.get_by_role("heading", name="Progression")).to_be_visible()
    expect(page).to_have_url(re.compile(f"run={tiny_run.run_id}"))


def test_a_confused_pair_leads_to_its_progression(
    page: Page, dashboard: str, store: Store, tiny_run: RunInfo
) -> None:
    matrix = read_confusion(store, tiny_run.run_id, tiny_run.epoch)
    assert matrix.sum() > np.trace(matrix), "nothing is confused; train less"
    open_page(page, f"{dashboard}/overview?run={tiny_run.run_id}", "Overview")
    click_cell(page.locator("[class*=st-key-pairs] [data-testid=stDataFrame]"), row=0)
    link = page.get_by_role("link", name=re.compile("^Maps of .* predicted as "))
    expect(link).to_be_visible()
    link.click()
    expect(page.get_by_role("heading", name="Progression")).to_be_visible()
    expect(page.locator(MAPS).first).to_be_visible()
    expect(page.get_by_text("taken for it")).to_be_visible()
    assert_no_error(page)


def test_trust_shows_maps_before_and_after_a_signal(
    page: Page, dashboard: str, tiny_run: RunInfo
) -> None:
    open_page(page, f"{dashboard}/trust?run={tiny_run.run_id}&class=barred", "Trust")
    expect(page.get_by_text("The network computes the same.")).to_be_visible()
    expect(page.locator(".sal .sal-box")).to_have_count(9)  # before, after, difference
    expect(page.get_by_role("button", name=re.compile("^Check all"))).to_be_visible()
    assert_no_error(page)
    assert_no_sideways_scroll(page)


def test_a_check_s_result_leads_to_its_images(page: Page, dashboard: str, store: Store) -> None:
    # A run of its own: that another's table was empty, a page may remember for a while.
    data = "planted:train=32,validation=16,counter=0,size=48"
    request = Request(data, image_size=48, hyperparameters=Hyperparameters(epochs=1))
    run = read_run(store, train(store, request))
    audit(store, run, 1, 6, ("gradcam", "gradxinput"))
    open_page(page, f"{dashboard}/trust?run={run.run_id}", "Trust")
    expect(page.get_by_text("The network computes the same.")).to_be_visible()
    table = page.locator("[data-testid=stDataFrame]").first
    click_cell(table, row=1, share=0.22)  # the second method's first result
    expect(page.get_by_text("Image, the worst first")).to_be_visible()
    expect(page.get_by_text("Each tick is one of 6 images")).to_be_visible()
    expect(page.get_by_text(re.compile("95% confidence interval from .* fail"))).to_be_visible()
    expect(page.locator(".sal tbody th").first).to_contain_text("Gradient x input")
    expect(page.locator(".sal tbody th").nth(1)).to_contain_text("CAM")
    assert_no_error(page)
    assert_no_sideways_scroll(page)

    # Label randomization is not judged, and the click leads to what it needs.
    click_cell(table, row=0, share=0.5)
    expect(page.get_by_role("button", name="Queue a control network")).to_be_visible()
    expect(page.get_by_text("Each tick is one of")).to_have_count(0)
    assert_no_error(page)


def test_an_own_image(page: Page, dashboard: str, tiny_run: RunInfo) -> None:
    open_page(page, f"{dashboard}/progression?run={tiny_run.run_id}", "Progression")
    page.get_by_text("Your own image").click()
    pixels = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP")
    upload = {"name": "own.webp", "mimeType": "image/webp", "buffer": buffer.getvalue()}
    page.locator("input[type=file]").set_input_files(upload)
    expect(page.get_by_text("At epoch 3 the network predicts").first).to_be_visible()
    expect(page.locator(MAPS).first).to_be_visible()
    assert_no_error(page)


def test_a_run_in_progress_updates_by_itself(page: Page, dashboard: str, store: Store) -> None:
    """Epochs appear without a reload, and the person's choice of epoch stays."""
    complete, go_on = queue.Queue[str](), threading.Semaphore(0)

    def wait_after_each(finished: FinishedEpoch) -> None:
        complete.put(finished.run_id)
        assert go_on.acquire(timeout=120)

    data = "planted:train=64,validation=16,counter=0,size=48"
    request = Request(data, image_size=48, hyperparameters=Hyperparameters(epochs=3), name="live")
    trainer = threading.Thread(
        target=train, args=(store, request), kwargs={"on_epoch": wait_after_each}
    )
    trainer.start()
    try:
        complete.get(timeout=120)
        go_on.release()
        run_id = complete.get(timeout=120)
        open_page(page, f"{dashboard}/overview?run={run_id}", "Overview")
        expect(page.get_by_text("epoch 2 of 3").first).to_be_visible()
        slider = page.get_by_role("slider").first
        slider.press("Home")
        expect(slider).to_have_attribute("aria-valuetext", "1")
        go_on.release()
        expect(page.get_by_text("epoch 3 of 3").first).to_be_visible()
        expect(page.get_by_role("slider").first).to_have_attribute("aria-valuetext", "1")
        assert_no_error(page)
    finally:
        go_on.release(3)
        trainer.join(120)
