import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saliencnn.data.folder import read_folder
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.inspection import describe, inspect_images, report_balance


def save(root: Path, name: str, width: int, height: int) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(name)).integers(0, 255, (height, width, 3), np.uint8)
    Image.fromarray(pixels).resize((width, height)).save(path)
    return path


@pytest.fixture
def found(tmp_path: Path) -> list[str]:
    for split, numbers in (("train", 12), ("val", 2), ("test", 1)):
        for i in range(numbers):
            save(tmp_path, f"{split}/cat/{i}.png", 40 + i, 20)
    save(tmp_path, "train/dog/0.png", 300, 100)
    (tmp_path / "val/dog").mkdir()
    (tmp_path / "val/dog/broken.png").write_bytes(b"no image")
    shutil.copy(tmp_path / "train/cat/3.png", tmp_path / "val/cat/copy.png")
    mask = tmp_path / "masks/val/cat/0.png"
    mask.parent.mkdir(parents=True)
    Image.fromarray(np.ones((20, 40), np.uint8)).save(mask)
    geometry = validation_geometry(20, "pad")
    return describe(inspect_images(read_folder(tmp_path)), geometry)


def test_classes_splits_and_counts_are_said(found: list[str]) -> None:
    assert "2 classes; 13 training, 4 validation, 1 test images" in found[0]
    rows = [line.split() for line in found[2:5]]
    assert rows == [
        ["class", "training", "validation", "test"],
        ["cat", "12", "3", "1"],
        ["dog", "1", "1", "0"],
    ]


def test_sizes_objects_and_what_is_wrong_are_said(found: list[str]) -> None:
    text = "\n".join(found)
    assert "40 x 20 to 300 x 100 pixels" in text
    assert "--fit pad a network sees 100% of an image" in text
    assert "0 of 13 training, 1 of 4 validation, 0 of 1 test images say where" in text
    assert "1 image does not open: val/dog/broken.png" in text
    assert "1 of 4 validation images are among the training images" in text
    assert "leaks.csv" not in text  # there is no run yet
    assert '12 of "cat", 1 of "dog"' in text


def test_a_crop_s_part_of_the_images_is_the_mean_of_areas(tmp_path: Path) -> None:
    samples = tuple(
        Sample(str(i), i, np.zeros((*shape, 3), np.uint8))
        for i, shape in enumerate([(256, 256), (512, 256)])
    )
    image_set = ImageSet("x", ("a", "b"), samples, samples)
    text = "\n".join(describe(inspect_images(image_set), validation_geometry(224)))
    part = (224 / 256) ** 2
    assert f"sees {(part + part / 2) / 2:.0%} of an image" in text


@pytest.mark.parametrize(
    ("counts", "noted"), [((50, 11), False), ((50, 10), True), ((4, 0), False)]
)
def test_unbalanced_classes_are_noted(counts: tuple[int, int], noted: bool) -> None:
    samples = [
        Sample(f"{label} {i}", label, Path("x")) for label in (0, 1) for i in range(counts[label])
    ]
    assert bool(report_balance(ImageSet("x", ("a", "b"), tuple(samples), ()))) == noted
