"""The report as a file that a browser opens without any network."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from app.drawing.sheet import Cell, pack_cell
from pipelines.comparison.gather import read_group
from pipelines.comparison.task import Task
from pipelines.comparison.view import View
from pipelines.report.cases import pack_classes, pack_maps
from pipelines.report.chapters import Chapters, read_chapters
from pipelines.report.make import make_comparison
from pipelines.report.story import render_report
from saliencnn.drawing.heat import rescale_one
from saliencnn.store.evaluations import list_evaluations
from tests.browser.test_accessibility import GRAVE, NOT_OURS
from tests.helpers.golden import unpack
from tests.helpers.report import content_of, make_hostile


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report of two runs, the same with hostile names, and one of a comparison."""
    folder = tmp_path_factory.mktemp("report")
    golden = unpack(folder)
    ids = [golden.run(name).run_id for name in ("golden", "golden-randomized")]
    chapters = read_chapters(golden.store, ids)
    group = read_group(golden.store, [info.run_id for info in list_evaluations(golden.store)])
    task = Task(group.run_ids, "image", (0, 1), 0)

    def write(name: str, told: Chapters) -> Path:
        path = folder / f"{name}.html"
        path.write_text(render_report(told, pack_classes(golden.store, told)), encoding="utf-8")
        return path

    task_path = folder / "task.html"
    task_path.write_text(make_comparison(golden.store, group, task, View()), encoding="utf-8")
    return {
        "plain": write("plain", chapters),
        "hostile": write("hostile", make_hostile(chapters)),
        "task": task_path,
    }


PAINT = """([ours, theirs, look]) => {
    const picture = new OffscreenCanvas(9, 9), size = 96;
    picture.getContext("2d").fillStyle = "#5a7";
    picture.getContext("2d").fillRect(0, 0, 9, 9);
    const map = {values: bytes(theirs.values), height: theirs.height, width: theirs.width};
    return [map_of(ours, 0, false), map].map(one => {
        const canvas = new OffscreenCanvas(size, size), context = canvas.getContext("2d");
        paint(context, picture, one, look, 0, 0, size);
        return [...context.getImageData(0, 0, size, size).data];
    });
}"""
"""Paints a map as a report and as a page hold it; returns both canvases' bytes."""


@pytest.fixture(params=[1440, 1024, 390])
def width(request: pytest.FixtureRequest) -> int:
    """Of the window, in pixels."""
    return int(request.param)


@pytest.fixture
def page(browser: BrowserContext, page: Page, asked: list[str]) -> Iterator[Page]:
    """A window without a network, in which nothing may ask for anything but the file."""
    browser.set_offline(True)
    yield page
    browser.set_offline(False)
    assert asked
    assert {url.partition(":")[0] for url in asked} <= {"file", "data", "blob"}


def open_report(page: Page, path: Path) -> None:
    """Open a report and wait until its charts are drawn."""
    page.goto(path.as_uri())
    page.locator(".charts svg").first.wait_for()


def test_each_epoch_shows_what_the_store_holds(page: Page, reports: dict[str, Path]) -> None:
    open_report(page, reports["plain"])
    content = content_of(reports["plain"].read_text())["maps"]
    shown = content["classes"][content["start"]]["cases"]
    for epoch in (1, 2):
        page.locator("#epoch").evaluate(
            "(slider, value) => { slider.value = value;"
            " slider.dispatchEvent(new Event('input', {bubbles: true})); }",
            epoch,
        )
        page.locator(f"#cases[data-epoch='{epoch}']").wait_for()
        cells = page.locator("#cases .cell").all()
        seen = [cell.get_attribute("aria-label") or "" for cell in cells]
        expected = [
            (content["runs"][place]["name"], run["methods"][content["first"]])
            for case in shown
            for place, run in enumerate(case["columns"])
            if not all(run["methods"].get(content["first"], {"empty": [True]})["empty"])
        ]
        assert len(seen) == len(expected)
        for label, (name, packed) in zip(seen, expected, strict=True):
            own = [e for e in packed["epochs"] if e <= epoch][-1]
            focus = packed["focus"][packed["epochs"].index(own)]
            assert name in label
            assert f"epoch {own}" in label
            assert focus is None or f"focus {focus:.2f}" in label


def test_the_browser_decodes_what_numpy_encodes(page: Page, reports: dict[str, Path]) -> None:
    open_report(page, reports["plain"])
    every = np.arange(0x7C00, dtype=np.uint16).view("<f2")  # all that is finite and not negative
    halves = np.concatenate([every, -every])
    decoded = page.evaluate(
        "text => [...decode_halves(text)]", b64encode(halves.tobytes()).decode()
    )
    assert (np.array(decoded, np.float32) == halves.astype(np.float32)).all()


def test_a_map_is_enlarged_by_keyboard(page: Page, reports: dict[str, Path]) -> None:
    open_report(page, reports["plain"])
    first = page.locator("#cases .cell").first
    label = first.get_attribute("aria-label") or ""
    first.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog.large")
    place = dialog.locator("canvas").first.bounding_box()
    assert place is not None
    assert place["width"] >= 480
    assert label.removeprefix("Enlarge ") in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert first.evaluate("one => one === document.activeElement")


def test_it_plays_from_the_first_epoch_to_the_last(page: Page, reports: dict[str, Path]) -> None:
    open_report(page, reports["plain"])
    at_once = """() => {
        document.getElementById("play").click();
        return document.getElementById("epoch").value;
    }"""
    assert page.evaluate(at_once) == "1"
    page.wait_for_function("document.getElementById('epoch').value === '2'")
    page.locator("#play[aria-pressed=false]").wait_for()


def test_hostile_names_are_shown_and_not_executed(page: Page, reports: dict[str, Path]) -> None:
    open_report(page, reports["hostile"])
    page.locator("#cases .case").first.wait_for()
    assert page.title() != "1"
    assert page.locator("img[src=x]").count() == 0
    assert page.get_by_text("</script>").first.is_visible()


def test_a_map_is_painted_as_in_the_dashboard(page: Page, reports: dict[str, Path]) -> None:
    """Both paint by the same script; a map travels as halves in one and as bytes in the other."""
    open_report(page, reports["plain"])
    rng = np.random.default_rng(3)
    raw = rng.gamma(1, 3e-5, (7, 9)).astype(np.float32)
    ours = pack_maps({1: raw}, {1: np.nan})
    theirs = pack_cell(Cell(rescale_one(raw)), 0.0)
    for look in (
        {"opacity": 0.6, "threshold": 0, "contours": True},
        {"opacity": 1, "threshold": 0.45, "contours": False},
    ):
        first, second = page.evaluate(PAINT, [ours, theirs, look])
        apart = np.abs(np.array(first, int) - np.array(second, int)).reshape(-1, 4)
        assert np.ptp(first) > 100
        # At a threshold's edge a pixel may fall on either side.
        assert (apart.max(axis=1) > 8).mean() < 0.01


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["plain", "task"])
def test_nothing_bars_a_person(
    page: Page, reports: dict[str, Path], name: str, theme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=theme)
    open_report(page, reports[name])
    page.locator("#cases .case").first.wait_for()
    examined = {"exclude": [[selector] for selector in NOT_OURS]}
    found = Axe().run(page, examined, {"resultTypes": ["violations"]}).response
    grave = [
        (rule["id"], node["html"], node["failureSummary"])
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
    assert not grave


def test_a_word_is_explained_where_the_keyboard_reaches_it(
    page: Page, reports: dict[str, Path]
) -> None:
    open_report(page, reports["plain"])
    word = page.locator("#where dfn").first
    word.focus()
    tip = word.locator(".tip")
    assert tip.is_visible()
    place = tip.bounding_box()
    assert place is not None
    assert place["x"] >= 0
    page.locator("#play").focus()
    assert not tip.is_visible()


@pytest.mark.parametrize("name", ["hostile", "task"])
def test_nothing_is_wider_than_the_window(
    page: Page, reports: dict[str, Path], width: int, name: str
) -> None:
    """The hostile one is the plain one, but with longer names."""
    page.set_viewport_size({"width": width, "height": 900})
    open_report(page, reports[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
