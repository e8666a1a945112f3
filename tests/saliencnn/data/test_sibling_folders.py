from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saliencnn.data.folder import read_folder
from saliencnn.data.imageset import Sample


def save(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), 200, np.uint8)).save(root / name)
    return root


def masks(samples: tuple[Sample, ...], root: Path) -> dict[str, str]:
    return {
        s.name: s.object_mask.relative_to(root).as_posix()
        for s in samples
        if isinstance(s.object_mask, Path)
    }


@pytest.mark.parametrize(
    ("images", "of_masks"),
    [
        ("{c}/{i}.png", "masks/{c}/{i}.png"),
        ("{c}/{i}.jpg", "masks/{c}/{i}_mask.png"),
        ("{c}/{i}.png", "{c}/masks/{i}.png"),
        ("data/{c}/{i}.png", "data/Mask/{c}/{i}-seg.bmp"),
        ("train/{c}/{i}.png", "masks/train/{c}/{i}.png"),
        ("train/{c}/{i}.png", "train/masks/{c}/{i}.png"),
    ],
)
def test_masks_beside_images_are_theirs(tmp_path: Path, images: str, of_masks: str) -> None:
    names = {
        form: [form.format(c=c, i=i) for c in ("cat", "dog") for i in range(4)]
        for form in (images, of_masks)
    }
    save(tmp_path, *names[images], *names[of_masks][:6])
    if images.startswith("train"):
        save(tmp_path, *(name.replace("train", "val") for name in names[images]))
    found = read_folder(tmp_path)
    assert found.classes == ("cat", "dog")
    every = (*found.train, *found.validation)
    expected = dict(zip(names[images], names[of_masks], strict=True))
    given = masks(every, tmp_path)
    assert len(given) == 6
    assert all(expected[name] == mask for name, mask in given.items())
    assert any(note.startswith(f"6 of {len(every)} images") for note in found.notes)


def test_masks_need_not_repeat_the_splits(tmp_path: Path) -> None:
    names = [f"{c}/{s}.{i}.png" for s in ("train", "val") for c in ("cat", "dog") for i in range(4)]
    save(tmp_path, *(f"masks/{name}" for name in names))
    save(tmp_path, *(f"{'train' if 'train' in name else 'val'}/{name}" for name in names))
    found = read_folder(tmp_path)
    assert found.classes == ("cat", "dog")
    given = masks((*found.train, *found.validation), tmp_path)
    assert {name.split("/", 1)[1]: mask for name, mask in given.items()} == {
        name: f"masks/{name}" for name in names
    }


def test_a_mask_that_may_be_of_two_images_is_of_none(tmp_path: Path) -> None:
    names = [f"{c}/{i}.png" for c in ("cat", "dog") for i in range(4)]
    save(tmp_path, *(f"{split}{name}" for split in ("train/", "val/", "masks/") for name in names))
    found = read_folder(tmp_path)
    assert not masks((*found.train, *found.validation), tmp_path)


def test_masks_of_no_image_are_counted(tmp_path: Path) -> None:
    images = [f"{c}/{i}.png" for c in ("cat", "dog") for i in range(4)]
    save(tmp_path, *images, *(f"masks/{name}" for name in images), "masks/cat/9.png")
    assert "Masks of no image: 1 (9.png)." in read_folder(tmp_path).notes


def test_a_class_may_be_called_masks_or_counter(tmp_path: Path) -> None:
    save(tmp_path, *(f"{c}/{i}.png" for c in ("masks", "counter", "dog") for i in range(4)))
    found = read_folder(tmp_path)
    assert found.classes == ("counter", "dog", "masks")
    assert not masks(found.train, tmp_path)
    assert not found.counterfactual


@pytest.mark.parametrize("splits", [("",), ("train/", "val/")])
def test_images_whose_shortcut_is_broken_are_measured_apart(
    tmp_path: Path, splits: tuple[str, ...]
) -> None:
    save(tmp_path, *(f"{s}{c}/{i}.png" for s in splits for c in ("cat", "dog") for i in range(4)))
    save(
        tmp_path, "counter/cat/a.png", "counter/dog/b.png", "counter/dog/c.png", "counter/cow/d.png"
    )
    found = read_folder(tmp_path)
    assert found.classes == ("cat", "dog")
    assert [(s.name, s.label) for s in found.counterfactual] == [
        ("counter/cat/a.png", 0),
        ("counter/dog/b.png", 1),
        ("counter/dog/c.png", 1),
    ]
    assert any("1 class of counter/" in note and "cow" in note for note in found.notes)
