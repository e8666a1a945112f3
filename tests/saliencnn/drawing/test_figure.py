"""Figures: the overlay's pixels within, whatever their texts, as SVG and PNG."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from saliencnn import UserError, overlay, plot
from saliencnn.drawing.figure import SCALE, TILE, Figure, Tile

RNG = np.random.default_rng(0)
SIDE = round(TILE * SCALE)
IMAGE = np.kron((RNG.random((61, 61, 3)) * 255).astype(np.uint8), np.ones((6, 6, 1), np.uint8))
"""Of its 366 pixels the network sees 320: as many as a tile has, so none is resampled."""
MAP = RNG.random((7, 7)).astype(np.float32)
HOSTILE = "</text><script>alert(1)</script> & \"'\x00\u202e<image href='http://evil.example/x'/>"


def elements(figure: Figure) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(figure.svg).iter())


def tile_of(figure: Figure) -> np.ndarray:
    """Return the pixels of a figure's first tile, found by its place in the SVG."""
    use = next(one for one in elements(figure) if one.tag.endswith("}use") and one.get("x"))
    left, top = (round(float(use.get(name) or 0) * SCALE) for name in ("x", "y"))
    return np.asarray(figure.image)[top : top + SIDE, left : left + SIDE].astype(int)


@pytest.mark.parametrize("opacity", [0.0, 0.6, 1.0])
def test_a_tile_is_the_overlay(opacity: float) -> None:
    drawn = np.asarray(overlay(IMAGE, MAP, opacity=opacity)).astype(int)
    edge = (len(drawn) - SIDE) // 2
    seen = drawn[edge : edge + SIDE, edge : edge + SIDE]
    tile = tile_of(plot(IMAGE, {"gradcam": MAP}, opacity=opacity, contours=False))
    difference = abs(tile - seen)
    assert np.quantile(difference, 0.99) <= 8, "one step of the colour scale, and its opacity"
    assert difference.mean() < 1.5


def test_below_the_threshold_the_image_stands_alone() -> None:
    half = np.repeat(np.float32([[1, 0]]), 2, axis=0)
    tile = tile_of(plot(IMAGE, {"cam": half}, threshold=0.5, contours=False))
    bare = tile_of(plot(IMAGE, {"cam": half}, opacity=0, contours=False))
    assert (tile[:, SIDE * 3 // 4 :] == bare[:, SIDE * 3 // 4 :]).all()
    assert (tile[:, : SIDE // 4] != bare[:, : SIDE // 4]).any()


def test_a_grid_names_its_rows_and_columns() -> None:
    maps = {"gradcam": torch.rand(2, 7, 7), "own": np.ones((2, 3, 3))}
    figure = plot([IMAGE, IMAGE], maps, title="Two birds", names=["a.png", "b.png"])
    texts = [one.text for one in elements(figure) if one.tag.endswith("}text")]
    assert {"Two birds", "Grad-CAM", "own", "a.png", "b.png"} <= {*texts}
    images = [one for one in elements(figure) if one.tag.endswith("}image")]
    assert len(images) == 2 + 4 + 1, "each image once, a heat a tile, and the scale"


def test_contour_lines_of_each_tile_are_its_own() -> None:
    maps = {name: RNG.random((7, 7)).astype(np.float32) for name in ("cam", "gradcam")}
    figure = plot(IMAGE, maps)
    ids = [one.get("id") for one in elements(figure) if one.get("id")]
    assert len({*ids}) == len(ids) > 6


def test_the_legend_names_the_lines_that_are_drawn() -> None:
    fine, coarse = Tile(IMAGE, RNG.random((64, 64)).astype(np.float32)), Tile(IMAGE, MAP)
    assert "lines" not in words(Figure("", [""], [("", [fine])]))
    assert "at 0.25, 0.5, 0.75" in words(Figure("", ["", ""], [("", [fine, coarse])]))
    assert "at 0.5, 0.75" in words(Figure("", [""], [("", [coarse])], threshold=0.4))


def words(figure: Figure) -> str:
    return " ".join(one.text or "" for one in elements(figure) if one.tag.endswith("}text"))


def test_hostile_texts_stay_texts() -> None:
    tile = Tile(IMAGE, MAP, (HOSTILE,), HOSTILE)
    figure = Figure(HOSTILE, [HOSTILE], [(HOSTILE, [tile]), ("", [Tile(IMAGE, None, (), HOSTILE)])])
    found = elements(figure)
    assert not [one for one in found if one.tag.endswith("script")]
    links = [one.get("href", "") for one in found]
    assert all(link.startswith(("data:image/png;", "#")) for link in links if link)
    assert len(figure.png) > 1000


def test_a_figure_is_saved_by_its_ending(tmp_path: Path) -> None:
    figure = plot(IMAGE, {"cam": MAP})
    figure.save(tmp_path / "one.svg")
    figure.save(str(tmp_path / "one.PNG"))
    assert (tmp_path / "one.svg").read_text() == figure.svg
    assert (tmp_path / "one.PNG").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(UserError, match="jpg"):
        figure.save(tmp_path / "one.jpg")


@pytest.mark.parametrize(
    ("maps", "named"),
    [
        ({}, {}),
        ({"cam": np.ones((2, 3, 3))}, {}),
        ({"cam": MAP, "gradcam": np.ones((2, 3, 3))}, {}),
        ({"cam": np.ones(3)}, {}),
        ({"cam": MAP}, {"opacity": 2}),
        ({"cam": MAP}, {"threshold": -0.1}),
        ({"cam": MAP}, {"names": ["a", "b"]}),
    ],
)
def test_what_cannot_be_drawn_is_refused(maps: dict, named: dict) -> None:
    with pytest.raises(UserError):
        plot(IMAGE, maps, **named)


@pytest.mark.parametrize("columns", [1, 3, 5, 9])
@pytest.mark.parametrize("name", ["A-LONG-NAME-OF-A-RUN-" * 6, "W" * 80, "黒い鳥" * 20])
def test_words_are_legible_in_a_slide_and_none_is_cut(columns: int, name: str) -> None:
    tile = Tile(IMAGE, MAP, (name,))
    bare = Tile(IMAGE, None, (name,), "not logged")
    rows = [(name, [tile] * columns), ("b", [bare] * columns)]
    figure = Figure(name, [name] * columns, rows, original=IMAGE, caption=name)
    root = ElementTree.fromstring(figure.svg)
    wide = float(root.get("width") or 0)
    sizes = [float(one.get("font-size") or 0) for one in root.iter() if one.get("font-size")]
    assert min(sizes) * 1200 / wide >= 15.9, "pixels, where it is 1,200 wide"
    drawn = np.asarray(figure.image)
    edge = round(SCALE * 8)
    assert (drawn[:, :edge] == 255).all()
    assert (drawn[:, -edge:] == 255).all()
    assert (drawn[-round(SCALE * 4) :] == 255).all()
