"""Validation images in all forms, and what is kept of them."""

from dataclasses import replace
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
from saliencnn.data.fitted import fit_validation
from saliencnn.data.geometry import Geometry, validation_geometry
from saliencnn.data.planes import decode_planes
from saliencnn.data.sources import read_image_set
from saliencnn.data.value_range import apply_window
from saliencnn.watching.images import Kept, keep_images
from saliencnn.watching.normalisation import Asked
from tests.helpers.deep import save_deep_set
from tests.helpers.loops import halves

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
USUAL = v2.Compose(
    [
        v2.Resize(40), v2.CenterCrop(32), v2.ToImage(), v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(MEAN, STD),
    ]
)  # fmt: skip


def inputs_of(kept: Kept) -> Tensor:
    return kept.preparation.normalise(decode_planes(kept.images.encoded))


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


def test_images_that_come_prepared_are_read_once(folder: Path) -> None:
    read: list[int] = []

    class Noting(ImageFolder):
        def __getitem__(self, place: int) -> Any:
            read.append(place)
            return super().__getitem__(place)

    keep_images(Noting(str(folder), USUAL), Asked(), 3)
    assert [read.count(place) for place in range(1, 6)] == [1] * 5  # how the first looks is asked


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
        (halves(6, 0), Asked(mean=0.5, std=0), "it must be above 0"),
        (halves(6, 0), Asked(mean="a", std=1), "mean is 'a'; it must be"),
        (halves(6, 0), Asked(classes="abc"), "classes is 'abc'; it must be a list"),
        (([], []), Asked(), "no validation images"),
        ((["x.png", "y.png", "z.png"], ["cat", "dog", "cow"]), Asked(classes=["cat", "dog"]),
         "label 'cow'; it must be one of the 2 classes: cat, dog"),
        ([(torch.rand(3, 8, 8), "cat")] * 3, Asked(), "label 'cat'; give the names of the classes"),
        ((["x.png"] * 3, [0, 1, 2]), Asked(size=0), "size is 0; it must be from 1"),
        ((["x.png"] * 3, [0, 1, 2]), Asked(size="32"), "size is '32'; it must be"),
        ((["x.png"] * 3, [0, 1, 2]), Asked(size=(1, 2, 3)), r"size is \(1, 2, 3\); it must be"),
        (TensorDataset(torch.full((3, 3, 8, 8), torch.nan), torch.arange(3)), Asked(),
         "validation image 00000 holds numbers that are not finite"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_a_sentence(
    validation: Any, asked: Asked, reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        keep_images(validation, asked, 3)


def test_labels_may_be_the_names_of_classes(folder: Path) -> None:
    paths = sorted(folder.glob("*/*.png"))
    names = [path.parent.name for path in paths]
    index = keep_images((paths, names), Asked(size=32), 3).images.index
    assert (index.classes, index.labels.tolist()) == (("cat", "dog"), [0, 0, 0, 1, 1, 1])
    given = keep_images((paths, names), Asked(classes=["dog", "cat"], size=32), 3).images.index
    assert given.labels.tolist() == [1, 1, 1, 0, 0, 0]
    pictures = [
        (Image.open(path), int(number)) for path, number in zip(paths, "212121", strict=True)
    ]
    numbered = keep_images(pictures, Asked(classes=[2, 1, 0], size=32), 3).images.index
    assert (numbered.classes, numbered.labels.tolist()) == (("2", "1", "0"), [2, 1, 2, 1, 2, 1])


def test_classes_of_one_name_are_told_apart(folder: Path) -> None:
    of_tensors = keep_images(halves(6, 0), Asked(classes=["crane", "crane", "owl"]), 3)
    paths = sorted(folder.glob("*/*.png"))
    of_files = keep_images((paths, [0, 1, 2] * 2), Asked(classes=["crane", "crane", "owl"]), 3)
    for kept in (of_tensors, of_files):
        assert kept.images.index.classes == ("crane", "crane (2)", "owl")


@pytest.mark.filterwarnings("error")
def test_pixels_of_any_kind_are_taken_without_a_warning(folder: Path) -> None:
    picture = Image.open(next(folder.glob("*/*.png")))
    kept = keep_images([(picture, 0), (np.asarray(picture), 1), (picture, 0)], Asked(size=32), 3)
    mean = np.array([0.5, 0.4, 0.3])
    assert kept.images.index.labels.tolist() == [0, 1, 0]
    asked = Asked(mean=mean, std=torch.tensor(STD), size=np.int64(32))  # type: ignore[arg-type]
    assert keep_images([(picture, 0)] * 3, asked, 3).preparation.mean == MEAN


def test_deep_images_are_seen_as_training_sees_them_in_every_form(tmp_path: Path) -> None:
    """Values of 12 bits in files of 16 would be nearly black in the format's full range."""
    root = save_deep_set(tmp_path / "deep")
    image_set = apply_window(read_image_set(f"folder:{root}"), "auto")
    seen = fit_validation(image_set, validation_geometry(32))
    files = [root / name for name in seen.index.names]
    labels = seen.index.labels.tolist()
    asked = Asked(size=32, classes=image_set.classes)
    opened = [Image.open(path) for path in files]
    given = Asked(
        transform=v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]),
        mean=0.0, std=1.0, classes=image_set.classes,
    )  # fmt: skip
    forms = {
        "files": keep_images((files, labels), asked, 3),
        "an image set": keep_images(read_image_set(f"folder:{root}"), asked, 3),
        "PIL images": keep_images(list(zip(opened, labels, strict=True)), asked, 3),
        "files and a transform": keep_images((files, labels), given, 3),
    }
    expected = decode_planes(seen.encoded).float()
    assert expected.mean() > 100
    for form, kept in forms.items():
        assert kept.images.index.window == image_set.window == "0:4080", form
        assert any("are shown as black to white" in note for note in kept.notes), form
        difference = decode_planes(kept.images.encoded).float() - expected
        assert difference.abs().max() <= 10, form  # files are kept as JPEG
    chosen = keep_images((files, labels), replace(asked, window="0:8160"), 3)
    assert chosen.images.index.window == "0:8160"
