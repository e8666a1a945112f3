"""A slide: what its parts say is on it, a map's pixels are at their place, and nothing is cut."""

import re
from collections.abc import Sequence
from io import BytesIO
from xml.etree import ElementTree

import altair as alt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from saliencnn.drawing.figure import SCALE as FIGURE_SCALE
from saliencnn.drawing.figure import Figure, Tile
from saliencnn.drawing.parts import Chart, Columns, Images, Mark, Part, Size, Table, Words
from saliencnn.drawing.slide import MARGIN, SCALE, WIDTH, Slide

RNG = np.random.default_rng(0)
IMAGE = np.kron((RNG.random((28, 28, 3)) * 255).astype(np.uint8), np.ones((8, 8, 1), np.uint8))
MAP = RNG.random((7, 7)).astype(np.float32)
LONG = "MOBILENET_V2-WITH-A-NAME-THAT-SOMEBODY-THOUGHT-ABOUT-" + "W" * 60
HOSTILE = "</text><script>alert(1)</script> & \"'\x00\u202e<image href='http://evil.example/x'/>"


def draw_bars(frame: pd.DataFrame) -> alt.Chart:
    return alt.Chart(frame).mark_bar().encode(x="a:O", y="b:Q", color="a:N")


def draw_sized(frame: pd.DataFrame, dark: bool) -> alt.Chart:
    return draw_bars(frame).properties(width=120, height=60, title="dark" if dark else "light")


FRAME = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
EVERY: Sequence[Part] = (
    Words("lead words", Size.LEAD),
    Words("listed words", bullet="-"),
    Words("for a reason", label="Why", mark=Mark.PROBLEM),
    Columns([[Words("left words", Size.HEADING)], [Words("right words"), Words("more words")]]),
    Table(["before", "after"], [["epochs", "6", "8"]]),
    Images([(IMAGE, f"bird {n}") for n in range(8)]),
    Chart(draw_bars, (FRAME,)),
    Figure("", ["the image", "a run"], [("", [Tile(IMAGE, None), Tile(IMAGE, MAP, ("focus",))])]),
    Words("small words", Size.SMALL),
)


def pixels(slide: Slide) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(slide.png)).convert("RGB")).astype(int)


def words(slide: Slide) -> list[str]:
    found = ElementTree.fromstring(slide.svg).iter("{http://www.w3.org/2000/svg}text")
    return [one.text or "" for one in found]


def test_every_part_is_on_it() -> None:
    told = " ".join(words(Slide("A title", EVERY)))
    for said in (
        *("A title", "lead words", "•", "listed words", "Why:", "for a reason", "left words"),
        *("more words", "before", "epochs", "8", "bird 7", "the image", "focus", "small words"),
    ):
        assert said in told
    assert Mark.PROBLEM.value in Slide("", EVERY).svg


def test_a_slide_has_a_screens_shape_or_is_higher() -> None:
    wide = round(WIDTH * SCALE)
    assert pixels(Slide("A title", ())).shape == (wide * 9 // 16, wide, 3)
    tall = pixels(Slide("A title", EVERY))
    assert tall.shape[1] == wide
    assert tall.shape[0] > wide * 9 // 16
    assert (tall[-round(SCALE * MARGIN / 2) :] == 255).all(), "all of it is on the slide"


@pytest.mark.parametrize("name", [LONG, "黒い鳥" * 40, HOSTILE * 3])
def test_long_words_are_not_cut(name: str) -> None:
    tile = Tile(IMAGE, MAP, (name,))
    parts: Sequence[Part] = (
        Words(name, Size.LEAD),
        Words(name, label=name, mark=Mark.GOOD, bullet="-"),
        Columns([[Words(name, Size.HEADING)], [Words(name)], [Words(name)]]),
        Table([name, name], [[name, "1", name]]),
        Images([(IMAGE, name)]),
        Figure("", [name, name, name], [("", [tile, tile, tile])], tile=184),
        Words(name, Size.SMALL),
    )
    drawn = pixels(Slide(name, parts))
    edge = round(SCALE * MARGIN / 2)
    assert (drawn[:, :edge] == 255).all()
    assert (drawn[:, -edge:] == 255).all()


def test_hostile_texts_stay_texts() -> None:
    slide = Slide(HOSTILE, (Words(HOSTILE), Table([HOSTILE], [[HOSTILE, HOSTILE]])))
    found = [*ElementTree.fromstring(slide.svg).iter()]
    assert not [one for one in found if one.tag.endswith(("script", "image"))]


def test_a_map_is_drawn_as_its_figure_draws_it() -> None:
    figure = Figure("", ["the image", "a run"], [("", [Tile(IMAGE, None), Tile(IMAGE, MAP)])])
    alone = np.asarray(figure.image).astype(int)
    slide = Slide("A title", (figure,))
    root = ElementTree.fromstring(slide.svg)
    (nested,) = (one for one in root if one.tag.endswith("}svg"))
    top = float(nested.get("y") or 0)  # there its margin ends
    drawn = Image.open(BytesIO(slide.png)).convert("RGB")
    wide, high = alone.shape[1] / FIGURE_SCALE, 200
    sides = [round(SCALE * side) for side in (0, top, wide, top + high)]
    part = drawn.crop((sides[0], sides[1], sides[2], sides[3]))
    there = alone[round(FIGURE_SCALE * MARGIN) :][: round(FIGURE_SCALE * high)]
    same = np.asarray(part.resize(there.shape[1::-1])).astype(int)
    assert abs(same - there).mean() < 4
    assert np.ptp(alone) > 200


def test_an_image_without_a_map_stands_alone() -> None:
    image = np.full((20, 20, 3), (10, 200, 30), np.uint8)
    figure = Figure("", ["", ""], [("", [Tile(image, None), Tile(image, None, note="no map")])])
    drawn = np.asarray(figure.image).astype(int)
    assert (abs(drawn - (10, 200, 30)).max(axis=2) <= 2).sum() == pytest.approx(320**2, rel=0.01)


def test_a_chart_has_the_pages_colours_and_keeps_a_size_of_its_own() -> None:
    drawn = pixels(Slide("", (Chart(draw_bars, (FRAME,)),), ("#ff0000", "#0000ff")))
    for color in ((255, 0, 0), (0, 0, 255)):
        assert (abs(drawn - color).max(axis=2) < 8).sum() > 1000
    own = Slide("", (Chart(draw_sized, (FRAME,), themed=True),)).svg
    (image,) = ElementTree.fromstring(own).iter("{http://www.w3.org/2000/svg}image")
    assert 120 < float(image.get("width") or 0) < WIDTH / 2


def test_images_share_one_row_before_they_take_a_second() -> None:
    def places(count: int) -> list[tuple[str, str]]:
        svg = Slide("Maps", [Images([(IMAGE, "net") for _ in range(count)])]).svg
        return re.findall(r"<image [^>]* x='([\d.]+)' y='([\d.]+)'", svg)

    assert len({y for _, y in places(8)}) == 1
    assert len({x for x, _ in places(8)}) == 8
    assert len({y for _, y in places(12)}) == 2
