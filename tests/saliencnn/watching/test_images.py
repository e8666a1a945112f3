"""Validation images in all forms, and what is kept of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset, Subset, TensorDataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from saliencnn.common.errors import UserError
from saliencnn.data.fitted import decode_fitted
from saliencnn.data.geometry import Geometry
from saliencnn.watching.images import Kept, keep_images
from saliencnn.watching.normalisation import Asked
from tests.helpers.loops import halves

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
USUAL = v2.Compose(
    [
        v2.Resize(40), v2.CenterCrop(32), v2.ToImage(), v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(MEAN, STD),
    ]
)  # fmt: skip


def inputs_of(kept: Kept) -> Tensor:
    return kept.preparation.normalise(decode_fitted(kept.images.encoded))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of three images."""
    root = tmp_path_factory.mktemp("own") / "pets"
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (root / name).mkdir(parents=True)
        for number in range(3):
            pixels = rng.integers(0, 255, (50, 60, 3), np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number}.png")
    return root


def test_a_dataset_that_normalises_gives_back_its_own_inputs(folder: Path) -> None:
    dataset = ImageFolder(str(folder), USUAL)
    kept = keep_images(dataset, Asked(), 3)
    given = torch.stack([image for image, _ in dataset])
    assert (inputs_of(kept) - given).abs().max() <= 0.51 / 255 / min(STD)
    index = kept.images.index
    assert (index.classes, index.names[0]) == (("cat", "dog"), "cat/0.png")
    assert index.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert index.name == "pets (ImageFolder)"
    assert kept.preparation.geometry == Geometry(32, 40)
    assert kept.preparation.mean == MEAN
    assert not kept.notes


def test_a_part_of_a_dataset_keeps_its_names(folder: Path) -> None:
    part = Subset(ImageFolder(str(folder), USUAL), [4, 1])
    kept = keep_images(part, Asked(), 3)
    assert kept.images.index.names == ("dog/1.png", "cat/1.png")
    assert kept.preparation.std == STD


def test_paths_are_fitted_as_the_job_fits_them(folder: Path) -> None:
    paths = sorted(folder.rglob("*.png"))
    kept = keep_images((paths, [0, 0, 0, 1, 1, 1]), Asked(classes=["cat", "dog"], size=48), 3)
    assert kept.images.index.names[3] == "dog/0.png"
    assert inputs_of(kept).shape == (6, 3, 48, 48)
    wide = keep_images((paths, [0] * 6), Asked(size=(24, 40)), 3)
    assert inputs_of(wide).shape == (6, 3, 24, 40)
    assert wide.images.index.classes == ("class 0",)


def test_paths_with_a_transform_of_ones_own(folder: Path) -> None:
    paths = [str(path) for path in sorted(folder.rglob("*.png"))]
    kept = keep_images((paths, [0] * 6), Asked(transform=USUAL), 3)
    expected = USUAL(Image.open(paths[2]).convert("RGB"))
    assert (inputs_of(kept)[2] - expected).abs().max() <= 0.51 / 255 / min(STD)


class Dicts(Dataset[dict[str, Any]]):
    """As Hugging Face's are."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, place: int) -> dict[str, Any]:
        image = Image.fromarray(np.full((40, 40, 3), 50 * place, np.uint8))
        return {"image": image, "label": place % 2}


def test_pil_images_in_dicts() -> None:
    kept = keep_images(Dicts(), Asked(mean=0.5, std=0.5, size=32), 3)
    assert torch.allclose(inputs_of(kept)[:, 0, 0, 0], torch.arange(4) * 100 / 255 - 1, atol=1e-5)
    assert kept.preparation.mean == (0.5,) * 3


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("shape", [(32, 32), (24, 40)])
def test_any_number_of_channels_and_any_shape(channels: int, shape: tuple[int, int]) -> None:
    data = halves(6, 0, channels, shape)
    kept = keep_images(data, Asked(), channels)
    assert torch.allclose(inputs_of(kept), data.tensors[0], atol=1e-6)
    assert kept.preparation.shape == (channels, *shape)
    assert kept.preparation.geometry.shape == shape


def test_images_normalised_in_an_unknown_way_are_kept_by_their_range() -> None:
    images = torch.randn(8, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    kept = keep_images(TensorDataset(images, torch.arange(8) % 2), Asked(), 3)
    span = float(images.amax() - images.amin())
    assert (inputs_of(kept) - images).abs().max() <= 0.51 / 255 * span
    assert any("give mean= and std=" in note for note in kept.notes)
    told = keep_images(TensorDataset(images, torch.arange(8) % 2), Asked(mean=[0.5], std=[0.25]), 3)
    assert any("cut off" in note for note in told.notes)


@pytest.mark.parametrize(
    ("validation", "asked", "reason"),
    [
        (halves(6, 0), Asked(classes=["a", "b"]), "label 2; there are 2 classes"),
        (3, Asked(), "this is a int"),
        ([], Asked(), "no validation images"),
        ([(1, 0), (1, 0), (1, 1)], Asked(), "this is a int"),
        ([{"a": 1}] * 3, Asked(), "has the keys a"),
        ((["x.png"], [0, 1]), Asked(), "1 validation images and 2 labels"),
        (TensorDataset(torch.rand(3, 5, 8, 8), torch.arange(3)), Asked(), "1 to 4 channels"),
        (halves(6, 0), Asked(mean=0.5), "given together"),
        (halves(6, 0), Asked(mean=[1, 2], std=[1, 2]), "2 numbers of mean or std for 3"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    validation: Any, asked: Asked, reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        keep_images(validation, asked, 3)
