"""Overlays against known answers: torch's interpolation, decoded pixels, an analytic Gaussian."""

import re
import tomllib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import rgb2lab

from app.drawing import grid_html
from saliencnn.drawing import contours, heat
from saliencnn.measures.energy import is_constant

pytestmark = pytest.mark.filterwarnings("error")

IMAGE = np.full((64, 64, 3), 120, np.uint8)
CONFIG = Path(grid_html.__file__).parents[1] / ".streamlit" / "config.toml"


def random_maps(count: int = 5, size: int = 7) -> np.ndarray:
    return np.random.default_rng(0).random((count, size, size)).astype(np.float32)


def gaussian(size: int, sigma: float) -> np.ndarray:
    """Peak 1 in the middle; sigma as a share of the edge."""
    at = (np.arange(size) + 0.5) / size - 0.5
    return np.exp(-(at[:, None] ** 2 + at**2) / (2 * sigma**2)).astype(np.float32)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)).convert("RGBA"))


# --- numbers


@pytest.mark.parametrize(("h", "w"), [(7, 7), (12, 9), (1, 1), (1, 5), (224, 224)])
@pytest.mark.parametrize(("height", "width"), [(128, 128), (48, 31), (7, 7)])
def test_upsample_equals_torch(h: int, w: int, height: int, width: int) -> None:
    maps = np.random.default_rng(1).random((3, h, w)).astype(np.float32)
    # In double: torch places pixels in the maps' own precision, upsample always in double.
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(maps).double()[:, None],
        (height, width),
        mode="bilinear",
        align_corners=False,
    )[:, 0]
    got = heat.upsample(maps, height, width)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected.numpy(), atol=2e-6)


def test_upsample_takes_float16_and_no_maps() -> None:
    assert heat.upsample(random_maps().astype(np.float16), 9, 8).shape == (5, 9, 8)
    assert heat.upsample(np.zeros((0, 7, 7)), 9, 8).shape == (0, 9, 8)


def test_rescale_each_or_jointly() -> None:
    maps = np.stack([gaussian(7, 0.2), 4 * gaussian(7, 0.3)])
    np.testing.assert_allclose(heat.rescale(maps, False).max(axis=(1, 2)), [1, 1])
    np.testing.assert_allclose(heat.rescale(maps, True).max(axis=(1, 2)), [0.25, 1])


def test_pixel_maps_are_scaled_by_their_99th_percentile() -> None:
    maps = np.random.default_rng(0).random((2, 100, 100))
    maps[1] *= 5
    maps[0, 3, 4] = 1e6
    each, joint = heat.rescale(maps, jointly=False), heat.rescale(maps, jointly=True)
    for scaled, raw in zip(each, maps, strict=True):
        assert (scaled == 1).sum() == 100, "a hundredth of the pixels is at the top"
        expected = np.minimum(raw / np.quantile(raw, 0.99), 1)
        np.testing.assert_allclose(scaled, expected, rtol=1e-6)
    np.testing.assert_allclose(joint, np.minimum(maps / np.quantile(maps, 0.99), 1), rtol=1e-6)
    lonely = np.zeros((1, 100, 100))
    lonely[0, 7, 7] = 3.0
    assert heat.rescale(lonely, jointly=False)[0, 7, 7] == 1, "a single bright pixel still shows"


@pytest.mark.parametrize("bad", [0.0, 3.0, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("jointly", [True, False])
def test_degenerate_maps_become_zeros_and_leave_others_alone(bad: float, jointly: bool) -> None:
    maps = random_maps(3)
    if np.isfinite(bad):
        maps[1] = bad
    else:
        maps[1, 2, 2] = bad
    got = heat.rescale(maps, jointly)
    assert is_constant(maps[1][None])[0]
    assert not is_constant(maps[0][None])[0]
    assert (got[1] == 0).all()
    np.testing.assert_array_equal(got[[0, 2]], heat.rescale(maps[[0, 2]], jointly))


def test_rescale_handles_negative_tiny_huge_and_no_maps() -> None:
    assert (heat.rescale(-random_maps(), False) == 0).all()
    for factor in (1e-44, 1e38):
        got = heat.rescale(random_maps().astype(np.float64) * factor, True)
        assert got.max() == 1
        assert got.min() >= 0
    assert heat.rescale(np.zeros((0, 7, 7)), True).shape == (0, 7, 7)
    noise = 1 + 1e-8 * random_maps()[0].astype(np.float64)
    assert is_constant(noise[None])[0]


# --- colours


def as_lab(colors: np.ndarray) -> np.ndarray:
    return rgb2lab(colors[None] / 255.0)[0]


def test_lightness_rises_evenly() -> None:
    lightness = as_lab(heat.color_table())[:, 0]
    assert (np.diff(lightness) > 0).all()
    assert np.abs(lightness - np.linspace(lightness[0], lightness[-1], 256)).max() < 0.5
    assert lightness[0] < 15
    assert lightness[-1] > 90


PROTANOPIA = """ 0.152286  1.052583 -0.204868
                 0.114503  0.786281  0.099216
                -0.003882 -0.048116  1.051998"""
DEUTERANOPIA = """ 0.367322  0.860646 -0.227968
                   0.280085  0.672501  0.047413
                  -0.011820  0.042940  0.968881"""


@pytest.mark.parametrize("machado", [PROTANOPIA, DEUTERANOPIA])
def test_colour_blind_eyes_see_the_same_order(machado: str) -> None:
    seen_as = np.array(machado.split(), float).reshape(3, 3)  # on linear RGB, severity 1
    linear = (heat.color_table() / 255.0) ** 2.2
    seen = (linear @ seen_as.T).clip(0, 1) ** (1 / 2.2) * 255
    assert (np.diff(as_lab(seen)[::5, 0]) > 0).all()


def test_table_passes_through_the_stops() -> None:
    table = heat.color_table()
    ends = ["#" + bytes(table[index]).hex() for index in (0, 255)]
    assert ends == [heat.COLOR_STOPS[0], heat.COLOR_STOPS[-1]]


def test_theme_repeats_the_stops() -> None:
    theme = tomllib.loads(CONFIG.read_text())["theme"]
    assert theme["chartSequentialColors"] == heat.COLOR_STOPS


# --- heat


@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.9])
def test_png_pixel_by_pixel(threshold: float) -> None:
    maps = heat.rescale(random_maps(), jointly=False)
    values = heat.upsample(maps, 40, 40)
    table = heat.color_table().astype(int)
    for value, png in zip(values, heat.render_heat(maps, (40, 40), threshold), strict=True):
        drawn = pixels(png)
        assert (drawn[value < threshold, 3] == 0).all()
        shown = value >= threshold
        entry = np.maximum((value[shown] * 255 + 0.5).astype(int), 1)
        np.testing.assert_array_equal(drawn[shown, :3], table[entry])
        assert (drawn[shown & (value > heat.FADE_IN), 3] == 255).all()


def test_png_is_a_valid_palette_image() -> None:
    image = Image.open(BytesIO(heat.render_heat(np.ones((1, 7, 7)), (32, 32), 0.5)[0]))
    image.load()
    assert (image.mode, image.size) == ("P", (32, 32))
    assert heat.render_heat(np.zeros((0, 7, 7)), (32, 32), 0.5) == []


# --- contours


def polylines(svg: str) -> list[np.ndarray]:
    return [
        np.array(line.split(), float).reshape(-1, 2) / 10
        for path in re.findall(r" d='([^']*)'", svg)
        for line in path.split("M")
        if line
    ]


@pytest.mark.parametrize("level", [0.25, 0.5, 0.75])
def test_gaussian_contour_is_a_circle(level: float) -> None:
    size, sigma = 100, 0.15
    (line,) = polylines(contours.contour_svg(gaussian(48, sigma), (size, size), [level]))
    radius = np.hypot(*(line - size / 2).T)
    expected = sigma * size * np.sqrt(-2 * np.log(level))
    np.testing.assert_allclose(radius, expected, atol=0.35)  # a sixth of a grid step


def test_the_higher_a_level_the_thicker_its_line() -> None:
    """A label would cover what people look at."""
    svg = contours.contour_svg(gaussian(48, 0.15), (128, 128))
    widths = [int(width) for width in re.findall(r"stroke='#fff' stroke-width='(\d+)'", svg)]
    radii = [np.ptp(line[:, 0]) for line in polylines(svg)]
    assert len(widths) == len(radii) == 3
    assert widths == sorted(set(widths))
    assert radii == sorted(radii, reverse=True)
    assert "<text" not in svg


def test_lines_reach_the_frame() -> None:
    ramp = np.tile(np.linspace(0, 1, 7, dtype=np.float32), (7, 1))
    (line,) = polylines(contours.contour_svg(ramp, (100, 100), [0.5]))
    assert (line[:, 1].min(), line[:, 1].max()) == (0, 100)
    np.testing.assert_allclose(line[:, 0], 50, atol=0.2)


def test_flat_map_has_no_contours() -> None:
    assert contours.contour_svg(np.zeros((7, 7), np.float32), (96, 96)) == ""


# --- HTML


def test_styles_survive_the_sanitiser() -> None:
    # DOMPurify drops a style element whose text looks like a tag or a comment.
    legend = grid_html.legend_html(0.3, ["cam", "gradient"])
    (style,) = re.findall(r"<style>(.*?)</style>", legend, re.DOTALL)
    assert not re.search(r"<[/\w!]", style)


def test_legend_marks_the_threshold() -> None:
    legend = grid_html.legend_html(0.3, ["cam", "gradient"])
    assert "width:30.0%" in legend
    assert "ignored" in legend
    assert "ignored" not in grid_html.legend_html(0, ["cam"])
    assert all(stop in legend for stop in heat.COLOR_STOPS)
    assert legend.count("border-top-width") == 2, "no line below the threshold"
    assert "border-top-width" not in grid_html.legend_html(0.3, ["gradient"])


def test_texts_of_an_image_are_escaped() -> None:
    html = grid_html.image_tile(IMAGE, "<script>alert('x')</script>\" onload=\"y", None, 96)
    assert "<script" not in html
    assert '" onload' not in html
    assert "&lt;script&gt;" in html


def test_image_tile_outlines_the_object() -> None:
    box = np.zeros((64, 64), bool)
    box[16:48, 8:64] = True  # touches the right edge: the outline must close along the frame
    html = grid_html.image_tile(IMAGE, "Ani", box, 64)
    path = re.search(r" d='M([^']*)'", html)
    assert path is not None
    line = np.array(path[1].split(), float).reshape(-1, 2) / 10
    np.testing.assert_allclose(line.min(axis=0), [8, 16], atol=0.51)
    np.testing.assert_allclose(line.max(axis=0), [64, 48], atol=0.51)
    np.testing.assert_array_equal(line[0], line[-1])
    assert "svg+xml" not in grid_html.image_tile(IMAGE, "Ani", None, 64)
    assert "svg+xml" not in grid_html.image_tile(IMAGE, "Ani", box & False, 64)
