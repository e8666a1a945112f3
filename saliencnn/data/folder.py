"""Images in folders, one for each class."""

import hashlib
import os
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.data.image_files import SUFFIXES, find_images, list_folders
from saliencnn.data.imageset import ImageSet, Sample

TRAINING_FOLDER = "train"
VALIDATION_FOLDERS = ("val", "valid", "validation", "test")
"""The first of these beside the training folder is taken."""

Classes = dict[str, list[Path]]


def read_folder(root: Path, validation_fraction: float = 0.2, seed: int = 0) -> ImageSet:
    """Read an image set whose folders are its classes.

    Where the root holds ``train`` and one of ``VALIDATION_FOLDERS``, these hold the classes and
    are the split. Otherwise a hash of the seed and of each image's path below the root splits
    every class, so that adding images moves no others, except where a class would else be
    without an image to learn from or to measure with.

    Folders inside a class folder belong to the class; links to folders there are not followed.
    Hidden files and folders (``is_hidden``) are left out, and images are not opened.

    Args:
        root: the folder.
        validation_fraction: probability, between 0 and 1, that an image goes to validation.
        seed: another seed, another split.

    Raises:
        UserError: the root is not a folder, there are fewer than two classes, a class has no
            image, or a single one where there is a split to make, a class is to be measured
            but not learned, a folder cannot be listed, or the fraction is out of its bounds.
    """
    if not 0 < validation_fraction < 1:
        raise UserError(
            f"validation_fraction is {validation_fraction}; it must be between 0 and 1."
        )
    if not os.path.isdir(root):
        kind = "is not a folder" if os.path.exists(root) else "does not exist"
        raise UserError(f"{root} {kind}; an image set is a folder with a folder for each class.")
    held_out = next((name for name in VALIDATION_FOLDERS if (root / name).is_dir()), None)
    if held_out and (root / TRAINING_FOLDER).is_dir():
        return _read_split(root, held_out)
    return _make_split(root, validation_fraction, seed)


def _read_split(root: Path, held_out: str) -> ImageSet:
    learned = _find_classes(root / TRAINING_FOLDER, least=2)
    measured = _find_classes(root / held_out, least=1)
    if unknown := ", ".join(sorted(measured.keys() - learned.keys())):
        raise UserError(f"{root} has {unknown} in {held_out}/ but not in {TRAINING_FOLDER}/.")
    notes = []
    if unmeasured := ", ".join(name for name in learned if name not in measured):
        notes.append(f"No validation image shows {unmeasured}.")
    used = {TRAINING_FOLDER, held_out}
    if unused := ", ".join(p.name for p in list_folders(root) if p.name not in used):
        notes.append(f"Only {TRAINING_FOLDER}/ and {held_out}/ were read, not {unused}.")
    train, validation = (
        tuple(
            _label(root, path, label)
            for label, name in enumerate(learned)
            for path in side.get(name, ())
        )
        for side in (learned, measured)
    )
    return ImageSet(root.resolve().name, tuple(learned), train, validation, notes=tuple(notes))


def _make_split(root: Path, validation_fraction: float, seed: int) -> ImageSet:
    classes = _find_classes(root, least=2)
    if single := ", ".join(name for name, paths in classes.items() if len(paths) == 1):
        why = "a class needs 2 or more, to learn from and to measure with"
        raise UserError(f"{root} has only one image of {single}; {why}.")
    train: list[Sample] = []
    validation: list[Sample] = []
    for label, paths in enumerate(classes.values()):
        draws = {path: _draw(path.relative_to(root).as_posix(), seed) for path in paths}
        wanted = sum(draw < validation_fraction for draw in draws.values())
        held_out = set(sorted(paths, key=draws.__getitem__)[: min(max(wanted, 1), len(paths) - 1)])
        for path in paths:
            (validation if path in held_out else train).append(_label(root, path, label))
    return ImageSet(root.resolve().name, tuple(classes), tuple(train), tuple(validation))


def _label(root: Path, path: Path, label: int) -> Sample:
    return Sample(path.relative_to(root).as_posix(), label, path)


def _draw(name: str, seed: int) -> float:
    """Draw a number from 0 to 1 that depends on nothing but its arguments."""
    digest = hashlib.sha256(f"{seed}/{name}".encode(errors="surrogateescape")).digest()
    return int.from_bytes(digest[:8]) / 2**64


def _find_classes(folder: Path, least: int) -> Classes:
    classes = {place.name: find_images(place) for place in list_folders(folder)}
    if len(classes) < least:
        found = f"only one class folder, {next(iter(classes))}" if classes else "no class folder"
        needed = "there must be a folder for each of 2 or more classes"
        split = f"or {TRAINING_FOLDER}/ and {VALIDATION_FOLDERS[0]}/ with such folders"
        raise UserError(f"{folder} has {found}; {needed}, {split}.")
    for name, paths in classes.items():
        if not paths:
            raise UserError(f"{folder / name} has no image ({', '.join(SUFFIXES)}) in it.")
    return classes
