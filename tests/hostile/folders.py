"""Trees of image folders as people have them, and as they break."""

import itertools
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from saliencnn.common.errors import UserError
from saliencnn.data.imageset import ImageSet
from saliencnn.data.sources import read_image_set
from tests.hostile.answers import Case, Surroundings, find_fault

SPLITS = (
    ("train", "val"), ("Train", "Test"), ("TRAIN", "VAL"), ("Training", "Testing"),
    ("training", "validation"), ("train", "valid"), ("train", "test"), ("train", "dev"),
    ("seg_train/seg_train", "seg_test/seg_test"), ("train_set", "test_set"), ("trn", "tst"),
    ("images/train", "images/val"), ("data/Train", "data/Test"),
)  # fmt: skip
SPLIT_WORDS = {word.casefold() for pair in SPLITS for word in "/".join(pair).split("/")}
CLASSES = ("glioma", "meningioma", "pituitary")
ODD_CLASSES: tuple[str | bytes, ...] = (
    "Café", unicodedata.normalize("NFD", "Café"), b"\xc4\xf1", "a b ", "猫 🐈‍⬛", "x" * 200,
    "a\nb", "<b>bill</b>", "..x", "-", "con", "1", "None", "Glioma", "\u202eabc", "a\\b", "ﬁ",
)  # fmt: skip
LEFT_BESIDE = (
    "__MACOSX/._x.jpg", ".DS_Store", "Thumbs.db", "@eaDir/x.jpg", "notes.txt", "README",
    "glioma.csv", "empty/", ".hidden/x.jpg", "loose.jpg", "masks/",
)  # fmt: skip
ENDINGS = (".jpg", ".JPG", ".jpeg", ".png", ".jfif", ".pgm", ".webp", ".tif", ".bmp", ".gif")
UNREAD = (".heic", ".svg", ".npy", ".mat", ".pdf", ".mp4", ".txt")


def cases(here: Surroundings) -> Iterator[Case]:
    """Yield folders to read as image sets."""
    image = here.folder / "image.png"
    Image.fromarray(np.full((8, 8, 3), 90, np.uint8)).save(image)
    content = image.read_bytes()
    numbers = itertools.count()

    def place() -> Path:
        return here.folder / f"set-{next(numbers)}"

    for split in SPLITS:
        root = place()
        for side, images in zip(split, (6, 2), strict=True):
            for name in CLASSES:
                _fill(root / side / name, images, content)
        yield Case(f"split {split}", lambda root=root: _read_split(root))
    for odd in ODD_CLASSES:
        root = place()
        for name in (*CLASSES, odd):
            _fill(root / os.fsdecode(name), 4, content)
        yield Case(f"class {odd!r:.40}", lambda root=root: _read(root))
        root = place()
        for side, images in (("train", 4), ("val", 2)):
            for name in (*CLASSES, odd):
                _fill(root / side / os.fsdecode(name), images, content)
        yield Case(f"class {odd!r:.40} in a split", lambda root=root: _read(root))
    for beside in LEFT_BESIDE:
        root = place()
        for name in CLASSES:
            _fill(root / name, 4, content)
        _put(root / beside, content)
        yield Case(f"beside {beside}", lambda root=root: _read(root))
    for ending in (*ENDINGS, *UNREAD):
        root = place()
        for name in CLASSES:
            _fill(root / name, 3, content)
            _fill(root / name, 2, content, ending, "other-")
        yield Case(f"ending {ending}", lambda root=root, e=ending: _read_endings(root, e))
    while (number := next(numbers)) < here.count:
        root = here.folder / f"set-{number}"
        _grow(here, root, content)
        yield Case(f"random tree {number}", lambda root=root: _read(root))


def _read(root: Path) -> ImageSet:
    image_set = read_image_set(f"folder:{os.fsencode(root).decode(errors='surrogateescape')}")
    for name in image_set.classes:
        name.encode()  # tables, tags and files hold UTF-8
        assert name.casefold() not in SPLIT_WORDS, f"a split became the class {name}"
        assert name.casefold() not in ("__macosx", "@eadir"), f"{name} became a class"
    normal = [unicodedata.normalize("NFC", name) for name in image_set.classes]
    assert len(set(normal)) == len(normal), "one name in two spellings became two classes"
    assert image_set.train
    assert image_set.validation
    # A note is kept as a sentence of the run.
    faults = [fault for note in image_set.notes if (fault := find_fault(note))]
    assert not faults, f"a note is {faults[0]}"
    return image_set


def _read_split(root: Path) -> None:
    try:
        image_set = _read(root)
    except UserError:
        return  # a question to the person is a good answer; a guess that is wrong is none
    assert image_set.classes == CLASSES
    assert (len(image_set.train), len(image_set.validation)) == (18, 6)


def _read_endings(root: Path, ending: str) -> None:
    image_set = _read(root)
    read = len(image_set.train) + len(image_set.validation)
    told = any(ending in note for note in image_set.notes)
    assert read == 15 or (read == 9 and told), f"{read} of 15 read, notes {image_set.notes}"


def _grow(here: Surroundings, root: Path, content: bytes) -> None:
    rng = here.rng
    sides = rng.choice([("",), *[(a, b) for a, b in SPLITS], ("train",), ("val",), ("a", "b")])
    for side in sides:
        for name in rng.sample([*CLASSES, *ODD_CLASSES], rng.randint(0, 4)):
            _fill(root / side / os.fsdecode(name), rng.randint(0, 4), content, rng.choice(ENDINGS))
    for beside in rng.sample(LEFT_BESIDE, rng.randint(0, 3)):
        _put(root / beside, content)
    if rng.random() < 0.2 and root.is_dir():
        (root / "loop").symlink_to(root, target_is_directory=True)
    if rng.random() < 0.2 and root.is_dir():
        os.mkfifo(root / "fifo.png")


def _fill(folder: Path, images: int, content: bytes, ending: str = ".png", named: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(images):
        (folder / f"{named}{number}{ending}").write_bytes(content)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if str(path).endswith("/") or path.name in ("empty", "masks"):
        path.mkdir(exist_ok=True)
    else:
        path.write_bytes(content)
