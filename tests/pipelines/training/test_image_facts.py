"""What is found in images: once for all trainings on them, and anew where they changed."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipelines.training.image_facts import KnownImages
from saliencnn.data.encode import encode_jpeg
from saliencnn.data.sources import read_image_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for name in ("red", "green"):
            (tmp_path / split / name).mkdir(parents=True)
            for number in range(4):
                image = rng.integers(0, 255, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
                (tmp_path / split / name / f"{number}.jpg").write_bytes(encode_jpeg(image))
    return tmp_path


def look(known: KnownImages, folder: Path) -> tuple[object, int]:
    """Return what is known of a folder read anew, and how often the look reported progress."""
    reports: list[float] = []
    found = known.look(
        read_image_set(f"folder:{folder}", 0), lambda done, _words: reports.append(done)
    )
    return found, len(reports)


def test_the_same_images_are_looked_at_once(folder: Path) -> None:
    known = KnownImages()
    first, looked = look(known, folder)
    again, looked_again = look(known, folder)
    assert looked
    assert not looked_again
    assert again is first
    fresh, _ = look(KnownImages(), folder)
    assert fresh.learned_from == first.learned_from


@pytest.mark.parametrize("change", ["copied", "removed", "of another class"])
def test_changed_images_are_looked_at_again(folder: Path, change: str) -> None:
    known = KnownImages()
    first, _ = look(known, folder)
    assert first.leaks.twins == ()
    source, target = folder / "train" / "red" / "0.jpg", folder / "val" / "red" / "1.jpg"
    if change == "copied":
        shutil.copy(source, target)
    elif change == "removed":
        source.unlink()
    else:
        source.rename(folder / "train" / "green" / "9.jpg")
    found, looked = look(known, folder)
    assert looked
    assert len(found.leaks.twins) == (change == "copied")
    assert (found.learned_from == first.learned_from) == (change == "copied")


def test_images_that_are_no_files_are_looked_at_each_time() -> None:
    known = KnownImages()
    image_set = read_image_set("planted:train=8,validation=8,counterfactual=0,size=32,seed=0", 0)
    first, again = (known.look(image_set, lambda *_: None) for _ in range(2))
    assert again is not first
    assert again.learned_from == first.learned_from
