"""Tasks of somebody who is new here, answered by the first screen of a page."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from tests.browser.waiting import settle, visit
from tests.helpers.ani_run import CLASSES, plant_ani_run
from tests.helpers.commands import Forker
from tests.helpers.dashboard import serve_dashboard
from tests.helpers.stores import new_store

expect.set_options(timeout=60_000)
SCREEN = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def birds(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return new_store(tmp_path_factory.mktemp("birds"))


@pytest.fixture(scope="module")
def run(birds: Store) -> RunInfo:
    return plant_ani_run(birds)


@pytest.fixture(scope="module")
def address(
    birds: Store, run: RunInfo, program: Forker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with serve_dashboard(program, birds.uri, tmp_path_factory.mktemp("served")) as address:
        yield address


def expect_on_first_screen(page: Page, place: Locator) -> None:
    expect(place).to_be_visible()
    settle(page)
    box = place.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= SCREEN["height"]


def test_why_images_of_a_class_fail(page: Page, address: str, run: RunInfo) -> None:
    page.set_viewport_size(SCREEN)
    visit(page, f"{address}/colours?{urlencode({'run': run.run_id, 'class': CLASSES[0]})}")
    group = page.locator("p", has_text="It fails on one group of images: 7 of 14 mistakes")
    expect_on_first_screen(page, group)
    expect(group).to_contain_text("small maps in the middle where the object is small")
    expect(group).to_contain_text("only 0 of the 16 right images")
    expect_on_first_screen(page, page.get_by_text("14 missed and 16 correct"))
    for side in ("where it looks when right (16)", "when wrong (14)"):
        expect_on_first_screen(page, page.get_by_alt_text(side))
    first = page.locator("figure img[alt^='✗']").first
    expect_on_first_screen(page, first)
    expect(first).to_have_attribute("alt", "✗ 000.jpg")


def test_what_to_change_where_classes_are_confused(page: Page, address: str, run: RunInfo) -> None:
    page.set_viewport_size(SCREEN)
    visit(page, f"{address}/retrain?run={run.run_id}")
    expect_on_first_screen(page, page.get_by_text(f'It confuses "{CLASSES[0]}" with'))
    expect_on_first_screen(page, page.get_by_text("Longer training: epochs 4 → 8"))
    expect_on_first_screen(page, page.get_by_text("8 epochs"))


def test_which_classes_are_confused_and_what_to_do(page: Page, address: str, run: RunInfo) -> None:
    page.set_viewport_size(SCREEN)
    visit(page, f"{address}/overview?run={run.run_id}")
    confused = f'It confuses "{CLASSES[0]}" with "{CLASSES[1]}" (13 of 30)'
    found = page.locator("p", has_text=confused)
    expect_on_first_screen(page, found)
    expect(found).to_contain_text("classes may look alike to it")
    expect_on_first_screen(page, page.get_by_role("link", name="Try longer training"))
    expect_on_first_screen(page, page.get_by_text("Accuracy was still rising at the end"))
    expect(page.get_by_text("Try longer training: accuracy was still rising.")).to_be_visible()
    weakest = page.get_by_role("link", name=re.compile(f'^"{CLASSES[0]}" 1[34] of 30 missed'))
    expect_on_first_screen(page, weakest)
    expect(weakest).to_have_attribute("href", re.compile(r"[?&]image=\d"))
    # A click on the cell of the matrix leads to the very images.
    cell = page.locator("path[aria-label*='images: 13']").first
    cell.click()
    link = page.get_by_role("link", name=f'Maps of "{CLASSES[0]}" predicted as "{CLASSES[1]}"')
    expect(link).to_be_visible()
    page.reload()
    link.click()
    expect(page.get_by_role("heading", name="Progression")).to_be_visible()
    asked = {"class": CLASSES[1], "from": CLASSES[0]}
    expect(page).to_have_url(re.compile(re.escape(urlencode(asked))))
