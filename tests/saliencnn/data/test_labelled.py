import os
from pathlib import Path

import pytest
from PIL import Image

from saliencnn.common.errors import UserError
from saliencnn.data.classset import ClassSet
from saliencnn.data.imagenet import imagenet_classes
from saliencnn.data.labelled import read_labelled

BIRDS = ClassSet(
    "birds", ("Ara macao (Scarlet Macaw)", "Heermann's Gull"), synonyms=(("Scarlet Macaw",), ())
)


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(path)


def test_validation_images_are_known_by_name(tmp_path: Path) -> None:
    names = ["ILSVRC2012_val_00003116.JPEG", "ILSVRC2012_val_00015416.JPEG"]
    touch(*(tmp_path / name for name in names), tmp_path / "holiday.jpg")
    found = read_labelled(str(tmp_path), imagenet_classes())
    assert [(s.name, s.label) for s in found.samples] == [(name, 13) for name in names]
    assert found.notes == ("1 of 3 images have no label and were left out.",)


def test_a_labels_file_goes_before(tmp_path: Path) -> None:
    touch(tmp_path / "set" / "images" / "a.png", tmp_path / "set" / "images" / "b.png")
    (tmp_path / "set" / "labels.txt").write_text("a.png 1\nb.png 0\nc.png 7\n")
    found = read_labelled(str(tmp_path / "set"), imagenet_classes())
    assert [(s.name, s.label) for s in found.samples] == [("b.png", 0), ("a.png", 1)]
    assert found.name == "set"
    other = tmp_path / "other.txt"
    other.write_text("a.png n01440764\nb.png great white shark\n")
    found = read_labelled(str(tmp_path / "set" / "images"), imagenet_classes(), other)
    assert [(s.name, s.label) for s in found.samples] == [("a.png", 0), ("b.png", 2)]
    assert found.name == "set"


def test_folders_are_named_by_class_or_wnid(tmp_path: Path) -> None:
    touch(tmp_path / "n01440764" / "x.jpg", tmp_path / "002.Great_white_shark" / "deep" / "y.png")
    touch(tmp_path / "unicorn" / "z.png", tmp_path / ".hidden" / "h.png")
    found = read_labelled(str(tmp_path), imagenet_classes())
    named = [(s.name, s.label) for s in found.samples]
    assert named == [("n01440764/x.jpg", 0), ("002.Great_white_shark/deep/y.png", 2)]
    assert found.notes == (
        "1 of 3 classes are unknown to imagenet: unicorn.",
        "Left out, as they are no images: 1 hidden or system file.",
    )


def test_folders_of_another_class_set(tmp_path: Path) -> None:
    touch(tmp_path / "001.Scarlet_Macaw" / "x.jpg", tmp_path / "045.Heermann_Gull" / "y.png")
    found = read_labelled(str(tmp_path), BIRDS)
    assert [s.label for s in found.samples] == [0, 1]


def test_an_image_set_gives_its_validation_images(tmp_path: Path) -> None:
    birds = ClassSet("planted", tuple(f"bird {i}" for i in range(8)))
    with pytest.raises(UserError, match="No class in"):
        read_labelled("planted:train=8,validation=16,counterfactual=0,size=32", birds)
    from saliencnn.data.sources import read_image_set

    spec = "planted:train=8,validation=16,counterfactual=0,size=32"
    image_set = read_image_set(spec)
    reversed_set = ClassSet("planted", image_set.classes[::-1])
    found = read_labelled(spec, reversed_set)
    own = {s.name: image_set.classes[s.label] for s in image_set.validation}
    assert {s.name: reversed_set.classes[s.label] for s in found.samples} == own
    assert all(s.object_mask is not None for s in found.samples)


def test_a_limit_takes_evenly_from_all_classes(tmp_path: Path) -> None:
    touch(*(tmp_path / name / f"{i}.png" for name in ("tench", "goldfish") for i in range(10)))
    found = read_labelled(str(tmp_path), imagenet_classes(), limit=4)
    assert [s.label for s in found.samples] == [0, 0, 1, 1]
    assert len(read_labelled(str(tmp_path), imagenet_classes(), limit=99).samples) == 20


@pytest.mark.parametrize(
    ("made", "labels", "said"),
    [
        ([], None, "neither images nor folders"),
        (["tench/readme.txt"], None, "has class folders but no image"),
        (["unicorn/a.png"], None, r"No class in .*unicorn.* is one of the 1000 classes"),
        (["a.png"], None, "None of the 1 images"),
        (["a.png"], "a.png 1000\n", "has class 1000; the classes are 0 to 999"),
        (["a.png"], "a.png\n", "'a.png' is not a line of file name and class"),
        (["a.png"], "b.png 3\n", "None of the 1 images"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    tmp_path: Path, made: list[str], labels: str | None, said: str
) -> None:
    for name in made:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    if labels is not None:
        (tmp_path / "labels.txt").write_text(labels)
    with pytest.raises(UserError, match=said):
        read_labelled(str(tmp_path), imagenet_classes())


def test_other_mistakes(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no folder nowhere"):
        read_labelled("nowhere", imagenet_classes())
    touch(tmp_path / "a.png")
    with pytest.raises(UserError, match=r"give --labels FILE"):
        read_labelled(str(tmp_path), BIRDS)
    with pytest.raises(UserError, match="--limit is 0"):
        read_labelled(str(tmp_path), BIRDS, limit=0)
    with pytest.raises(UserError, match="cannot be read"):
        read_labelled(str(tmp_path), BIRDS, labels=tmp_path / "none.txt")


PETS = ClassSet("pets", ("cat", "dog", "images"))


def test_a_folder_of_unlabelled_images_is_no_class(tmp_path: Path) -> None:
    touch(tmp_path / "images" / "a.png", tmp_path / "images" / "b.png")
    with pytest.raises(UserError, match="give --labels FILE"):
        read_labelled(str(tmp_path), PETS)
    (tmp_path / "labels.csv").write_text("name,label\nimages/a.png,dog\nb,0\n")
    found = read_labelled(str(tmp_path), PETS, tmp_path / "labels.csv")
    assert [(s.name, s.label) for s in found.samples] == [("b.png", 0), ("a.png", 1)]


def test_images_beside_class_folders_are_counted(tmp_path: Path) -> None:
    touch(tmp_path / "cat" / "a.png", tmp_path / "dog" / "b.png", tmp_path / "stray.png")
    (tmp_path / "dog" / "c.heic").touch()
    (tmp_path / "cow").mkdir()
    found = read_labelled(str(tmp_path), PETS)
    assert [s.label for s in found.samples] == [0, 1]
    said = " ".join(found.notes)
    for words in ("1 image that lies in no class folder", "cow", "1 .heic"):
        assert words in said


@pytest.mark.parametrize("held_out", ["val", "Testing", "data/valid_set"])
def test_of_splits_the_validation_images_count(tmp_path: Path, held_out: str) -> None:
    train = held_out.replace("val", "train").replace("Testing", "Training")
    train = train.replace("trainid_set", "train_set")
    for split in (train, held_out):
        touch(tmp_path / split / "cat" / "a.png", tmp_path / split / "dog" / "b.png")
    found = read_labelled(str(tmp_path), PETS)
    assert [s.name for s in found.samples] == [f"{held_out}/cat/a.png", f"{held_out}/dog/b.png"]
    assert any(f"Only {held_out}/" in note for note in found.notes)


def test_class_folders_in_either_form_of_accents(tmp_path: Path) -> None:
    cafe = ClassSet("places", ("Café", "bar"))
    touch(tmp_path / "Cafe\u0301" / "a.png", tmp_path / "bar" / "b.png")
    assert [s.label for s in read_labelled(str(tmp_path), cafe).samples] == [0, 1]
    known = ClassSet("places", ("Cafe\u0301", "bar"))
    assert [s.label for s in read_labelled(str(tmp_path), known).samples] == [0, 1]


def test_names_and_notes_can_be_stored(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"pets \xff")
    touch(root / "cat" / os.fsdecode(b"\xff\n.png"), root / os.fsdecode(b"\xfe") / "a.png")
    found = read_labelled(str(root), PETS)
    assert [s.name for s in found.samples] == ["cat/\\xff\\n.png"]
    for text in (found.name, *found.notes):
        assert text.isprintable()
        text.encode()


def test_many_unknown_folders_are_a_short_sentence(tmp_path: Path) -> None:
    for i in range(300):
        touch(tmp_path / f"{i} {'x' * 200}" / "a.png")
    with pytest.raises(UserError) as caught:
        read_labelled(str(tmp_path), PETS)
    assert len(str(caught.value)) <= 300
    touch(tmp_path / "cat" / "a.png")
    assert all(len(note) <= 300 for note in read_labelled(str(tmp_path), PETS).notes)
