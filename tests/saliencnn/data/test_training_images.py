import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.data.contents import hash_content, hash_contents
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.training_images import TrainingImages

ROWS = (("cat/a.jpg", "cat", "0a"), ("cat/b.jpg", "cat", "0b"), ("dog/c.jpg", "dog", "0c"))
BEFORE = TrainingImages(ROWS)
ROW = st.tuples(st.text(), st.text(), st.text())


@given(st.lists(ROW).map(tuple))
def test_a_table_is_read_as_it_was_written(rows: tuple[tuple[str, str, str], ...]) -> None:
    images = TrainingImages(rows)
    assert TrainingImages.decode(images.encode()) == images
    assert TrainingImages(rows).encode() == images.encode()


@pytest.mark.parametrize("content", [b"", b"no gzip", TrainingImages(()).encode()[:-9]])
def test_what_is_no_table_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="no"):
        TrainingImages.decode(content)


CHANGES = [
    (ROWS[1:], "1 image removed (cat/a.jpg)"),
    (ROWS[2:], "2 images removed (cat/a.jpg, ...)"),
    ((*ROWS, ("dog/d.jpg", "dog", "0d")), "1 image added (dog/d.jpg)"),
    ((("cat/a.jpg", "cat", "1a"), *ROWS[1:]), "1 image changed (cat/a.jpg)"),
    ((("cat/a.jpg", "dog", "0a"), *ROWS[1:]), "1 image of another class (cat/a.jpg)"),
    (ROWS[::-1], "their order changed"),
    (
        (("cat/a.jpg", "cat", "1a"), *ROWS[2:], ("dog/d.jpg", "dog", "0d")),
        "1 image removed (cat/b.jpg), 1 image added (dog/d.jpg), 1 image changed (cat/a.jpg)",
    ),
]


@pytest.mark.parametrize(("rows", "said"), CHANGES)
def test_changes_are_counted_and_named(rows: tuple[tuple[str, str, str], ...], said: str) -> None:
    now = TrainingImages(rows)
    assert now.digest != BEFORE.digest
    assert BEFORE.describe_changes(now) == said


def test_contents_are_hashed_and_not_times(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"same size 1")
    first = hash_content(path)
    os.utime(path, (1, 1))
    assert hash_content(path) == first
    path.write_bytes(b"same size 2")
    assert hash_content(path) != first
    os.mkfifo(tmp_path / "pipe")
    empty = hash_content(tmp_path / "gone")
    for unreadable in (tmp_path / "pipe", tmp_path, tmp_path / ("x" * 300), Path("a\0b")):
        assert hash_content(unreadable) == empty


def test_pixels_are_hashed_with_their_shape() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    assert hash_content(pixels) != hash_content(pixels.reshape(6, 4, 3))
    samples = (Sample("a", 0, pixels), Sample("b", 1, pixels + 1))
    image_set = ImageSet("two", ("cat", "dog"), samples, samples)
    images = TrainingImages.of(image_set, hash_contents(samples))
    assert [row[:2] for row in images.rows] == [("a", "cat"), ("b", "dog")]
    other = replace(image_set, classes=("cat", "cow"))
    assert TrainingImages.of(other, hash_contents(samples)).digest != images.digest
