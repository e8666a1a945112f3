import json
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from saliencnn.common.records import WrongRecord
from saliencnn.data.digests import digest_of
from saliencnn.data.geometry import Geometry
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.preparation import Preparation, prepare_at

OWN = Preparation(Geometry(32, 36, "bicubic"), (0.5, 0.5, 0.25), (0.5, 0.25, 0.125))


@pytest.mark.parametrize("preparation", [OWN, prepare_at(224), Preparation(Geometry(8, None))])
def test_it_is_kept_as_json_and_comes_back(preparation: Preparation) -> None:
    assert Preparation.decode(json.loads(json.dumps(preparation.encode()))) == preparation


def test_its_own_normalisation_counts() -> None:
    white = Image.fromarray(np.full((40, 50, 3), 255, np.uint8))
    assert torch.allclose(OWN(white).mean((1, 2)), torch.tensor([1.0, 2.0, 6.0]))
    assert OWN(white).shape == (3, 32, 32)


def test_one_channel_is_normalised_too() -> None:
    grey = Preparation(Geometry(4, 4), (0.5,), (0.25,))
    assert grey.normalise(torch.full((2, 1, 4, 4), 255, dtype=torch.uint8)).unique() == 2


def test_what_is_grey_stays_as_it_is() -> None:
    """Cutting fractions off would make all of it one level darker."""
    preparation = Preparation(Geometry(16, None), (0.0,), (1.0,))
    levels = torch.arange(256, dtype=torch.uint8).view(1, 16, 16).repeat(3, 1, 1)
    assert torch.equal(preparation.fit(levels), levels)
    assert torch.equal((255 * preparation.normalise(levels)).round().byte(), levels[:1])
    red = torch.zeros(3, 16, 16, dtype=torch.uint8)
    red[0] = 200
    assert (255 * preparation.normalise(red)).round().unique().tolist() == [60]


def test_another_size_keeps_its_proportions() -> None:
    assert OWN.at(64).geometry == Geometry(64, 72, "bicubic")
    assert prepare_at(96).at(224) == prepare_at(224)
    assert Preparation(Geometry(8, None)).at(16).geometry.resize is None


def test_images_differ_by_geometry_and_not_by_normalisation() -> None:
    images = ImageSet("s", ("a",), (), (Sample("x", 0, np.zeros((40, 40, 3), np.uint8)),))
    own, usual = (digest_of(images, one.geometry) for one in (OWN, prepare_at(32)))
    assert own != usual == digest_of(images, Preparation(prepare_at(32).geometry, (0.5,)).geometry)


@pytest.mark.parametrize(
    "change",
    [
        {"size": 0},
        {"size": None},
        {"resize": "256"},
        {"interpolation": "lanczos"},
        {"spare_exact": 1},
        {"mean": []},
        {"std": [0.5, "a"]},
        {"mean": None},
        {"mean": [0.5, float("inf"), 0.5]},
    ],
)
def test_what_nobody_writes_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(WrongRecord):
        Preparation.decode(OWN.encode() | change)
