import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import functional as pillow
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import center_crop

from saliencnn.common.errors import UserError
from saliencnn.data.geometry import PADDING, Geometry, validation_geometry
from saliencnn.data.modes import MODES as MODES_OF_FIT
from saliencnn.data.modes import Mode

MODES = {
    "bilinear": pillow.InterpolationMode.BILINEAR,
    "bicubic": pillow.InterpolationMode.BICUBIC,
}


def draw(height: int, width: int) -> np.ndarray:
    """An image with smooth and sharp parts."""
    y, x = np.mgrid[:height, :width]
    waves = [128 + 100 * np.sin(x / k) * np.cos(y / (k + 2)) for k in (3, 7, 19)]
    return np.stack(waves, axis=2).astype(np.uint8)


@pytest.mark.parametrize("interpolation", MODES)
@pytest.mark.parametrize("shape", [(333, 500), (500, 375), (224, 224), (90, 120)])
def test_images_become_what_torchvision_makes_of_them(
    shape: tuple[int, int], interpolation: str
) -> None:
    image = draw(*shape)
    resized = pillow.resize(Image.fromarray(image), 256, MODES[interpolation])
    expected = np.asarray(pillow.center_crop(resized, [224, 224]), np.int16)
    fitted = Geometry(224, 256, interpolation).fit(torch.from_numpy(image).permute(2, 0, 1))
    assert fitted.dtype == torch.uint8
    # Pillow and torchvision round their fixed-point sums differently.
    assert np.abs(fitted.permute(1, 2, 0).numpy() - expected).max() <= 2


def test_without_scaling_the_centre_stays_as_it_is() -> None:
    pixels = torch.from_numpy(draw(227, 250)).permute(2, 0, 1)
    assert torch.equal(Geometry(224, None).fit(pixels), center_crop(pixels, [224, 224]))


def test_without_scaling_a_small_image_is_scaled_up_to_the_input() -> None:
    pixels = torch.from_numpy(draw(227, 227)).permute(2, 0, 1)
    fitted = Geometry(260, None).fit(pixels)
    assert fitted.shape == (3, 260, 260)
    assert fitted[:, 0].float().std() > 1  # no black border


def test_an_image_of_the_right_size_is_spared_where_asked() -> None:
    pixels = torch.from_numpy(draw(64, 64)).permute(2, 0, 1)
    assert torch.equal(Geometry(64, 73, spare_exact=True).fit(pixels), pixels)
    assert not torch.equal(Geometry(64, 73).fit(pixels), pixels)


@pytest.mark.parametrize("resize", [None, 256, 400])
@pytest.mark.parametrize("shape", [(333, 500), (500, 375), (224, 260)])
def test_boxes_move_with_their_images(shape: tuple[int, int], resize: int | None) -> None:
    geometry = Geometry(224, resize)
    image = np.zeros((*shape, 3), np.uint8)
    x, y, width, height = 90, 100, 120, 60
    image[y : y + height, x : x + width] = 255
    fitted = geometry.fit(torch.from_numpy(image).permute(2, 0, 1))[0].numpy() > 127
    rows, columns = np.flatnonzero(fitted.any(1)), np.flatnonzero(fitted.any(0))
    box = geometry.fit_box((x, y, width, height), *shape)
    seen = [columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]]
    np.testing.assert_allclose(box, seen, atol=1.01)


def test_what_the_cut_leaves_out_has_no_box() -> None:
    assert np.isnan(Geometry(100, None).fit_box((0, 0, 20, 20), 300, 300)).all()
    assert np.isnan(Geometry(100, None).fit_box(None, 300, 300)).all()


SHAPES = [(96, 96), (48, 48), (33, 47), (100, 60), (61, 199), (256, 300), (20, 500), (7, 9)]


@pytest.mark.parametrize("size", [7, 48, 96, 224, 299])
@pytest.mark.parametrize("shape", SHAPES)
def test_validation_images_are_torchvisions_resize_and_centre_crop(
    shape: tuple[int, int], size: int
) -> None:
    """Byte for byte: whether stored images are those of a data set hangs on it."""
    pixels = torch.from_numpy(draw(*shape)).permute(2, 0, 1)
    mask = torch.from_numpy(draw(*shape)[..., 0] > 128)[None]
    if shape == (size, size):
        expected, region = pixels, mask
    else:
        short, cut = round(size * 256 / 224), v2.CenterCrop(size)
        expected = cut(v2.Resize(short, antialias=True)(pixels))
        nearest = v2.InterpolationMode.NEAREST_EXACT
        region = cut(v2.Resize(short, nearest)(mask.byte())).bool()
    geometry = validation_geometry(size)
    assert torch.equal(geometry.fit(pixels), expected)
    assert torch.equal(geometry.fit(pixels[None])[0], expected)
    np.testing.assert_array_equal(geometry.fit_mask(mask[0].numpy()), region[0].numpy())


def test_validation_shows_the_centre() -> None:
    wide = torch.zeros(3, 256, 512, dtype=torch.uint8)
    wide[:, 16:240, 144:368] = 255
    shown = validation_geometry(224).fit(wide)
    assert shown.dtype == torch.uint8
    assert shown.shape == (3, 224, 224)
    assert shown.min() == 255


def test_validation_shrinks_without_aliasing() -> None:
    stripes = torch.zeros(3, 512, 512, dtype=torch.uint8)
    stripes[:, :, ::2] = 255
    shown = validation_geometry(56).fit(stripes).float()
    assert (shown - 127.5).abs().max() < 8


def test_a_loaders_worker_can_be_sent_it() -> None:
    fit = pickle.loads(pickle.dumps(validation_geometry(8).fit))
    pixels = torch.from_numpy(draw(9, 12)).permute(2, 0, 1)
    assert torch.equal(fit(pixels), validation_geometry(8).fit(pixels))


def test_slugs_stay_since_stored_images_are_found_by_them() -> None:
    geometries = (
        validation_geometry(224),
        Geometry(224, 256),
        Geometry(224, None),
        Geometry(240, 272, "bicubic"),
    )
    assert [geometry.slug for geometry in geometries] == [
        "224-256-bilinear-exact",
        "224-256-bilinear",
        "224-none-bilinear",
        "240-272-bicubic",
    ]


@st.composite
def boxed(draw_from: st.DrawFn) -> tuple[int, int, int, tuple[int, int, int, int]]:
    height, width, size = (draw_from(st.integers(8, 120)) for _ in range(3))
    x, y = (draw_from(st.integers(0, side - 4)) for side in (width, height))
    w, h = draw_from(st.integers(4, width - x)), draw_from(st.integers(4, height - y))
    return height, width, size, (x, y, w, h)


@pytest.mark.parametrize("mode", ["pad", "stretch"])
@given(boxed())
def test_a_whole_image_keeps_its_boxes_and_masks_where_it_shows_them(
    mode: Mode, scene: tuple[int, int, int, tuple[int, int, int, int]]
) -> None:
    height, width, size, (x, y, w, h) = scene
    geometry = validation_geometry(size, mode)
    mask = np.zeros((height, width), bool)
    mask[y : y + h, x : x + w] = True
    shown = geometry.fit(torch.from_numpy(np.stack([mask] * 3)).byte() * 255)
    assert shown.shape == (3, size, size)
    left, top, across, down = geometry.fit_box((x, y, w, h), height, width)
    assert geometry.seen_box(height, width) == (0, 0, width, height)
    moved = geometry.fit_mask(mask)
    # A pixel well inside the box is white and in the mask, one well outside is neither.
    centres = np.arange(size) + 0.5
    blur = 1.01 * max(1.0, size / min(height, width), size / max(height, width))
    deep = _within(centres, left + blur, across - 2 * blur, top + blur, down - 2 * blur)
    near = _within(centres, left - blur, across + 2 * blur, top - blur, down + 2 * blur)
    inside = _part_of_image(geometry, height, width)
    white = (shown == 255).all(0).numpy()
    assert (moved[deep & inside]).all()
    assert not moved[~near].any()
    assert not moved[~inside].any()
    assert (shown.numpy()[:, ~inside].T == PADDING).all()
    assert white[deep & inside].all()
    assert not shown[:, torch.from_numpy(~near & inside)].any()


def _within(centres: np.ndarray, x: float, w: float, y: float, h: float) -> np.ndarray:
    across, down = (
        (centres >= start) & (centres < start + extent) for start, extent in ((x, w), (y, h))
    )
    return down[:, None] & across


def _part_of_image(geometry: Geometry, height: int, width: int) -> np.ndarray:
    """Where the outcome shows the image, from the definition of padding alone."""
    if geometry.mode != "pad":
        return np.ones((geometry.size, geometry.size), bool)
    sides = [max(1, round(geometry.size * s / max(height, width))) for s in (height, width)]
    rows, columns = (
        (np.arange(geometry.size) >= (geometry.size - side) // 2)
        & (np.arange(geometry.size) < (geometry.size - side) // 2 + side)
        for side in sides
    )
    return rows[:, None] & columns


@pytest.mark.parametrize("mode", ["pad", "stretch"])
def test_a_whole_image_is_what_torchvision_makes_of_it(mode: Mode) -> None:
    pixels = torch.from_numpy(draw(60, 100)).permute(2, 0, 1)
    fitted = validation_geometry(50, mode).fit(pixels)
    if mode == "stretch":
        assert torch.equal(fitted, v2.functional.resize(pixels, [50, 50], antialias=True))
    else:
        scaled = v2.functional.resize(pixels, [30, 50], antialias=True)
        assert torch.equal(fitted[:, 10:40], scaled)
        assert (fitted[:, :10].permute(1, 2, 0) == torch.tensor(PADDING)).all()


@pytest.mark.parametrize(
    ("mode", "sides"), [("crop", (73.5, 98)), ("pad", (56, 75)), ("stretch", (56, 98))]
)
@pytest.mark.parametrize("tall", [False, True])
def test_a_rectangle_is_filled_as_its_mode_says(
    mode: Mode, sides: tuple[float, float], tall: bool
) -> None:
    """Of an image 60 x 80 in one of 56 x 98 pixels, or of both lying on their sides."""
    pixels = torch.from_numpy(draw(60, 80)).permute(2, 0, 1)
    size = (56, 98)
    geometry = validation_geometry(size[::-1] if tall else size, mode)
    fitted = geometry.fit(pixels.mT if tall else pixels)
    assert geometry.input_size == fitted.shape[1:]
    scaled = [round(side * (256 / 224 if mode == "crop" else 1)) for side in sides]
    expected = v2.functional.resize(pixels, [scaled[0], scaled[1]], antialias=True)
    if mode == "pad":
        left = (98 - scaled[1]) // 2
        fitted = fitted[:, left : left + 75] if tall else fitted[:, :, left : left + 75]
    else:
        expected = center_crop(expected, list(size))
    difference = (fitted.mT if tall else fitted).int() - expected.int()
    assert difference.abs().max() <= 1


def test_a_box_moves_into_a_rectangle_with_its_image() -> None:
    image = np.zeros((60, 80, 3), np.uint8)
    image[20:40, 30:60] = 255
    for mode in MODES_OF_FIT:
        geometry = validation_geometry((56, 98), mode)
        shown = geometry.fit(torch.from_numpy(image).permute(2, 0, 1))[0].numpy() > 127
        x, y, width, height = geometry.fit_box((30, 20, 30, 20), 60, 80)
        rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
        np.testing.assert_allclose((x, x + width), (columns[0], columns[-1] + 1), atol=1.1)
        np.testing.assert_allclose((y, y + height), (rows[0], rows[-1] + 1), atol=1.1)


def test_a_watched_loops_rectangle_is_stretched_as_before() -> None:
    geometry = Geometry(24, None, width=40)
    assert geometry.seen_box(60, 50) == (0, 0, 50, 60)
    assert geometry.stretches
    assert geometry.slug == "24-none-bilinear-wide-40"


def test_ways_to_fit_have_slugs_of_their_own_and_no_others_exist() -> None:
    assert len({validation_geometry(50, mode).slug for mode in MODES_OF_FIT}) == 3
    with pytest.raises(UserError, match="crop, pad, stretch"):
        Geometry(50, 50, mode="squeeze")  # type: ignore[arg-type]
