"""Images that are not square are drawn in their own proportions, with their maps on them."""

import re
from base64 import b64decode
from io import BytesIO
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from app.drawing.charts import confusion_chart
from app.drawing.grid_html import image_tile
from app.drawing.thumbnails import contour_image, image_uri, overlay_image, squared_image
from saliencnn.drawing.contours import contour_svg, outline_uri
from saliencnn.drawing.images import sides_within
from tests.app.test_grid_html import gaussian, polylines

WIDE = np.full((24, 40, 3), 120, np.uint8)


@pytest.mark.parametrize(
    ("shape", "sides"),
    [((24, 40, 3), (72, 120)), ((40, 24), (120, 72)), ((7, 7), (120, 120)), ((1, 900), (1, 120))],
)
def test_the_longer_side_is_as_long_as_asked(
    shape: tuple[int, ...], sides: tuple[int, int]
) -> None:
    assert sides_within(shape, 120) == sides


def content_of(uri: str) -> bytes:
    return b64decode(uri.split(",", 1)[1])


def sizes_within(svg: str) -> list[tuple[int, int]]:
    return [
        Image.open(BytesIO(b64decode(content))).size
        for content in re.findall(r"href='data:image/\w+;base64,([^']*)'", svg)
    ]


@pytest.mark.parametrize("draw", [overlay_image, contour_image])
def test_a_map_covers_its_image_whatever_its_shape(draw: object) -> None:
    assert callable(draw)
    svg = content_of(draw(WIDE, gaussian(7, 0.2), 120, 0.0)).decode()
    assert re.match(r"<svg [^>]*width='120' height='72' viewBox='0 0 120 72'", svg)
    base, *heat = sizes_within(svg)
    assert base == (40, 24)
    assert all(size == (120, 72) for size in heat)


@pytest.mark.parametrize("draw", [overlay_image, contour_image])
def test_a_cell_of_a_table_shows_a_wide_image_whole(draw: object) -> None:
    assert callable(draw)
    square = content_of(draw(WIDE, gaussian(7, 0.2), 120, 0.0, in_square=True)).decode()
    bare = content_of(squared_image(WIDE, 120)).decode()
    for svg in (square, bare):
        assert re.match(r"<svg [^>]*width='120' height='120' viewBox='0 -24 120 120'", svg)


def test_lines_are_stretched_as_the_image_is() -> None:
    (line,) = polylines(contour_svg(gaussian(48, 0.15), (60, 120), [0.5]))
    across, down = np.ptp(line, axis=0)
    assert across == pytest.approx(2 * down, abs=0.5)
    np.testing.assert_allclose(line.mean(axis=0), (60, 30), atol=0.5)


def test_an_objects_outline_lies_on_the_image() -> None:
    mask = np.zeros((24, 40), bool)
    mask[:12, :10] = True
    svg = unquote(outline_uri(mask, 80))
    assert "width='80' height='48'" in svg
    (line,) = polylines(svg)
    assert line.max(axis=0).tolist() == [20, 24]


def test_a_tile_has_the_images_proportions() -> None:
    tall = np.full((40, 24, 3), 120, np.uint8)
    assert "width:100.00%;aspect-ratio:100/60" in image_tile(WIDE, "wide", None, 100)
    assert "width:60.00%;aspect-ratio:60/100" in image_tile(tall, "tall", None, 100)
    assert Image.open(BytesIO(content_of(image_uri(tall, 20)))).size == (12, 20)


def test_long_class_names_leave_the_confusion_matrix_its_cells() -> None:
    short, long = ("a", "b"), ("Black_footed_Albatross", "Groove_billed_Ani_of_Cuba")
    heights = [
        confusion_chart(np.eye(2, dtype=int), names, "", False).height for names in (short, long)
    ]
    assert heights[1] - heights[0] >= 90, "names slanted by 45 degrees, of up to 140 pixels"
