"""Image folders in the layouts that people have."""

import os
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saliencnn.common.errors import UserError
from saliencnn.data.imageset import ImageSet
from saliencnn.data.sources import read_image_set
from saliencnn.data.split_names import Role, find_roles

CLASSES = ("cat", "dog", "emu")


def make(root: Path, *folders: str, images: int = 2) -> Path:
    """Put images into folders; of ``train/*`` every class gets a folder."""
    for folder in folders:
        for name in CLASSES if folder.endswith("*") else ("",):
            place = root / folder.removesuffix("*") / name
            place.mkdir(parents=True, exist_ok=True)
            for i in range(images):
                (place / f"{i}.jpg").touch()
    return root


def read(root: Path, options: str = "") -> ImageSet:
    return read_image_set(f"folder:{root}{options}")


def refuse(root: Path, *said: str, options: str = "") -> None:
    with pytest.raises(UserError) as caught:
        read(root, options)
    sentence = str(caught.value)
    assert len(sentence) <= 300
    assert sentence.isprintable()
    for words in said:
        assert words in sentence


def sides(found: ImageSet) -> tuple[set[str], set[str]]:
    """Return the folders that training and validation images are in."""
    train, validation = (
        {os.path.dirname(os.path.dirname(sample.name)) for sample in side}
        for side in (found.train, found.validation)
    )
    return train, validation


SPLITS = [
    ("train", "val"),
    ("Training", "Testing"),
    ("Train", "Test"),
    ("TRAIN", "VAL"),
    ("trn", "tst"),
    ("train", "dev"),
    ("train_set", "valid_set"),
    ("TrainingSet", "TestSet"),
    ("trainset", "testset"),
    ("train2017", "val2017"),
    ("birds_train", "birds_valid"),
    ("train-images", "validation-images"),
    ("01 Training Data", "02 Validation Data"),
    ("train_val", "test"),
    ("seg_train/seg_train", "seg_test/seg_test"),
    ("images/train", "images/val"),
    ("train/images", "val/images"),
    ("dataset/train", "dataset/test"),
    ("archive/Dataset/Train", "archive/Dataset/Holdout"),
]


@pytest.mark.parametrize(("train", "validation"), SPLITS)
def test_splits_of_any_spelling(tmp_path: Path, train: str, validation: str) -> None:
    found = read(make(tmp_path, f"{train}/*", f"{validation}/*"))
    assert found.classes == CLASSES
    assert sides(found) == ({train}, {validation})
    said = " ".join(found.notes)
    plain = (train, validation) == ("train", "val")
    assert (not said) if plain else (f"{train}/" in said or f"{validation}/" in said)
    tested = "est" in validation or "tst" in validation or "Holdout" in validation
    assert ("serves as the validation split" in said) == tested


@pytest.mark.parametrize(
    ("train", "validation", "third"),
    [
        ("train", "val", "unlabelled"),
        ("seg_train/seg_train", "seg_test/seg_test", "seg_pred/seg_pred"),
        ("images/train", "images/val", "images/extra"),
        ("data/Train", "data/Test", "data/masks"),
    ],
)
def test_a_third_folder_is_not_read_and_named(
    tmp_path: Path, train: str, validation: str, third: str
) -> None:
    found = read(make(tmp_path, f"{train}/*", f"{validation}/*", third))
    assert sides(found) == ({train}, {validation})
    assert any(third.split("/")[-1] in note for note in found.notes)


def test_validation_goes_before_test(tmp_path: Path) -> None:
    found = read(make(tmp_path, "Training/*", "Validation/*", "Testing/*"))
    assert sides(found) == ({"Training"}, {"Validation"})
    assert {sample.name.split("/")[0] for sample in found.test} == {"Testing"}


@pytest.mark.parametrize("folder", ["data", "a/b/c", "birds of 2024"])
def test_folders_around_the_classes_are_looked_through(tmp_path: Path, folder: str) -> None:
    found = read(make(tmp_path, f"{folder}/*"))
    assert found.classes == CLASSES
    assert any(f"{folder}/" in note for note in found.notes)


def test_a_folder_of_images_in_each_class_folder_is_no_class(tmp_path: Path) -> None:
    folders = [f"{split}/{name}/images" for split in ("train", "val") for name in CLASSES]
    found = read(make(tmp_path, *folders))
    assert found.classes == CLASSES
    assert found.notes == ()
    assert read(make(tmp_path / "alone", "cat/images", "dog/images")).classes == ("cat", "dog")


def test_training_images_alone_are_split(tmp_path: Path) -> None:
    for beside in ((), ("test",)):
        found = read(make(tmp_path / f"{len(beside)}", "train/*", *beside))
        assert sides(found) == ({"train"}, {"train"})
        assert any("Only train/ has class folders" in note for note in found.notes)
        assert any("test" in note for note in found.notes) == bool(beside)


@pytest.mark.parametrize("test", ["test", "test/images", "test/test"])
def test_a_test_split_without_class_folders_is_not_read(tmp_path: Path, test: str) -> None:
    make(tmp_path / "asl", "asl_train/asl_train/*", f"asl_{test}".replace("/test", "/asl_test"))
    found = read(tmp_path / "asl")
    assert sides(found) == ({"asl_train/asl_train"}, {"asl_train/asl_train"})
    assert any("asl_test" in note for note in found.notes)


def test_validation_images_without_class_folders_are_told(tmp_path: Path) -> None:
    refuse(make(tmp_path, "train/*", "val/images"), "images right in val/")


def test_folders_that_are_numbered_are_classes(tmp_path: Path) -> None:
    assert read(make(tmp_path / "a", "0", "1", "2")).classes == ("0", "1", "2")
    assert read(make(tmp_path / "b", "class 1", "class 2")).classes == ("class 1", "class 2")
    assert read(make(tmp_path / "c", "train/0", "train/1", "test/0")).classes == ("0", "1")


def test_a_class_that_is_called_train(tmp_path: Path) -> None:
    found = read(make(tmp_path, "bus", "car", "train"))
    assert found.classes == ("bus", "car", "train")
    assert any("train/ was taken for a class" in note for note in found.notes)
    nested = read(make(tmp_path / "cifar", "train/train", "train/bus", "test/train", "test/bus"))
    assert nested.classes == ("bus", "train")


AMBIGUOUS = [
    ("traning/*", "testting/*"),  # a typing mistake is no split, and no class either
    ("amazon/*", "dslr/*", "webcam/*"),
    ("images/*", "masks/*"),
    ("fold 1/*", "fold 2/*", "fold 3/*"),
    ("cat/left", "cat/right", "dog/left", "dog/right"),
    ("cat/train", "cat/test", "dog/train", "dog/test"),
    ("cat/train", "cat/test", "dog/train", "dog/val"),
    ("a/train/*", "a/val/*", "b/train/*", "b/val/*"),
    ("train", "test"),
    ("train", "test/*"),
    ("train/*", "val"),
    ("val/*", "test/*"),
    ("val/*",),
    ("Test",),
    ("cat", "dog", "test"),
    ("cat", "dog", "train", "test"),
    ("train/*", "training/*", "val/*"),
    ("train/*", "val/*", "valid/*"),
    ("train1/*", "train2/*"),
    ("train/*", "bus", "car"),
    ("valid", "invalid"),
    ("images", "annotations/trimaps"),
    ("images", "cat", "dog"),
    ("JPEGImages", "SegmentationClass"),
]


@pytest.mark.parametrize("folders", AMBIGUOUS, ids=lambda folders: " ".join(folders))
def test_what_can_be_read_in_two_ways_is_refused(tmp_path: Path, folders: tuple[str, ...]) -> None:
    make(tmp_path, *folders)
    refuse(tmp_path, "train=SUB,validation=SUB", "split=none")


@pytest.mark.parametrize("folders", [("cat", "dog", "test"), ("valid", "invalid"), ("a/*", "b/*")])
def test_folders_are_classes_where_a_person_says_so(
    tmp_path: Path, folders: tuple[str, ...]
) -> None:
    make(tmp_path, *folders)
    expected = sorted(folder.removesuffix("/*") for folder in folders)
    assert read(tmp_path, ",split=none").classes == tuple(expected)


def test_a_person_says_which_folders_are_the_splits(tmp_path: Path) -> None:
    make(tmp_path, "amazon/*", "deep/dslr/*", "webcam/*")
    found = read(tmp_path, ",train=amazon,validation=deep/dslr")
    assert sides(found) == ({"amazon"}, {"deep/dslr"})
    assert sides(read(tmp_path, ", train = webcam/ ")) == ({"webcam"}, {"webcam"})
    refuse(tmp_path, "no folder 'paris'", options=",train=amazon,validation=paris")
    refuse(tmp_path, "no folder '..'", options=",train=../amazon")
    refuse(tmp_path, "two folders", options=",train=amazon,validation=amazon")
    refuse(tmp_path, "two folders", options=",train=deep,validation=deep/dslr")
    refuse(tmp_path, "train=SUB", options=",validation=amazon")
    refuse(tmp_path, "split=none", options=",split=some")
    refuse(tmp_path, "split=none", options=",split=none,train=amazon")
    refuse(tmp_path, "once each", options=",train=amazon,train=webcam")


def test_a_folder_whose_name_looks_like_options(tmp_path: Path) -> None:
    found = read(make(tmp_path / "a,train=b", "cat", "dog"))
    assert found.classes == ("cat", "dog")


NFC, NFD = (unicodedata.normalize(form, "Café") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(("train", "validation"), [(NFC, NFD), (NFD, NFC), (NFD, NFD)])
def test_accents_in_either_form_are_one_class(tmp_path: Path, train: str, validation: str) -> None:
    make(tmp_path, f"train/{train}", "train/dog", f"val/{validation}", "val/dog")
    found = read(tmp_path)
    assert found.classes == (NFC, "dog")
    assert [sample.label for sample in found.validation] == [0, 0, 1, 1]
    assert found.notes == ()


def test_accents_in_both_forms_side_by_side(tmp_path: Path) -> None:
    found = read(make(tmp_path, NFC, NFD, "dog"))
    assert found.classes == (NFC, "dog")
    assert sum(sample.label == 0 for sample in found.train + found.validation) == 4
    assert any(NFC in note for note in found.notes)


def test_case_that_differs_between_splits(tmp_path: Path) -> None:
    found = read(make(tmp_path, "train/Cat", "train/dog", "val/cat", "val/DOG"))
    assert found.classes == ("Cat", "dog")
    assert [sample.label for sample in found.validation] == [0, 0, 1, 1]
    assert any(
        "cat as Cat, DOG as dog" in note or "DOG as dog, cat as Cat" in note for note in found.notes
    )


def test_case_that_differs_within_a_split(tmp_path: Path) -> None:
    found = read(make(tmp_path, "train/Cat", "train/cat", "val/cat", "val/CAT"))
    assert found.classes == ("Cat", "cat")
    assert {sample.name.split("/")[1] for sample in found.validation} == {"cat"}
    assert any("Cat, cat" in note for note in found.notes)
    assert any("no such class" in note and "CAT" in note for note in found.notes)


HARD = [b"\xc4\xf1", b"a\nb", b"\x07", "\u202edrow".encode(), "x\u2028y".encode(), b"\xff" * 200]


@pytest.mark.parametrize("name", HARD)
def test_names_that_no_store_holds_are_written_readably(tmp_path: Path, name: bytes) -> None:
    make(tmp_path, "cat", os.fsdecode(name))
    (tmp_path / "cat" / os.fsdecode(name + b".jpg"[: 255 - len(name)])).touch()
    found = read(tmp_path)
    (changed,) = set(found.classes) - {"cat"}
    for text in (changed, *found.notes, *(s.name for s in found.train + found.validation)):
        assert text.isprintable()
        text.encode()
    assert len(changed) <= 255
    assert any("cannot be stored" in note for note in found.notes)
    for sample in found.train + found.validation:
        assert isinstance(sample.image, Path)
        assert sample.image.is_file()


def test_names_that_become_alike_stay_two(tmp_path: Path) -> None:
    found = read(make(tmp_path, os.fsdecode(b"\xff"), "\\xff", "cat"))
    assert len(set(found.classes)) == 3


@pytest.mark.parametrize("name", [b"\xff", b"a\nb"])
def test_a_path_that_cannot_be_stored_is_refused(tmp_path: Path, name: bytes) -> None:
    refuse(make(tmp_path / os.fsdecode(name), "cat", "dog"), "rename")


def test_images_that_lie_beside_the_class_folders_are_counted(tmp_path: Path) -> None:
    make(tmp_path, "train/*", "val/*", "")
    (tmp_path / "train" / "stray.png").touch()
    (tmp_path / "val" / "cat" / "stray.heic").touch()
    (tmp_path / "README.md").touch()
    found = read(tmp_path)
    said = " ".join(found.notes)
    assert "3 images that lie in no class folder" in said
    assert "1 .heic" in said
    assert "1 .md" in said


def test_sentences_about_many_classes_are_short(tmp_path: Path) -> None:
    for i in range(400):
        name = f"class {i} {'x' * 40}"
        for split in ("train", "val"):
            (tmp_path / split / f"{name}{split if i % 2 else ''}").mkdir(parents=True)
            (tmp_path / split / f"{name}{split if i % 2 else ''}" / "a.jpg").touch()
    found = read(tmp_path)
    assert len(found.classes) == 400
    assert all(len(note) <= 300 for note in found.notes)
    assert any("200 classes" in note for note in found.notes)
    for split in ("train", "val"):
        refuse(tmp_path / split, "only one image of each class")


def test_links_to_splits_and_classes_are_followed(tmp_path: Path) -> None:
    make(tmp_path / "store", "train/*", "val/*")
    for split in ("train", "val"):
        (tmp_path / "set" / split).mkdir(parents=True)
        for name in CLASSES:
            (tmp_path / "set" / split / name).symlink_to(tmp_path / "store" / split / name)
    found = read(tmp_path / "set")
    assert found.classes == CLASSES
    assert sides(found) == ({"train"}, {"val"})
    (tmp_path / "linked").mkdir()
    for split in ("train", "val"):
        (tmp_path / "linked" / split).symlink_to(tmp_path / "store" / split)
    assert read(tmp_path / "linked").classes == CLASSES


ROLES: list[tuple[tuple[str, ...], dict[str, Role]]] = [
    (("steam train", "model train"), {}),
    (("crash test", "cat"), {}),
    (("pretrain", "contest"), {}),
    (("a_train", "b_test"), {}),
    (("train", "test_set"), {"train": "train", "test_set": "test"}),
    (("train test",), {}),
    (("Trainingsmenge",), {}),
]


@pytest.mark.parametrize(("names", "roles"), ROLES)
def test_only_names_that_say_nothing_else_are_splits(
    names: tuple[str, ...], roles: dict[str, Role]
) -> None:
    assert find_roles(names) == roles


FILES = ("0.jpg", "1.PNG", "2.heic", "notes.txt", "Thumbs.db", ".DS_Store", "no ending")
PLACES = ("", "cat", "dog", "dog/deep", "emu", "__MACOSX/cat", "cat/.cache")


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(PLACES), st.sets(st.sampled_from(FILES)), min_size=2),
    st.dictionaries(st.sampled_from(PLACES), st.sets(st.sampled_from(FILES))),
)
def test_every_file_is_read_or_counted(
    tmp_path_factory: pytest.TempPathFactory,
    train: dict[str, set[str]],
    validation: dict[str, set[str]],
) -> None:
    """Hidden folders count once, with all that is in them."""
    root = tmp_path_factory.mktemp("set")
    sides = {"train": train, "val": validation} if validation else {"": train}
    files, hidden = 0, set()
    for side, tree in sides.items():
        for place, names in tree.items():
            folder = root / side / place
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                (folder / name).touch()
            top = next((p for p in (side, *place.split("/")) if p in ("__MACOSX", ".cache")), None)
            if top:
                hidden.add((side, top))
            else:
                files += len(names)
    try:
        found = read(root)
    except UserError as error:
        assert len(str(error)) <= 300  # noqa: PT017
        return
    said = " ".join(found.notes)
    of_no_class = sum(map(int, re.findall(r"Left out: (\d+) images? that", said)))
    of_one_side = sum(map(int, re.findall(r"of val/ with (\d+) image", said)))
    no_images = re.findall(r"as they are no images: ([^.]*(?:\.\w+[^.]*)*)\.(?: |$)", said)
    counted = sum(int(n) for text in no_images for n in re.findall(r"(?:^|, )(\d+) ", text))
    read_in = len(found.train) + len(found.validation)
    assert read_in + of_no_class + of_one_side + counted == files + len(hidden)
