"""What people come to Progression for: the right answer is read from the first screen."""

import re
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from saliencnn.data.planted import CLASSES
from saliencnn.drawing.slide import SCALE, WIDTH
from saliencnn.findings.map_location import describe_location
from saliencnn.maps.history import MapHistory
from saliencnn.maps.progression import explain_upload
from saliencnn.store.connection import Store
from saliencnn.store.images import read_index
from saliencnn.store.runs import RunInfo
from tests.browser.waiting import settle, visit
from tests.helpers.planted_maps import plant_run

SCREEN = {"width": 1440, "height": 900}
EPOCHS, SHORT, CHANGED = 30, 8, 12
BIRD, STICKER = 0.75, 0.1
expect.set_options(timeout=120_000)


@pytest.fixture(scope="module")
def planted(store: Store) -> Iterator[tuple[RunInfo, RunInfo]]:
    """One that looks at the bird from epoch 12 on, and one that never does.

    The second takes five of eight images of the first class for the second one.
    """
    course = [STICKER if epoch < CHANGED else BIRD for epoch in range(2, EPOCHS + 1)]
    bird = plant_run(store, "sees-the-bird", course)
    sticker = plant_run(store, "sees-the-sticker", [STICKER] * (SHORT - 1), taken=(0, 1, 5))
    yield bird, sticker
    for run in (bird, sticker):
        store.client.delete_run(run.run_id)


def open_progression(page: Page, address: str, **query: str) -> None:
    page.set_viewport_size(SCREEN)
    visit(page, f"{address}/progression?" + "&".join(f"{k}={v}" for k, v in query.items()))
    expect(page.locator(".frame").first).to_be_visible()
    settle(page)


def read_first_screen(element: Locator) -> str:
    expect(element).to_be_visible()
    box = element.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= SCREEN["height"]
    return element.inner_text()


def read_answer(page: Page) -> str:
    return read_first_screen(page.locator("[data-testid=stMain] [data-testid=stMarkdown]").first)


def test_which_classes_are_confused_and_where_it_looks_then(
    page: Page, dashboard: str, planted: tuple[RunInfo, RunInfo]
) -> None:
    _, sticker = planted
    open_progression(page, dashboard, run=sticker.run_id, **{"class": CLASSES[0]})
    said = read_answer(page)
    assert (
        f'3 of 8 images are recognized: no class does worse; 5 are taken for "{CLASSES[1]}".'
        in said
    )
    assert "looks beside the object: in 8 of 8 validation images" in said
    open_progression(
        page, dashboard, run=sticker.run_id, **{"class": CLASSES[1], "from": CLASSES[0]}
    )
    told = read_first_screen(page.locator(".told"))
    assert f'predicts "{CLASSES[1]}" (58% confidence), but it is "{CLASSES[0]}".' in told
    assert f"focus {STICKER:.2f}" in read_first_screen(page.locator("figure:has(button)").first)


def test_from_which_epoch_it_looks_at_the_object_and_which_of_two_runs_does(
    page: Page, dashboard: str, planted: tuple[RunInfo, RunInfo]
) -> None:
    bird, sticker = planted
    name = {"class": CLASSES[2]}
    open_progression(page, dashboard, run=bird.run_id, beside=sticker.run_id, **name)
    said = read_answer(page)
    for run, place in ((bird, "at"), (sticker, "beside")):
        own = said[said.index(f"{run.name}: ") :]
        assert f"looks {place} the object: in 8 of 8 validation images" in own
    assert f"Most of them are so from epoch {CHANGED} on." in said
    assert "In 8 of 8 images of this class the two runs look at mostly different places." in said
    assert f"At epoch {SHORT}, its last, {sticker.name}" in page.locator(".told").inner_text()
    assert "epoch 8, its last" in read_first_screen(page.locator(".side figure").nth(2))
    first = page.locator(".side")
    assert f"epoch {EPOCHS}" in read_first_screen(first), "at the chosen epoch, side by side"
    assert f"focus {BIRD:.2f}" in read_first_screen(first.locator("figure").nth(1))
    heads = page.locator(".film th[scope=col]")
    columns = [re.findall(r"\d+", one)[0] for one in heads.all_inner_texts()]
    assert {"1", str(CHANGED - 1), str(CHANGED)} <= {*columns}
    assert len({*columns}) == len(columns), "no column repeats the chosen epoch"

    page.get_by_text("More about this class in each run").click()
    more = page.get_by_test_id("stMain").get_by_test_id("stExpander").first
    expect(more).to_contain_text(f"epoch {CHANGED}, from {STICKER:.2f} to {BIRD:.2f}.")
    expect(more).to_contain_text("At no epoch does it look at the object")
    with page.expect_download() as begun:
        page.get_by_role("button", name="Picture for a slide").click()
    assert bird.name in begun.value.suggested_filename
    assert sticker.name in begun.value.suggested_filename
    assert Image.open(begun.value.path()).width == round(WIDTH * SCALE)

    # By keyboard to an epoch that both have; the browser does not wait for the server.
    page.locator(".frame[aria-current=true]").focus()
    page.keyboard.press("Home")
    for _ in range(SHORT - 2):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".told")).to_contain_text(f"At epoch {SHORT - 1} {sticker.name}")
    expect(page).to_have_url(re.compile(f"epoch={SHORT - 1}"))
    settle(page)
    assert (
        page.locator(".frame")
        .nth(SHORT - 2)
        .evaluate("frame => frame.getRootNode().activeElement === frame")
    )
    cells = page.locator(".side figure")
    for place in (1, 2):
        assert f"focus {STICKER:.2f}" in cells.nth(place).inner_text()
    page.reload()
    expect(page.locator(".told")).to_contain_text(f"At epoch {SHORT - 1} {bird.name}")


@pytest.mark.parametrize(
    ("width", "methods", "lines"), [(1440, 3, 1), (1024, 2, 1), (1024, 3, 2), (390, 2, 2)]
)
def test_maps_of_two_runs_stand_beside_each_other(
    page: Page,
    dashboard: str,
    planted: tuple[RunInfo, RunInfo],
    width: int,
    methods: int,
    lines: int,
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    runs = "&".join(f"run={run.run_id}" for run in planted)
    chosen = "&".join(f"method={one}" for one in ("cam", "gradient", "eigencam")[:methods])
    visit(page, f"{dashboard}/progression?{runs}&{chosen}")
    figures = page.locator(".side figure")
    expect(figures).to_have_count(1 + 2 * methods)
    settle(page)
    boxes = [one.bounding_box() for one in figures.all()][1:]
    tops = [round(box["y"]) for box in boxes if box]
    assert tops[::2] == tops[1::2], "a method's two maps are in one line"
    assert len({*tops}) == lines
    assert min(box["width"] for box in boxes if box) >= 110
    assert not page.locator(".side").evaluate("one => one.scrollWidth > one.clientWidth")


@pytest.mark.parametrize("runs", [1, 2])
def test_a_step_with_maps_fits_on_the_screen(
    page: Page, dashboard: str, planted: tuple[RunInfo, RunInfo], runs: int
) -> None:
    query = "&".join(f"run={run.run_id}" for run in planted[:runs])
    for width, height in ((1440, 900), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        visit(page, f"{dashboard}/present?{query}&step=4")
        maps = page.locator(".film td canvas" if runs == 1 else ".side canvas")
        expect(maps.first).to_be_visible()
        settle(page)
        assert maps.count() >= runs
        large = maps.first.bounding_box()
        assert large is not None
        assert large["width"] >= (140 if runs == 1 else 180)
        hidden = page.get_by_test_id("stMain").evaluate(
            "one => one.scrollHeight - one.clientHeight"
        )
        assert hidden <= 0
        bar = page.locator(".bar").bounding_box()
        last = page.locator(".sal-legend").bounding_box()
        assert bar is not None
        assert last is not None
        assert last["y"] + last["height"] <= bar["y"]


def test_the_strip_and_the_maps_fit_and_play_ends_at_the_last_epoch(
    page: Page, dashboard: str, planted: tuple[RunInfo, RunInfo]
) -> None:
    bird, _ = planted
    for width in (1440, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        visit(page, f"{dashboard}/progression?run={bird.run_id}&epoch={EPOCHS - 3}")
        frames = page.locator(".frame")
        expect(frames).to_have_count(EPOCHS)
        settle(page)
        film = page.locator(".film").bounding_box()
        assert film is not None
        for one in (*frames.all(), *page.locator(".film td button.sal-box").all()):
            box = one.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= film["x"] + film["width"] + 1
        heads = page.locator(".film th[scope=col]").all_inner_texts()
        columns = [int(re.findall(r"\d+", one)[0]) for one in heads]
        assert EPOCHS - 3 in columns
        assert columns == sorted({*columns}), "the chosen epoch stands among the others"
        smallest = page.locator(".film td button.sal-box").first.bounding_box()
        assert smallest is not None
        assert smallest["width"] >= 160
    kept = page.locator(".film td canvas").evaluate_all(
        "drawn => drawn.map(one => one.dataset.drawn = 'before').length"
    )
    page.locator(".frame").nth(EPOCHS - 2).click()
    expect(page).to_have_url(re.compile(f"epoch={EPOCHS - 1}"))
    again = page.locator(".film td canvas:not([data-drawn])").count()
    assert again < kept / 2, "an epoch that stays in sight is not drawn again"
    page.get_by_role("button", name="Play").click()
    expect(page.locator("th.on")).to_contain_text(f"epoch {EPOCHS}")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page).not_to_have_url(re.compile("epoch="))


def test_an_own_image(page: Page, dashboard: str, store: Store, tiny_run: RunInfo) -> None:
    """What a network says of an upload at an epoch, and a caution where it hardly sees it."""
    pixels = np.random.default_rng(0).integers(0, 256, (60, 64, 3), dtype=np.uint8)
    truth = explain_upload(store, tiny_run, pixels, None, ("cam", "gradcam"), MapHistory())
    page.set_viewport_size(SCREEN)
    visit(page, f"{dashboard}/progression?run={tiny_run.run_id}&images=own&epoch=2")
    upload(page, pixels)
    told = page.locator(".told").first.inner_text()
    known = truth.history.predictions[2]
    name = class_name(store, tiny_run, known.predicted)
    sure = f"{known.confidence:.0%} confidence"
    answer = page.get_by_text(
        f'At epoch 2 the network says "{name}" ({known.confidence:.0%} confidence)'
    )
    assert read_first_screen(answer)
    check_side(page)
    second, third = (
        f'"{class_name(store, tiny_run, number)}" ({likely:.0%})'
        for number, likely in known.next_likely
    )
    said, where = told.split(" Its ")
    assert said == f'At epoch 2 the network predicts "{name}" ({sure}), then {second} and {third}.'
    assert where == f"Grad-CAM map {describe_location(truth.history.maps['gradcam'][2])}."
    expect(page.get_by_text("enlarged to about")).to_have_count(0)
    upload(page, np.full((900, 3, 3), (200, 30, 30), np.uint8))
    caution = page.get_by_text("3 x 900 pixels").first
    assert "3 x 900 pixels" in read_first_screen(caution)


def check_side(page: Page) -> None:
    """The chosen methods' maps stand beside the image on the first screen; one more is added."""
    maps = page.locator(".side button.sal-box")
    expect(maps).to_have_count(2)
    boxes = [one.bounding_box() for one in maps.all()]
    assert all(box and box["width"] >= 160 for box in boxes)
    assert len({round(box["y"]) for box in boxes if box}) == 1
    names = page.locator(".side b").all_inner_texts()
    assert names[:3] == ["epoch 2", "CAM = Grad-CAM", "SmoothGrad-CAM++"]
    read_first_screen(page.locator(".side"))
    drawn = [one.evaluate("one => one.toDataURL()") for one in page.locator(".side canvas").all()]
    assert len({*drawn}) == 2
    page.locator(".frame").first.click()
    expect(page.locator(".side b").first).to_have_text("epoch 1")
    expect(page.get_by_text("At epoch 1 the network says")).to_be_visible()
    page.get_by_role("button", name="Score-CAM").click()
    expect(page.locator(".side button.sal-box")).to_have_count(3)
    settle(page)
    sidebar = page.get_by_test_id("stSidebar").get_by_test_id("stMultiSelect").last
    for name in ("SmoothGrad-CAM++", "Score-CAM (approximate)"):
        expect(sidebar).to_contain_text(name)
    expect(page.locator(".adds").get_by_text("Score-CAM")).to_have_count(0)
    expect(page).to_have_url(
        re.compile("epoch=1.*method=scorecam_fast|method=scorecam_fast.*epoch=1")
    )


def upload(page: Page, pixels: np.ndarray) -> None:
    settle(page)
    if (other := page.get_by_role("button", name="Another image")).count():
        other.click()
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    file = {"name": "own.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator(".told").first).to_be_visible()
    settle(page)


def class_name(store: Store, run: RunInfo, number: int) -> str:
    return read_index(store, run.images_id).classes[number]
