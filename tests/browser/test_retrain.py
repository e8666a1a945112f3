"""The whole loop in a real browser: reject, ask, queue, train, compare."""

import os
import re
import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from pipelines.retry.studies import open_queue
from pipelines.retry.workers import list_workers
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, read_run
from tests.browser.test_dashboard import MAPS, assert_no_error, assert_no_sideways_scroll, open_page
from tests.browser.waiting import settle


@pytest.fixture
def rejectable(store: Store) -> RunInfo:
    """A run of its own, since it ends rejected."""
    data = "planted:train=64,validation=16,counterfactual=0,size=48,seed=5"
    request = Request(
        data, image_size=48, hyperparameters=Hyperparameters(epochs=2), name="rejectable"
    )
    return read_run(store, train(store, request))


@pytest.fixture
def no_worker_left(store: Store) -> Iterator[None]:
    """End the worker that the page started: it outlives the dashboard on purpose."""
    yield
    queue = open_queue(store)
    for worker in list_workers(queue):
        if worker.alive:
            os.kill(int(worker.id.rpartition(":")[2]), signal.SIGTERM)
    deadline = time.monotonic() + 60
    while any(worker.alive for worker in list_workers(queue)):
        assert time.monotonic() < deadline, "the worker does not end"
        time.sleep(0.1)


@pytest.mark.usefixtures("no_worker_left")
def test_reject_ask_queue_train_and_compare(
    page: Page, dashboard: str, rejectable: RunInfo
) -> None:
    open_page(page, f"{dashboard}/retrain?run={rejectable.run_id}", "Retrain")
    page.get_by_text("Accept or reject").click()
    page.get_by_label("Reason").fill("looks at the sticker")  # the lower form has no such field
    page.get_by_test_id("stForm").get_by_label("Your name").fill("Ann")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text("looks at the sticker").first).to_be_visible()

    page.get_by_role("button", name="Edit first").first.click()
    expect(page.get_by_text("nothing yet")).to_have_count(0)
    expect(page.get_by_label("Your name").last).to_have_value("Ann")  # known from the verdict
    expect(page.get_by_role("button", name="In the form ✓")).to_be_disabled()
    page.get_by_role("button", name="Train it").first.click()
    expect(page.get_by_text("Queued: ")).to_be_in_viewport()
    start = page.get_by_role("button", name="Start a worker here").last
    expect(start).to_be_in_viewport()
    expect(page.get_by_role("button", name="Queued ✓").first).to_be_disabled()
    expect(page.get_by_role("button", name="Put first")).to_be_visible()
    assert_no_sideways_scroll(page)

    page.evaluate("""() => {
        window.both = "";
        new MutationObserver(() => {
            const told = [...document.querySelectorAll("[data-testid=stMarkdown]")]
                .map(one => one.textContent).filter(one => one.includes("requested by"));
            const says = word => told.some(one => one.includes(word));
            if (says("running") && says("completed")) window.both = told.join(" | ");
        }).observe(document.body, {childList: true, subtree: true, characterData: true});
    }""")
    start.click()
    starting = page.get_by_role("button", name="Starting…")
    expect(starting.or_(page.get_by_role("button", name="Pause")).first).to_be_visible()
    expect(page.get_by_role("button", name="Start a worker here")).to_have_count(0)
    finished = page.get_by_role("button", name="Before and after")
    expect(page.get_by_text(re.compile("best accuracy .* → "))).to_be_visible(timeout=180_000)
    assert page.evaluate("window.both") == "", "one request is in one state"
    expect(page.get_by_text("ready: it takes what is queued")).to_be_visible(timeout=60_000)
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_have_count(1, timeout=60_000)  # the worker before has gone
    stop.click()
    expect(page.get_by_text("ready: it takes what is queued")).to_have_count(0, timeout=60_000)
    assert_no_error(page)

    finished.last.click()
    expect(page.get_by_role("heading", name="Retrain")).to_be_in_viewport()
    expect(page.get_by_text("The same images, before and after")).to_be_visible()
    expect(page.locator(MAPS).first).to_be_visible()
    expect(page.locator("[data-testid=stMetric]").first).to_be_visible()
    assert_no_error(page)
    assert_no_sideways_scroll(page)

    offers = re.compile("(Accept|Reject|Verdict on) rejectable · ")
    offer = page.get_by_role("button", name=offers)
    offer.click()
    form = page.get_by_role("dialog")
    expect(form).to_be_in_viewport()  # one click from the answer, on the first screen
    form.get_by_label("Reason").fill("looks at the bird")
    form.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("looks at the bird").first).to_be_visible()
    beside = page.get_by_test_id("stSelectbox").filter(has_text="Compare with").locator("input")
    expect(beside).to_have_value(re.compile("accepted"))  # as the run is called from now on
    assert_no_error(page)

    page.reload()
    offer.click()
    expect(form.get_by_label("Your name")).to_have_value("Ann")  # the browser keeps it
    assert "Ann" not in page.url
    page.keyboard.press("Escape")

    page.get_by_text("History", exact=True).click()
    expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible()
    assert_no_error(page)


def test_one_verdict_follows_another_and_enter_decides_nothing(
    page: Page, dashboard: str, store: Store, rejectable: RunInfo, tiny_run: RunInfo
) -> None:
    """Each verdict renames the run in the list that the browser shows."""
    run_id = rejectable.run_id
    open_page(page, f"{dashboard}/overview?run={run_id}&run={tiny_run.run_id}", "Overview")
    for number, (verb, decision) in enumerate(
        [("Reject", "rejected"), ("Accept", "accepted"), ("Reject", "rejected")], start=1
    ):
        page.get_by_role("button", name="Accept or reject").first.click()
        form = page.get_by_role("dialog")
        form.get_by_label("Your name").fill("Ann")
        form.get_by_label("Reason").fill(f"reason {number}")
        form.get_by_label("Reason").press("Enter")
        settle(page)
        assert len(read_run(store, run_id).verdicts) == number - 1
        form.get_by_role("button", name=verb, exact=True).click()
        expect(page.get_by_text(f"reason {number}").first).to_be_visible()
        assert_no_error(page)
        assert [one.decision for one in read_run(store, run_id).verdicts][-1] == decision


def test_what_is_typed_after_a_reason_was_taken_over_stands_in_the_field_that_was_clicked(
    page: Page, dashboard: str, tiny_run: RunInfo
) -> None:
    """The button's tooltip lies over the name's field, and the click is for the field."""
    open_page(page, f"{dashboard}/overview?run={tiny_run.run_id}", "Overview")
    page.get_by_role("button", name="Accept or reject").first.click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Use as reason").click()
    expect(form.get_by_label("Reason")).not_to_have_value("")
    expect(page.get_by_role("tooltip")).to_be_visible()
    name = form.get_by_label("Your name")
    place = name.bounding_box()
    assert place is not None
    tip = page.get_by_role("tooltip").bounding_box()
    assert tip is not None
    x, y = tip["x"] + tip["width"] / 2, place["y"] + place["height"] - 4
    assert tip["y"] < y < tip["y"] + tip["height"], "the tooltip covers nothing of the field"
    page.mouse.click(x, y)
    page.keyboard.type("Ann")
    expect(name).to_have_value("Ann")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_the_form_of_the_second_run_lies_wholly_within_the_window(
    page: Page, dashboard: str, tiny_run: RunInfo, seeded_run: RunInfo, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    query = f"run={tiny_run.run_id}&run={seeded_run.run_id}"
    open_page(page, f"{dashboard}/overview?{query}", "Overview")
    page.get_by_role("button", name="Accept or reject").nth(1).click()
    form = page.get_by_role("dialog")
    for name in ("Accept", "Reject"):
        expect(form.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Close").click()
    expect(form).to_have_count(0)
    settle(page)
    expect(form).to_have_count(0)
