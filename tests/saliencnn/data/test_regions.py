"""Where evidence may lie: from masks, boxes and ignored parts, and through random changes."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.rectangles import MAX_RECTANGLES, parse_rectangles
from saliencnn.data.imageset import Sample
from saliencnn.data.loader import load_epoch
from saliencnn.data.preparation import MEAN, STD, prepare_at
from saliencnn.data.regions import load_with_region

SIDE = 48


def make_sample(left: int, top: int, width: int, height: int) -> Sample:
    """A black image whose object is white, its mask known."""
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    mask[top : top + height, left : left + width] = True
    image = np.repeat(mask[..., None], 3, axis=2).astype(np.uint8) * 255
    return Sample("one", 0, image, object_mask=mask)


def region_of(sample: Sample, ignored: str = "") -> np.ndarray:
    return load_with_region(sample, parse_rectangles(ignored))[3].numpy() > 0


def test_a_mask_is_the_region() -> None:
    sample = make_sample(10, 4, 20, 30)
    np.testing.assert_array_equal(region_of(sample), sample.object_mask)


def test_a_box_covers_the_pixels_whose_centres_it_holds() -> None:
    sample = make_sample(10, 4, 20, 30)
    boxed = replace(sample, object_mask=None, object_box=(9.6, 4.4, 20.0, 30.0))
    np.testing.assert_array_equal(region_of(boxed), sample.object_mask)


def test_without_either_evidence_may_lie_anywhere_but_where_it_is_ignored() -> None:
    sample = replace(make_sample(0, 0, 1, 1), object_mask=None)
    assert region_of(sample).all()
    found = region_of(sample, "0,0.75,0.25,0.25; 0.5,0,0.5,0.25")
    expected = np.ones((SIDE, SIDE), dtype=bool)
    expected[36:, :12] = False
    expected[:12, 24:] = False
    np.testing.assert_array_equal(found, expected)


def test_a_mask_of_another_size_is_scaled_to_the_image() -> None:
    sample = make_sample(12, 6, 18, 24)
    assert sample.object_mask is not None
    large = np.kron(sample.object_mask, np.ones((3, 3), dtype=bool))
    np.testing.assert_array_equal(region_of(replace(sample, object_mask=large)), sample.object_mask)


@given(
    st.tuples(*[st.integers(0, 30)] * 2, *[st.integers(8, 18)] * 2),
    st.floats(0, 0.8),
    st.integers(0, 1000),
)
def test_the_region_moves_with_the_image(
    where: tuple[int, int, int, int], crop: float, seed: int
) -> None:
    hp = Hyperparameters(guidance="both", crop=crop, flip=0.5, seed=seed, batch_size=1)
    (batch,) = load_epoch([make_sample(*where)], hp, prepare_at(32), epoch=1)
    white = batch.images[0] * torch.tensor(STD).view(3, 1, 1) + torch.tensor(MEAN).view(3, 1, 1)
    assert batch.regions is not None
    assert batch.regions.shape == (1, 1, 32, 32)
    assert torch.equal(batch.regions[0, 0], white[0] > 0.5)


def test_the_images_are_those_of_an_unguided_training() -> None:
    samples = [make_sample(5, 5, 20, 20)] * 3
    hp = Hyperparameters(crop=0.5, color_jitter=1, grayscale=0.5, erasing=0.5)
    (plain,) = load_epoch(samples, hp, prepare_at(32), epoch=2)
    (guided,) = load_epoch(samples, replace(hp, guidance="inside"), prepare_at(32), epoch=2)
    assert torch.equal(plain.images, guided.images)
    assert plain.regions is None


def test_regions_come_from_other_processes_as_well() -> None:
    hp = Hyperparameters(guidance="both", batch_size=2)
    samples = [make_sample(5, 5, 20, 20)] * 3
    for one, other in zip(
        load_epoch(samples, hp, prepare_at(32), 1),
        load_epoch(samples, hp, prepare_at(32), 1, loaders=1),
        strict=True,
    ):
        assert torch.equal(one.regions, other.regions)


@pytest.mark.parametrize(
    "text",
    ["a", "1,2,3", "0,0,1.1,1", "-0.1,0,1,1", "0,0,0,1", "nan,0,1,1", "0,0,inf,1", "0,0,1,1,1"],
)
def test_what_is_no_rectangle_is_refused_by_name(text: str) -> None:
    with pytest.raises(UserError, match="ignored is"):
        Hyperparameters(ignored=text)


def test_too_many_rectangles_are_refused() -> None:
    with pytest.raises(UserError, match=str(MAX_RECTANGLES)):
        parse_rectangles(";".join(["0,0,1,1"] * (MAX_RECTANGLES + 1)))
