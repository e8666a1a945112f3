"""A map lies on that part of the image that the network saw."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.models import ResNet18_Weights

from saliencnn import overlay
from saliencnn.common.errors import UserError
from saliencnn.data.geometry import Geometry, validation_geometry
from saliencnn.data.inputs import IMAGENET, prepare_images
from saliencnn.data.modes import Mode
from saliencnn.data.preparation import Preparation
from saliencnn.drawing.blending import UNSEEN
from saliencnn.drawing.heat import color_table
from saliencnn.drawing.overlay import show_seen


def grey(width: int, height: int) -> Image.Image:
    return Image.new("RGB", (width, height), (100, 100, 100))


def corner_map(cells: int = 7) -> Tensor:
    """A map whose only energy lies in its upper left cell."""
    maps = torch.zeros(1, cells, cells)
    maps[0, 0, 0] = 3.0
    return maps


def coloured(image: Image.Image) -> np.ndarray:
    """Where an overlay on grey has a colour, bool (H, W)."""
    pixels = np.asarray(image).astype(int)
    return np.ptp(pixels, axis=2) > 8


@pytest.mark.parametrize(("width", "height"), [(400, 300), (300, 400), (256, 256), (90, 60)])
def test_the_map_covers_what_the_network_saw(width: int, height: int) -> None:
    """The preprocessing itself says what that is: a mark in the image comes out in the input."""
    full = overlay(grey(width, height), torch.ones(1, 7, 7) + torch.eye(7))
    seen = coloured(full)
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    for place, expected in [((top, left), (0, 0)), ((bottom - 1, right - 1), (223, 223))]:
        marked = np.zeros((height, width, 3), np.uint8)
        marked[place] = 255
        row, column = np.unravel_index(int(prepare_images(marked)[0].sum(0).argmax()), (224, 224))
        step = 256 / min(width, height)
        assert abs(row - expected[0]) <= 2 + step
        assert abs(column - expected[1]) <= 2 + step
    dim = np.asarray(full)[0, 0] if height > 256 or width > height else None
    if dim is not None and not seen[0, 0]:
        assert dim.tolist() == [round(100 * UNSEEN)] * 3


@pytest.mark.parametrize(("width", "height"), [(400, 100), (100, 400)])
@pytest.mark.parametrize("mode", ["pad", "stretch"])
def test_the_map_covers_a_whole_image_without_what_is_beside_it(
    width: int, height: int, mode: Mode
) -> None:
    """Of 4 x 4 cells over a padded 4:1 image, those of the middle half lie on it by half."""
    maps = torch.zeros(1, 4, 4)
    maps[0, 1:3, 1:3] = 1.0
    preparation = Preparation(validation_geometry(224, mode))
    drawn = coloured(overlay(grey(width, height), maps, preprocess=preparation))
    lines = drawn if width > height else drawn.T
    columns = np.flatnonzero(lines.mean(0) > 0.5)
    assert abs(columns[0] - 100) < 50
    assert abs(columns[-1] - 300) < 50
    rows = np.flatnonzero(lines[:, 200])
    assert len(rows) == 100 if mode == "pad" else 50 <= len(rows) < 95


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5000, 1), (1, 5000), (3, 2)])
def test_of_an_image_however_thin_at_least_one_pixel_is_seen(width: int, height: int) -> None:
    (seen,) = show_seen(grey(width, height), IMAGENET)
    assert min(seen.image.shape[:2]) >= 1
    drawn = np.asarray(overlay(grey(width, height), torch.ones(1, 7, 7) + torch.eye(7)))
    assert drawn.shape == (height, width, 3)
    assert drawn.min() < drawn.max()


def test_the_map_is_not_mirrored_and_lies_over_the_right_cell() -> None:
    drawn = coloured(overlay(grey(300, 300), corner_map()))
    rows, columns = np.nonzero(drawn)
    # The seen part begins 18.75 pixels inside, and a cell is 37.5 wide.
    assert 10 <= rows.min() <= 20
    assert 10 <= columns.min() <= 20
    assert rows.max() < 19 + 75
    assert columns.max() < 19 + 75


def test_colours_are_the_map_s_and_opacity_counts() -> None:
    maps = torch.linspace(0, 1, 49).view(1, 7, 7)
    opaque = np.asarray(overlay(grey(256, 256), maps, opacity=1.0))
    assert opaque[239 - 2, 239 - 2].tolist() == color_table()[255].tolist()
    clear = np.asarray(overlay(grey(256, 256), maps, opacity=0.0))
    assert (clear[20:230, 20:230] == 100).all()


def test_an_empty_map_colours_nothing() -> None:
    assert not coloured(overlay(grey(256, 256), torch.zeros(1, 7, 7))).any()


def test_many_images_give_a_list(tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    grey(64, 80).save(path)
    pixels = np.full((2, 64, 80, 3), 100, np.uint8)
    maps = torch.ones(2, 3, 3) + torch.eye(3)
    assert [one.size for one in overlay([path, grey(70, 50)], maps)] == [(64, 80), (70, 50)]
    assert [one.size for one in overlay(pixels, maps)] == [(80, 64)] * 2
    assert [one.size for one in overlay([path], maps[:1])] == [(64, 80)]
    assert overlay(str(path), maps[0]).size == (64, 80)


def test_a_normalised_image_is_shown_in_its_own_colours_and_wholly_covered() -> None:
    red = Image.new("RGB", (256, 256), (200, 30, 40))
    drawn = overlay(prepare_images(red)[0], torch.zeros(1, 7, 7))
    assert drawn.size == (224, 224)
    assert np.abs(np.asarray(drawn).astype(int) - [200, 30, 40]).max() <= 1


def test_another_preprocessing_says_what_was_seen() -> None:
    image, maps = grey(300, 300), torch.ones(1, 7, 7) + torch.eye(7)
    everything = Preparation(Geometry(300, 300))
    assert coloured(overlay(image, maps, preprocess=everything)).all()
    theirs = ResNet18_Weights.IMAGENET1K_V1.transforms()
    assert np.array_equal(overlay(image, maps, preprocess=theirs), overlay(image, maps))

    def halved(picture: Image.Image) -> Tensor:
        return IMAGENET(picture)[:, ::2, ::2]

    assert overlay(image, maps, preprocess=halved).size == (112, 112)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match="one map"):
        overlay(grey(64, 64), torch.ones(2, 7, 7))
    with pytest.raises(UserError, match="opacity"):
        overlay(grey(64, 64), torch.ones(1, 7, 7), opacity=2.0)
