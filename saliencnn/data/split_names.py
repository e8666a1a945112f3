"""Names of folders that mean a split, as people spell them."""

import re
from collections.abc import Sequence
from typing import Literal

from saliencnn.data.image_files import same_name

Role = Literal["train", "validation", "test"]

_WORDS: dict[Role, tuple[str, ...]] = {
    "train": ("train", "training", "trains", "trn", "trainset", "trainval"),
    "validation": (
        "val",
        "valid",
        "validation",
        "validate",
        "valset",
        "vld",
        "dev",
        "eval",
        "evaluation",
    ),
    "test": ("test", "testing", "tests", "tst", "testset", "holdout"),
}
_ROLES = {word: role for role, words in _WORDS.items() for word in words}
_FILLERS = frozenset(
    ("set", "sets", "data", "dataset", "datasets", "dir", "folder", "folders", "split")
    + ("image", "images", "img", "imgs", "photo", "photos", "picture", "pictures", "pic", "pics")
    + ("file", "files", "sample", "samples", "jpg", "jpeg", "png", "class", "classes")
)
"""Words that stand beside the name of a split and say nothing."""
_IMAGE_FOLDERS = ("images", "image", "imgs", "img", "jpegimages")
PLAIN = frozenset(("train", "val", "valid", "validation", "test"))
"""Spellings that need no note."""
_WORD = re.compile(r"[^\W\d_]+|\d+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def find_roles(names: Sequence[str]) -> dict[str, Role]:
    """Return which splits the names of folders that lie side by side mean, if they mean any.

    A name is a split's if one of its words is, and its others say nothing (``train_set``,
    ``val2017``) or are those of all splits beside it (``birds_train``, ``birds_test``).
    """
    words = {name: _split_words(name) for name in names}
    roles = {name: role for name, found in words.items() if (role := _role_of(found))}
    rests = {name: words[name] - _FILLERS.union(_ROLES) for name in roles}
    shared = (
        frozenset.intersection(*rests.values()) if len(set(roles.values())) > 1 else frozenset()
    )
    return {name: role for name, role in roles.items() if rests[name] <= shared}


def is_filler(name: str) -> bool:
    """Whether a folder's name says nothing of what is in it, e.g. ``images``."""
    words = _split_words(name)
    return bool(words) and words <= _FILLERS and not any(map(str.isdigit, name))


def names_no_class(name: str) -> bool:
    """Whether a folder's name says that images are in it, and not which class they show."""
    return name.casefold() in _IMAGE_FOLDERS


def _split_words(name: str) -> frozenset[str]:
    apart = _WORD.findall(_HUMP.sub(" ", same_name(name)))
    return frozenset(word.casefold() for word in apart if not word.isdigit())


def _role_of(words: frozenset[str]) -> Role | None:
    meant = {_ROLES[word] for word in words if word in _ROLES}
    if meant == {"train", "validation"}:
        return "train"
    return meant.pop() if len(meant) == 1 else None
