"""Images in both splits or two classes: copies of every usual kind are found, others are not."""

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from saliencnn.data.contents import hash_contents
from saliencnn.data.fingerprints import MAX_DISTANCE, find_near_pairs, perceptual_hash
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.leaks import Leaks, decode_rows, find_leaks
from saliencnn.data.planted import render_planted


def draw(seed: int, width: int = 160, height: int = 120) -> Image.Image:
    """Draw soft clouds of colour, different for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def save(image: Image.Image, path: Path, quality: int = 90) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=quality)
    return path


def make(folder: Path) -> ImageSet:
    """Eight training and four validation images of two classes, all different."""
    sides: list[tuple[Sample, ...]] = []
    for split, seeds in (("train", range(8)), ("val", range(8, 12))):
        sides.append(
            tuple(
                Sample(name, i % 2, save(draw(i), folder / name))
                for i, name in ((i, f"{split}/{i}.jpg") for i in seeds)
            )
        )
    return ImageSet("clouds", ("cat", "dog"), sides[0], sides[1])


def look(image_set: ImageSet) -> Leaks:
    samples = (*image_set.train, *image_set.validation, *image_set.test)
    return find_leaks(image_set, hash_contents(samples))


def table(leaks: Leaks) -> list[list[str]]:
    return list(csv.reader(io.StringIO(leaks.encode().decode(), newline="")))


def test_test_images_among_the_training_images_are_leaks(tmp_path: Path) -> None:
    given = make(tmp_path)
    copy = tmp_path / "test/copy.jpg"
    copy.parent.mkdir()
    shutil.copy(tmp_path / "train/3.jpg", copy)
    test = (
        Sample("test/copy.jpg", 1, copy),
        Sample("other.jpg", 0, save(draw(50), copy.parent / "o.jpg")),
    )
    leaks = look(replace(given, test=test))
    (note,) = leaks.describe()
    assert note.startswith("1 of 2 test images are among the training images")
    assert table(leaks)[1][1:7] == [
        "train/3.jpg",
        "training",
        "dog",
        "test/copy.jpg",
        "test",
        "dog",
    ]


def test_different_images_are_no_leaks(tmp_path: Path) -> None:
    leaks = look(make(tmp_path))
    assert leaks.twins == ()
    assert leaks.notes == ()
    assert len(table(leaks)) == 1


def test_the_same_bytes_in_both_splits(tmp_path: Path) -> None:
    image_set = make(tmp_path)
    shutil.copy(tmp_path / "train/2.jpg", tmp_path / "val/8.jpg")
    leaks = look(image_set)
    row = ["identical", "train/2.jpg", "training", "cat", "val/8.jpg", "validation", "cat", "0"]
    assert table(leaks)[1:] == [row]
    assert decode_rows(leaks.encode()) == [tuple(row)]
    formerly = leaks.encode().replace(b"similarity,image", b"likeness,image")
    assert decode_rows(formerly) == [tuple(row)]
    (note,) = leaks.notes
    assert note.startswith("1 of 4 validation images are among the training images")
    assert "train/2.jpg and val/8.jpg" in note
    assert len(note) <= 300


COPIES: dict[str, Callable[[Image.Image, Path], Path]] = {
    "quality": lambda image, path: save(image, path, quality=30),
    "png": lambda image, path: save(image, path.with_suffix(".png")),
    "half": lambda image, path: save(image.resize((80, 60)), path),
    "double": lambda image, path: save(image.resize((320, 240)), path),
    "square": lambda image, path: save(image.resize((224, 224)), path),
    "dark": lambda image, path: save(ImageEnhance.Brightness(image).enhance(0.7), path),
    "grey": lambda image, path: save(image.convert("L"), path),
    "mirrored": lambda image, path: save(ImageOps.mirror(image), path),
}


@pytest.mark.parametrize("kind", COPIES)
def test_copies_that_look_the_same(tmp_path: Path, kind: str) -> None:
    image_set = make(tmp_path)
    held_out = list(image_set.validation)
    path = COPIES[kind](draw(4), tmp_path / "val" / "copy.jpg")
    held_out[0] = replace(held_out[0], name="val/copy", image=path)
    leaks = look(replace(image_set, validation=tuple(held_out)))
    similarity = "mirrored" if kind == "mirrored" else "nearly identical"
    assert [(row[0], row[1], row[4]) for row in table(leaks)[1:]] == [
        (similarity, "train/4.jpg", "val/copy")
    ]
    assert int(table(leaks)[1][7]) <= MAX_DISTANCE


def test_a_turned_photograph_is_upright(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[274] = 6
    draw(0).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.jpg", exif=turned)
    one = perceptual_hash(Sample("a", 0, tmp_path / "turned.jpg"))
    other = perceptual_hash(Sample("b", 0, save(draw(0), tmp_path / "upright.jpg")))
    assert one is not None
    assert other is not None
    assert np.bitwise_count(one[0] ^ other[0]).sum() <= MAX_DISTANCE


def test_an_image_in_two_classes(tmp_path: Path) -> None:
    image_set = make(tmp_path)
    shutil.copy(tmp_path / "train/0.jpg", tmp_path / "train/1.jpg")
    save(draw(2), tmp_path / "train/3.jpg", quality=40)
    shutil.copy(tmp_path / "train/4.jpg", tmp_path / "train/6.jpg")  # of one class: no matter
    leaks = look(image_set)
    assert [(row[0], row[1], row[4]) for row in table(leaks)[1:]] == [
        ("identical", "train/0.jpg", "train/1.jpg"),
        ("nearly identical", "train/2.jpg", "train/3.jpg"),
    ]
    (note,) = leaks.notes
    assert note.startswith("4 images are in two classes")


def test_many_copies_are_listed_once_each(tmp_path: Path) -> None:
    image_set = make(tmp_path)
    for sample in (*image_set.train[1:6], *image_set.validation):
        shutil.copy(tmp_path / "train/0.jpg", Path(str(sample.image)))
    leaks = look(image_set)
    assert len(leaks.twins) <= 3 * 10
    assert "4 of 4 validation images" in leaks.notes[0]
    assert "10 images are in two classes" in leaks.notes[1]


def test_images_that_say_nothing_are_compared_by_their_bytes_alone(tmp_path: Path) -> None:
    image_set = make(tmp_path)
    for shade, sample in zip((0, 90, 255), image_set.validation, strict=False):
        save(Image.new("RGB", (60, 60), (shade,) * 3), Path(str(sample.image)))
    save(Image.new("RGB", (61, 60)), tmp_path / "train/0.jpg")
    (tmp_path / "train/1.jpg").write_bytes(b"")
    (tmp_path / "val/11.jpg").write_bytes(b"")
    (tmp_path / "train/2.jpg").write_bytes(b"no image")
    (tmp_path / "train/3.jpg").unlink()
    assert look(image_set).twins == ()
    shutil.copy(tmp_path / "train/0.jpg", tmp_path / "val/8.jpg")
    assert [t.similarity for t in look(image_set).twins] == ["identical"]


def test_drawn_images_are_not_looked_at() -> None:
    drawn = render_planted(train=8, validation=4, counterfactual=0, size=32)
    assert look(replace(drawn, validation=drawn.train[:4])).twins == ()


def test_names_are_written_readably(tmp_path: Path) -> None:
    image_set = make(tmp_path)
    shutil.copy(tmp_path / "train/2.jpg", tmp_path / "val/8.jpg")
    odd = replace(image_set.validation[0], name='=cmd\n\udcff,"x"')
    leaks = look(replace(image_set, validation=(odd, *image_set.validation[1:])))
    assert table(leaks)[1][4] == '=cmd\\n\\xff,"x"'
    assert leaks.notes[0].isprintable()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n1,2\n", b"\0", b'"'])
def test_what_is_no_table_has_no_rows(content: bytes) -> None:
    assert decode_rows(content) == []


def test_near_pairs_are_those_of_comparing_all() -> None:
    rng = np.random.default_rng(0)
    first = rng.integers(0, 256, (300, 32), np.uint8)
    copies = first[:120].copy()
    for number, copy in enumerate(copies):  # 0 to 39 bits differ
        for bit in rng.permutation(256)[: number // 3]:
            copy[bit // 8] ^= 1 << bit % 8
    hashes = np.concatenate([first, copies])
    pairs, distances = find_near_pairs(hashes, lambda one, _: np.ones(len(one), bool))
    found = {(int(a), int(b)): int(d) for (a, b), d in zip(pairs, distances, strict=True)}
    differing = np.bitwise_count(hashes[:, None] ^ hashes[None]).sum(2, dtype=np.int64)
    expected = {
        (a, b): int(differing[a, b])
        for a, b in zip(*np.nonzero(np.triu(differing <= MAX_DISTANCE, 1)), strict=True)
    }
    assert found.items() <= expected.items()
    assert len(expected) == 120
    assert len(found) >= 110  # differences at random places are the worst case


def test_real_photographs(test_data: Path) -> None:
    """Two albatrosses of CUB-200-2011 are one; 40 others are 40."""
    folder = test_data / "cub10" / "images" / "002.Laysan_Albatross"
    names = sorted(path.name for path in folder.iterdir())
    samples = tuple(Sample(name, i % 2, folder / name) for i, name in enumerate(names))
    leaks = look(ImageSet("albatrosses", ("a", "b"), samples, ()))
    pairs = {(row[1], row[4]) for row in table(leaks)[1:]}
    assert pairs <= {("Laysan_Albatross_0065_809.jpg", "Laysan_Albatross_0096_673.jpg")}


def test_the_comparison_is_reported_and_can_be_ended(tmp_path: Path) -> None:
    image_set = make(tmp_path)
    contents = hash_contents((*image_set.train, *image_set.validation))
    reports: list[tuple[float, str]] = []
    find_leaks(image_set, contents, lambda *report: reports.append(report))
    assert reports == [(1.0, "comparing images")]

    def stop(_fraction: float, _words: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_leaks(image_set, contents, stop)
