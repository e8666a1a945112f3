from collections import Counter
from pathlib import Path

import pytest

from saliencnn.common.errors import UserError
from saliencnn.data.cub200 import HEAD_MARGIN, read_cub200
from saliencnn.data.sources import read_image_set

FILES = {
    "classes.txt": "1 001.Black_footed_Albatross\n2 002.Ani\n3 003.Wren\n",
    "images.txt": "1 001.B/a.jpg\n2 001.B/b.jpg\n3 003.W/c d.jpg\n4 003.W/d.jpg\n",
    "image_class_labels.txt": "1 1\n2 1\n3 3\n4 3\n",
    "train_test_split.txt": "1 1\n2 0\n3 1\n4 0\n",
}
PARTS = "1 back\n2 beak\n7 left eye\n15 throat\n"


def write(root: Path, **changes: str | None) -> Path:
    """A small set in CUB's layout; a change of ``images`` is one of ``images.txt``."""
    (root / "images").mkdir(parents=True)
    for name, text in FILES.items():
        text = changes.pop(name.removesuffix(".txt"), text)
        if text is not None:
            (root / name).write_text(text)
    for name, text in changes.items():
        path = root / ("parts" if "part" in name else "") / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(str(text))
    return root


def refuse(root: Path, *said: str) -> None:
    with pytest.raises(UserError) as caught:
        read_cub200(root)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert len(sentence) <= 300
    for words in said:
        assert words in sentence


def test_a_small_set(tmp_path: Path) -> None:
    found = read_cub200(write(tmp_path / "few"))
    assert found.name == "few"
    assert found.classes == ("Black footed Albatross", "Wren")
    assert [sample.name for sample in found.train] == ["001.B/a.jpg", "003.W/c d.jpg"]
    assert [sample.name for sample in found.validation] == ["001.B/b.jpg", "003.W/d.jpg"]
    assert [sample.label for sample in found.train] == [0, 1]
    assert found.train[1].image == tmp_path / "few" / "images" / "003.W" / "c d.jpg"
    assert found.train[0].object_box is None
    assert found.train[0].head_box is None
    assert found.counterfactual == ()
    assert found.notes == ("1 of 3 classes have no image and were left out.",)


def test_the_folder_around_the_official_one_is_accepted(tmp_path: Path) -> None:
    write(tmp_path / "CUB_200_2011")
    assert read_cub200(tmp_path).name == "CUB_200_2011"
    assert read_cub200(tmp_path) == read_cub200(tmp_path / "CUB_200_2011")


def test_the_name_of_the_folder_one_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path / "here"))
    assert read_cub200(Path()).name == "here"


def test_byte_order_marks_blank_lines_and_windows_line_ends(tmp_path: Path) -> None:
    images = "\ufeff" + FILES["images.txt"].replace("\n", "\r\n") + "\n\n"
    assert len(read_cub200(write(tmp_path / "few", images=images)).train) == 2


def test_names_that_cleaning_would_make_alike_are_left(tmp_path: Path) -> None:
    found = read_cub200(write(tmp_path / "few", classes="1 001.Wren\n3 003.Wren\n"))
    assert found.classes == ("001.Wren", "003.Wren")
    assert found.notes == ()


def test_boxes(tmp_path: Path) -> None:
    found = read_cub200(
        write(tmp_path / "few", bounding_boxes="1 60.0 27.0 325.0 304.0\n2 1 1 0 0\n")
    )
    assert found.train[0].object_box == (60, 27, 325, 304)
    assert found.train[1].object_box is None
    assert found.validation[0].object_box is None


@pytest.mark.parametrize(
    ("locations", "box"),
    [
        ("1 2 100 50 1\n1 7 140 70 1\n1 15 120 60 1\n", (94, 44, 52, 32)),
        ("1 2 100 50 1\n1 7 140 70 1\n1 1 500 500 1\n1 15 0.0 0.0 0\n", (94, 44, 52, 32)),
        ("1 2 0 1 1\n1 7 100 21 1\n", (0, 0, 115, 36)),
        ("1 2 100 50 1\n1 7 100 50 1\n", None),
        ("1 2 100 50 1\n1 7 140 70 0\n", None),
        ("1 1 100 50 1\n", None),
    ],
)
def test_a_head_is_where_its_visible_parts_are(
    tmp_path: Path, locations: str, box: tuple[float, ...] | None
) -> None:
    assert HEAD_MARGIN == 0.15
    sample = read_cub200(write(tmp_path / "few", part_locs=locations, parts=PARTS)).train[0]
    assert sample.head_box == (box and pytest.approx(box))


def test_classes_without_validation_images_are_noted(tmp_path: Path) -> None:
    found = read_cub200(write(tmp_path / "few", train_test_split="1 1\n2 0\n3 1\n4 1\n"))
    assert "No validation image shows Wren." in found.notes


def test_missing_folders(tmp_path: Path) -> None:
    refuse(tmp_path / "gone", str(tmp_path / "gone"))
    refuse(tmp_path, str(tmp_path / "images"))
    refuse(tmp_path / ("a" * 5000))
    refuse(tmp_path / "nul\0byte")
    refuse(write(tmp_path / "few") / "images.txt", "images.txt")


@pytest.mark.parametrize("name", FILES)
def test_missing_files(tmp_path: Path, name: str) -> None:
    root = write(tmp_path / "few")
    (root / name).unlink()
    refuse(root, str(root / name))


def test_missing_part_names(tmp_path: Path) -> None:
    refuse(write(tmp_path / "few", part_locs="1 2 3 4 1\n"), "parts.txt")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    root = write(tmp_path / "few")
    (root / "classes.txt").write_bytes(b"1 \xff\xfe\n")
    refuse(root, "classes.txt", "cannot be read as text")


@pytest.mark.parametrize(
    ("name", "line", "why"),
    [
        ("images", "3", "image_id image_name"),
        ("images", "three 003.W/c.jpg", "invalid literal"),
        ("images", "3 ../../secret.jpg", "leads out of images/"),
        ("images", "3 003.W/../../../secret.jpg", "leads out of images/"),
        ("images", "3 /etc/passwd", "leads out of images/"),
        ("image_class_labels", "3 x", "image_id class_id"),
        ("image_class_labels", "3 3 3", "image_id class_id"),
        ("train_test_split", "3 2", "0 and 1 are allowed"),
        ("train_test_split", "3 yes", "0 and 1 are allowed"),
        ("classes", "3", "class_id class_name"),
        ("bounding_boxes", "1 2 3 4", "image_id x y width height"),
        ("bounding_boxes", "1 2 3 4 nan", "0 or more"),
        ("bounding_boxes", "1 2 3 4 inf", "0 or more"),
        ("bounding_boxes", "1 2 3 -4 5", "0 or more"),
        ("bounding_boxes", "1 2 3 4 5 6", "could not convert"),
        ("part_locs", "1 2 3 4", "part_id"),
        ("part_locs", "1 2 3 4 5", "0 and 1 are allowed"),
    ],
)
def test_malformed_lines_are_named(tmp_path: Path, name: str, line: str, why: str) -> None:
    before = FILES.get(f"{name}.txt", "").splitlines()[:2]
    changes = {"parts": PARTS} if name == "part_locs" else {}
    root = write(tmp_path / "few", **changes, **{name: "\n".join([*before, line])})
    refuse(root, f"{name}.txt, line {len(before) + 1}: ", repr(line), why)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("images", FILES["images.txt"] + "1 001.B/e.jpg\n", "lists 1 001.B/e.jpg twice"),
        ("images", FILES["images.txt"] + "5 001.B/a.jpg\n", "lists 5 001.B/a.jpg twice"),
        ("images", FILES["images.txt"] + "9 001.B/e.jpg\n", "no line for 9"),
        ("classes", "1 001.Wren\n3 001.Wren\n", "lists 3 001.Wren twice"),
        ("classes", "1 001.Wren\n", "no line for 3"),
        ("image_class_labels", "1 1\n2 1\n3 3\n", "no line for 4"),
        ("train_test_split", "1 1\n2 0\n3 1\n", "no line for 4"),
    ],
)
def test_files_that_contradict_each_other(tmp_path: Path, name: str, text: str, said: str) -> None:
    refuse(write(tmp_path / "few", **{name: text}), said)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"images": ""}, "images of 0 classes"),
        ({"images": "1 001.B/a.jpg\n2 001.B/b.jpg\n"}, "images of 1 class;"),
        ({"train_test_split": "1 1\n2 1\n3 0\n4 0\n"}, "no training image of Wren"),
        ({"train_test_split": "1 1\n2 1\n3 1\n4 1\n"}, "no validation image"),
    ],
)
def test_sets_that_cannot_be_learned(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    refuse(write(tmp_path / "few", **changes), str(tmp_path / "few"), said)


def count_directly(root: Path) -> Counter[str]:
    lines = (root / "train_test_split.txt").read_text().splitlines()
    return Counter(line.split()[1] for line in lines)


def test_cub10(test_data: Path) -> None:
    root = test_data / "cub10"
    found = read_cub200(root)
    counts = count_directly(root)
    assert found.name == "cub10"
    assert len(found.classes) == 10
    assert found.classes[0] == "Black footed Albatross"
    assert len(found.train) == counts["1"]
    assert len(found.validation) == counts["0"]
    samples = found.train + found.validation
    assert len(samples) == 543
    assert len({sample.name for sample in samples}) == 543
    assert found.notes == ("190 of 200 classes have no image and were left out.",)
    for sample in samples:
        assert isinstance(sample.image, Path)
        assert sample.image.is_file()
        assert sample.object_box is not None
    assert sum(sample.head_box is not None for sample in samples) > 500


def test_cub10_heads_lie_on_birds(test_data: Path) -> None:
    found = read_cub200(test_data / "cub10")
    fractions = []
    for sample in found.train + found.validation:
        if sample.head_box and sample.object_box:
            (x, y, w, h), (left, top, width, height) = sample.head_box, sample.object_box
            assert left <= x + w / 2 <= left + width
            assert top <= y + h / 2 <= top + height
            fractions.append(w * h / (width * height))
    assert 0.03 < sorted(fractions)[len(fractions) // 2] < 0.3


def test_cub40(test_data: Path) -> None:
    root = test_data / "cub40"
    found = read_cub200(root)
    counts = count_directly(root)
    assert len(found.classes) == 40
    assert len(found.train) == counts["1"]
    assert len(found.validation) == counts["0"]
    samples = found.train + found.validation
    assert len(samples) == 2356
    assert not any(sample.object_box or sample.head_box for sample in samples)
    assert found.notes == ()


LONG = "x" * 5000


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"images": f"1 001.B/{LONG}.jpg\n"}, "no file has such a name"),
        ({"images": "1 001.B/a\0.jpg\n"}, "no file has such a name"),
        ({"images": f"1 001.B/a.jpg\n2 {LONG}\n2 {LONG}\n"}, "images.txt, line 2"),
        ({"bounding_boxes": "1 60.0 27.0 325.0\n"}, "something is missing"),
        ({"bounding_boxes": f"1 60.0 27.0 325.0 {LONG}\n"}, "bounding_boxes.txt, line 1"),
        ({"image_class_labels": None}, "cannot be read as text"),
        ({"train_test_split": "1 1\n2\n3 1\n4 0\n"}, "something is missing"),
    ],
)
def test_damaged_files_are_short_sentences(
    tmp_path: Path, changes: dict[str, str | None], said: str
) -> None:
    refuse(write(tmp_path / "few", **changes), said)


def test_a_class_name_of_5000_characters_is_cut(tmp_path: Path) -> None:
    root = write(tmp_path / "few", classes=f"1 001.{LONG}\n3 003.Wren\n")
    found = read_image_set(f"cub200:{root}")
    assert max(map(len, found.classes)) <= 255
    assert all(len(note) <= 300 for note in found.notes)
