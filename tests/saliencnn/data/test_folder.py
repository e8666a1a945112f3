import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.errors import UserError
from saliencnn.data.decode import decode_image
from saliencnn.data.encode import encode_png
from saliencnn.data.folder import read_folder
from saliencnn.data.image_files import SUFFIXES
from saliencnn.data.imageset import ImageSet, Sample


def fill(root: Path, counts: dict[str, int], suffix: str = ".jpg") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for name, count in counts.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            (root / name / f"{i:03d}{suffix}").touch()
    return root


def refuse(root: Path, *said: str, **options: float) -> None:
    with pytest.raises(UserError) as caught:
        read_folder(root, **options)  # type: ignore[arg-type]
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) <= 300
    for words in said:
        assert words in sentence


def names(samples: tuple[Sample, ...]) -> set[str]:
    return {sample.name for sample in samples}


def counts_of(found: ImageSet, samples: tuple[Sample, ...]) -> list[int]:
    return [sum(sample.label == label for sample in samples) for label in range(len(found.classes))]


def test_folders_are_classes(tmp_path: Path) -> None:
    found = read_folder(fill(tmp_path / "pets", {"dog": 20, "cat": 30, "Ape": 25}))
    assert found.name == "pets"
    assert found.classes == ("Ape", "cat", "dog")
    assert len(found.train) + len(found.validation) == 75
    assert not names(found.train) & names(found.validation)
    for sample in found.train + found.validation:
        assert sample.image == tmp_path / "pets" / sample.name
        assert sample.name.split("/")[0] == found.classes[sample.label]
    assert found.notes == ()


def test_the_same_folder_gives_the_same_split(tmp_path: Path) -> None:
    first = read_folder(fill(tmp_path / "a" / "pets", {"cat": 30, "dog": 30}))
    second = read_folder(fill(tmp_path / "b" / "pets", {"dog": 30, "cat": 30}))
    assert [sample.name for sample in first.train] == [sample.name for sample in second.train]
    assert names(first.validation) == names(second.validation)


def test_another_seed_gives_another_split(tmp_path: Path) -> None:
    root = fill(tmp_path / "pets", {"cat": 30, "dog": 30})
    assert names(read_folder(root, seed=0).validation) != names(
        read_folder(root, seed=1).validation
    )


def test_added_images_move_no_others(tmp_path: Path) -> None:
    root = fill(tmp_path / "pets", {"cat": 60, "dog": 60})
    before = read_folder(root)
    after = read_folder(fill(root, {"cat": 90, "dog": 61, "emu": 9}))
    assert names(before.train) < names(after.train)
    assert names(before.validation) < names(after.validation)


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.5])
def test_the_fraction_is_about_kept_in_each_class(tmp_path: Path, fraction: float) -> None:
    found = read_folder(fill(tmp_path, {"cat": 1000, "dog": 1000}), validation_fraction=fraction)
    for count in counts_of(found, found.validation):
        assert abs(count / 1000 - fraction) < 0.05


@given(
    images=st.integers(2, 12),
    fraction=st.floats(1e-9, 1, exclude_max=True),
    seed=st.integers(0, 2**31),
)
def test_each_class_is_on_both_sides(
    tmp_path_factory: pytest.TempPathFactory, images: int, fraction: float, seed: int
) -> None:
    root = fill(tmp_path_factory.getbasetemp() / f"pets{images}", {"a": images, "b": 2})
    found = read_folder(root, validation_fraction=fraction, seed=seed)
    assert min(counts_of(found, found.train)) >= 1
    assert min(counts_of(found, found.validation)) >= 1
    assert len(found.train) + len(found.validation) == images + 2


@pytest.mark.parametrize("held_out", ["val", "valid", "validation", "test"])
def test_given_splits_are_used(tmp_path: Path, held_out: str) -> None:
    fill(tmp_path / "train", {"cat": 3, "dog": 1, "emu": 2})
    fill(tmp_path / held_out, {"dog": 4, "cat": 2})
    found = read_folder(tmp_path)
    assert found.classes == ("cat", "dog", "emu")
    assert counts_of(found, found.train) == [3, 1, 2]
    assert counts_of(found, found.validation) == [2, 4, 0]
    assert found.train[0].name == "train/cat/000.jpg"
    assert found.validation[0].name == f"{held_out}/cat/000.jpg"
    assert found.notes[-1] == "No validation image shows emu."
    assert len(found.notes) == 1 + (held_out == "test")


def test_a_test_split_stays_apart_and_other_folders_are_noted(tmp_path: Path) -> None:
    for name in ("train", "val", "test", "spare"):
        fill(tmp_path / name, {"cat": 2, "dog": 2})
    fill(tmp_path / "test", {"Cat": 1, "cow": 3})
    found = read_folder(tmp_path)
    assert {name.split("/")[0] for name in names(found.validation)} == {"val"}
    assert {name.split("/")[0] for name in names(found.test)} == {"test"}
    assert counts_of(found, found.test) == [3, 2]
    assert any("not spare" in note for note in found.notes)
    assert any("1 class of test/ with 3 images, cow" in note for note in found.notes)


def test_every_suffix_counts_in_both_cases_and_others_do_not(tmp_path: Path) -> None:
    root = fill(tmp_path, {"cat": 2, "dog": 2})
    for suffix in SUFFIXES:
        (root / "cat" / f"small{suffix}").touch()
        (root / "cat" / f"LARGE{suffix.upper()}").touch()
    for name in ("notes.txt", "Thumbs.db", "jpg", "image.jpg.part", ".hidden.jpg", "._a.jpg"):
        (root / "cat" / name).touch()
    found = read_folder(root)
    assert sum(counts_of(found, found.train + found.validation)) == 4 + 2 * len(SUFFIXES)
    kinds = "jpg jpeg jpe jfif jif png apng webp bmp dib dcm gif tif tiff ppm pgm pbm pnm"
    assert set(SUFFIXES) == {f".{kind}" for kind in kinds.split()}
    (note,) = found.notes
    for said in ("1 .txt", "1 .part", "1 no ending", "3 hidden or system files"):
        assert said in note


def test_folders_in_a_class_folder_count(tmp_path: Path) -> None:
    fill(tmp_path, {"cat/indoors/sofa": 2, "cat": 1, "dog": 2, "cat/.cache": 5, ".git/x": 5})
    found = read_folder(tmp_path)
    assert found.classes == ("cat", "dog")
    assert "cat/indoors/sofa/000.jpg" in names(found.train + found.validation)
    assert len(found.train + found.validation) == 5


def test_loops_of_links_end(tmp_path: Path) -> None:
    root = fill(tmp_path / "pets", {"cat": 3, "dog": 3})
    (root / "cat" / "up").symlink_to(root)
    (root / "cat" / "self").symlink_to(root / "cat" / "self")
    (root / "here").symlink_to(root)
    (root / "above").symlink_to(tmp_path)
    (root / "loop").symlink_to(root / "loop")
    (root / "dog" / "broken.jpg").symlink_to(root / "gone.jpg")
    found = read_folder(root)
    assert found.classes == ("cat", "dog")
    assert len(found.train + found.validation) == 6


def test_a_linked_class_folder_and_linked_images_count(tmp_path: Path) -> None:
    store = fill(tmp_path / "store", {"dog": 3})
    root = fill(tmp_path / "pets", {"cat": 3})
    (root / "dog").symlink_to(store / "dog")
    (root / "cat" / "linked.jpg").symlink_to(store / "dog" / "000.jpg")
    found = read_folder(root)
    assert counts_of(found, found.train + found.validation) == [4, 3]


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    root = fill(tmp_path, {"cat": 3, "dog": 3})
    Path(os.fsdecode(os.fsencode(root / "cat") + b"/\xff.jpg")).touch()
    assert len(read_folder(root).train + read_folder(root).validation) == 7


def test_images_found_are_images(tmp_path: Path) -> None:
    image = np.full((4, 6, 3), 7, np.uint8)
    for name in ("cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(encode_png(image))
    for sample in read_folder(tmp_path).train:
        assert isinstance(sample.image, Path)
        np.testing.assert_array_equal(decode_image(sample.image, sample.name), image)


def test_the_root_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refuse(tmp_path / "gone", f"{tmp_path / 'gone'} does not exist")
    refuse(tmp_path / "file", f"{tmp_path / 'file'} is not a folder")
    refuse(tmp_path / ("a" * 5000))
    refuse(tmp_path / "nul\0byte")


def test_there_must_be_classes(tmp_path: Path) -> None:
    (tmp_path / "loose.jpg").touch()
    refuse(tmp_path, f"{tmp_path} has no class folder")
    refuse(fill(tmp_path, {"cat": 3}), "only one class folder, cat")


def test_folders_without_images_are_left_out_and_named(tmp_path: Path) -> None:
    found = read_folder(fill(tmp_path, {"cat": 3, "dog": 0, "emu": 3}))
    assert found.classes == ("cat", "emu")
    assert found.notes == ("1 folder without images was left out: dog.",)


def test_a_single_image_is_learned_from(tmp_path: Path) -> None:
    found = read_folder(fill(tmp_path, {"cat": 3, "dog": 1, "emu": 1}))
    assert counts_of(found, found.train)[1:] == [1, 1]
    assert counts_of(found, found.validation)[1:] == [0, 0]
    (note,) = found.notes
    assert note.startswith("2 classes have one image")
    assert "dog, emu" in note


def test_some_class_must_have_an_image_to_measure_with(tmp_path: Path) -> None:
    refuse(fill(tmp_path, {"cat": 1, "dog": 1}), "only one image of each class")


def test_classes_of_one_split_alone(tmp_path: Path) -> None:
    counts = {"train/cat": 2, "train/dog": 2, "val/cat": 2, "val/emu": 3, "val/owl": 1}
    found = read_folder(fill(tmp_path, counts))
    assert found.classes == ("cat", "dog")
    assert counts_of(found, found.validation) == [2, 0]
    assert any("2 classes" in n and "4 images" in n and "emu, owl" in n for n in found.notes)
    assert "No validation image shows dog." in found.notes


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"train/cat": 2, "train/dog": 0, "val/cat": 1}, "only one class folder, cat"),
        ({"train/cat": 2, "train/dog": 1, "val/cat": 0}, "no image in val/"),
        ({"train/cat": 2, "train/dog": 1, "val/emu": 1}, "no class in val/ (emu)"),
        ({"train/cat": 2, "val/cat": 1}, "only one class folder, cat"),
        ({"train": 2, "val/cat": 1}, "images right in train/"),
        ({"train/cat": 2, "train/dog": 1, "val": 1}, "images right in val/"),
    ],
)
def test_given_splits_that_cannot_be_used(
    tmp_path: Path, counts: dict[str, int], said: str
) -> None:
    refuse(fill(tmp_path, counts), said)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_the_fraction_is_between_0_and_1(tmp_path: Path, fraction: float) -> None:
    refuse(fill(tmp_path, {"cat": 3, "dog": 3}), str(fraction), validation_fraction=fraction)


def test_a_failure_to_list_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = fill(tmp_path, {"cat": 3, "dog": 3})

    def deny(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", deny)
    refuse(root, f"{root} cannot be listed (Permission denied)")
