"""Maps that the browser draws: the library's pixels, and what a person does with them."""

from base64 import b64decode
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.drawing.sheet import Cell, Sheet, pack_cell
from app.parts.sheets import SCRIPTS
from saliencnn.drawing.contours import contour_svg
from saliencnn.drawing.heat import render_heat
from saliencnn.drawing.scripts import read_scripts, read_styles
from saliencnn.store.runs import RunInfo
from tests.browser.waiting import settle

HIGH, WIDE = 60, 96
expect.set_options(timeout=60_000)


@pytest.fixture
def painter(page: Page) -> Page:
    """A page that can draw and has nothing else."""
    page.goto("about:blank")
    page.add_script_tag(content=read_scripts("paint", "elements"))
    return page


def draw(page: Page, code: str, map01: np.ndarray) -> np.ndarray:
    """Return RGBA pixels that code returns as a canvas of a map."""
    uri = page.evaluate(
        """([cell, code]) => {
            const map = {...cell, values: bytes(cell.values)};
            const drawn = new Function("map", code)(map);
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [drawn.width, drawn.height];
            canvas.getContext("2d").drawImage(drawn, 0, 0);
            return canvas.toDataURL();
        }""",
        [pack_cell(Cell(map01), 0), code],
    )
    return decode(b64decode(uri.split(",")[1]))


def decode(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(content)).convert("RGBA")).astype(int)


@pytest.mark.parametrize("shape", [(7, 7), (12, 9), (1, 5), (130, 130)])
@pytest.mark.parametrize("threshold", [0.0, 0.4])
def test_the_browser_draws_the_librarys_pixels(
    painter: Page, shape: tuple[int, int], threshold: float
) -> None:
    steps = np.random.default_rng(0).integers(0, 256, shape)
    map01 = (steps / 255).astype(np.float32)
    expected = decode(render_heat(map01[None], (HIGH, WIDE), threshold)[0])
    drawn = draw(painter, f"return heat(map, {WIDE}, {HIGH}, {threshold})", map01)
    opaque = (expected[..., 3] == 255) & (drawn[..., 3] == 255)
    assert (abs(drawn[..., 3] - expected[..., 3]) <= 4).mean() > 0.999
    assert abs(drawn - expected)[opaque].max() <= 6, "one step of the colour scale at most"
    assert (drawn == expected)[opaque].mean() > 0.95


def test_the_browsers_lines_lie_on_the_librarys(painter: Page) -> None:
    at = (np.arange(14) + 0.5) / 14 - 0.5
    map01 = np.exp(-(at[:, None] ** 2 + at**2) / 0.08).astype(np.float32)
    code = """
        const canvas = new OffscreenCanvas(200, 200), context = canvas.getContext("2d");
        context.lineWidth = 2;
        context.stroke(contour(map, 200, 200, 0.5));
        return canvas;
    """
    drawn = draw(painter, code, map01)[..., 3] > 128
    radius = np.hypot(*(np.argwhere(drawn) + 0.5 - 100).T)
    path = contour_svg(map01, (200, 200), [0.5]).split(" d='M")[1].split("'")[0]
    points = np.array(path.split(), float).reshape(-1, 2) / 10
    np.testing.assert_allclose(radius.mean(), np.hypot(*(points - 100).T).mean(), atol=0.5)
    assert np.ptp(radius) < 4


@pytest.mark.parametrize(("shape", "proportion"), [((24, 40, 3), 5 / 3), ((40, 24, 3), 3 / 5)])
def test_images_that_are_not_square_stay_so(
    page: Page, shape: tuple[int, ...], proportion: float
) -> None:
    map01 = np.tile(np.linspace(0, 1, 7, dtype=np.float32), (7, 1))
    rows = [("CAM", [Cell(map01), Cell(None, note="not logged")]), ("B", [Cell(map01)] * 2)]
    sheet = Sheet("two", np.full(shape, 120, np.uint8), rows, ["epoch 1", "epoch 2"]).pack()
    page.set_content(f"<style>{read_styles('overlays', 'maps')}</style><main class=sal></main>")
    page.add_script_tag(content=read_scripts(*SCRIPTS))
    page.evaluate(
        """async (packed) => {
            const sheet = {...await unpack(packed), cell: 100};
            const place = document.querySelector("main");
            place.style.setProperty("--px", "100px");
            const enlarged = new Enlarged(document.body);
            place.append(build_table(sheet, () => enlarged.open(sheet, 0, 0, sheet.look)));
        }""",
        sheet,
    )

    def proportions(shown: str) -> list[float]:
        boxes = [one.bounding_box() for one in page.locator(shown).all()]
        return [box["width"] / box["height"] for box in boxes if box is not None]

    assert proportions(".sal-box") == pytest.approx([proportion] * 4, rel=0.03)
    longer = page.locator(".sal-box canvas").first.evaluate("one => [one.width, one.height]")
    assert max(longer) == 100
    page.locator("button.sal-box").first.click()
    shown = proportions("dialog canvas")
    assert shown == pytest.approx([proportion] * 2, rel=0.03)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download SVG").click()
    figure = ElementTree.parse(download.value.path()).getroot()
    sides = [
        float(one.get("width") or 0) / float(one.get("height") or 1)
        for one in figure.iter("{http://www.w3.org/2000/svg}image")
    ]
    assert sides == pytest.approx([proportion] * 2, rel=0.03)


@pytest.mark.parametrize("rows", [1, 5])
def test_words_of_a_saved_map_are_read_whole(page: Page, rows: int) -> None:
    name = "A-RUN-WITH-A-NAME-" * 12
    cell = Cell(np.tile(np.linspace(0, 1, 7, dtype=np.float32), (7, 1)), (name,))
    sheet = Sheet(name, np.full((24, 24, 3), 120, np.uint8), [(name, [cell])] * rows, ["epoch 1"])
    page.set_content(f"<style>{read_styles('overlays', 'maps')}</style><main></main>")
    page.add_script_tag(content=read_scripts(*SCRIPTS))
    page.evaluate(
        """async (packed) => {
            const sheet = await unpack(packed);
            new Enlarged(document.body).open(sheet, 0, 0, sheet.look);
        }""",
        sheet.pack(),
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="Download SVG").click()
    figure = ElementTree.parse(download.value.path()).getroot()
    texts = [*figure.iter("{http://www.w3.org/2000/svg}text")]
    assert "".join(one.text or "" for one in texts).count(name) >= 1 + rows
    wide = float(figure.get("width") or 0)
    assert all(float(one.get("font-size") or 0) * 1200 / wide >= 16 for one in texts)
    svg = download.value.path().read_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PNG").click()
    drawn = decode(download.value.path().read_bytes())
    assert drawn.shape[1] == wide
    assert (drawn[:, -8:, :3] == 255).all(), "nothing reaches the edge"
    assert (drawn[-8:, :, :3] == 255).all()
    page.set_content(svg)
    ends = page.locator("text").evaluate_all(
        "all => all.map(one => one.getBBox().x + one.getBBox().width)"
    )
    assert max(ends) <= wide - 8


def test_a_map_is_enlarged_swiped_and_downloaded_by_keyboard(
    page: Page, dashboard: str, tiny_run: RunInfo
) -> None:
    page.goto(f"{dashboard}/progression?run={tiny_run.run_id}&class=barred")
    settle(page)
    cell = page.locator("button.sal-box").first
    cell.focus()
    name = cell.get_attribute("aria-label")
    page.keyboard.press("Enter")
    view = page.locator("dialog[open]")
    stage = view.locator(".main canvas")
    expect(stage).to_be_focused()
    place = stage.bounding_box()
    assert place is not None
    assert min(place["width"], place["height"]) >= 480
    assert view.locator(".tile").count() == 1, "beside CAM = Grad-CAM stands the other map"

    def pixels() -> str:
        return stage.evaluate("canvas => canvas.toDataURL()")

    seen = [pixels()]
    page.keyboard.down("i")
    seen.append(pixels())
    page.keyboard.up("i")
    assert pixels() == seen[0], "the image stands alone while the key is held"
    view.get_by_label("Contours").uncheck()
    seen.append(pixels())
    view.get_by_label("Threshold").fill("0.6")
    seen.append(pixels())
    view.get_by_label("Opacity").fill("0.1")
    seen.append(pixels())
    view.get_by_role("button", name="Swipe").press("Enter")
    divider = view.get_by_label("swipe")
    divider.fill("100")
    assert pixels() == seen[-1]
    divider.press("Home")
    seen.append(pixels())
    assert len(set(seen)) == len(seen), "each control changes what is drawn, at once"
    with page.expect_download() as download:
        view.get_by_role("button", name="Download PNG").press("Enter")
    assert download.value.suggested_filename.endswith(".png")
    for word in ("barred", "epoch", tiny_run.name):
        assert word in download.value.suggested_filename
    with page.expect_download() as download:
        view.get_by_role("button", name="Download SVG").press("Enter")
    figure = ElementTree.parse(download.value.path()).getroot()
    words = " ".join(one.text or "" for one in figure.iter("{http://www.w3.org/2000/svg}text"))
    assert tiny_run.name in words
    (drawn,) = figure.iter("{http://www.w3.org/2000/svg}image")
    assert (drawn.get("href") or "").startswith("data:image/png")
    page.keyboard.press("Escape")
    expect(view).to_have_count(0)
    focused = page.evaluate(
        """() => {
            let at = document.activeElement;
            while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
            return at.getAttribute("aria-label");
        }"""
    )
    assert focused == name
