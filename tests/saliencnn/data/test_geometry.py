import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import functional as pillow
from torchvision.transforms.v2.functional import center_crop

from saliencnn.data.geometry import Geometry

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
