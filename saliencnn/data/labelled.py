"""Labelled images to measure networks with, in the forms in which people have them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.data.classset import ClassSet
from saliencnn.data.folder import SUFFIXES
from saliencnn.data.imagenet import imagenet_classes, validation_labels
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.sources import read_image_set

LABELS = "labels.txt"
_NAMED = 5
"""Names that a sentence lists at most."""


@dataclass(frozen=True)
class LabelledImages:
    """Images with the class that each shows.

    Attributes:
        name: of the folder or image set.
        samples: by class, then name; labels are indices into the class set they were read for.
        notes: sentences about what was left out.
    """

    name: str
    samples: tuple[Sample, ...]
    notes: tuple[str, ...]


def read_labelled(
    spec: str, class_set: ClassSet, labels: Path | None = None, limit: int | None = None
) -> LabelledImages:
    """Find the labelled images of a folder or an image set.

    Args:
        spec: a folder: flat, with images in it or in its ``images``, or with one folder for
            each class, named by its name, a synonym or its WordNet id. Or an image set as
            ``saliencnn train`` takes it, of which the validation images count.
        class_set: what the networks tell apart.
        labels: for a flat folder, lines of file name and class (a number counted from 0, a name
            or a WordNet id); by default its ``labels.txt``, and for ImageNet's validation
            images the labels that are known.
        limit: no more images than these, evenly taken from all classes.

    Raises:
        UserError: there is no such folder, no image has a label, or no label is a class.
    """
    if limit is not None and limit < 1:
        raise UserError(f"--limit is {limit}; it must be 1 or more.")
    root = Path(os.path.expanduser(spec))
    if not root.is_dir():
        if labels is not None or not spec.startswith(("planted", "cub200:", "folder:")):
            raise UserError(f"There is no folder {spec} with images.")
        found = _from_image_set(read_image_set(spec), class_set)
    elif labels or (root / LABELS).is_file() or _images_in(root):
        found = _read_flat(root, class_set, labels)
    else:
        found = _read_folders(root, class_set)
    samples = sorted(found.samples, key=lambda sample: (sample.label, sample.name))
    if limit is not None and limit < len(samples):
        samples = [samples[i * len(samples) // limit] for i in range(limit)]
    return LabelledImages(found.name, tuple(samples), found.notes)


def _from_image_set(image_set: ImageSet, class_set: ClassSet) -> LabelledImages:
    matched, notes = _match(image_set.classes, class_set, image_set.name)
    samples = (
        Sample(s.name, matched[name], s.image, s.object_box, s.head_box)
        for s in image_set.validation
        if (name := image_set.classes[s.label]) in matched
    )
    return LabelledImages(image_set.name, tuple(samples), notes)


def _read_folders(root: Path, class_set: ClassSet) -> LabelledImages:
    folders = [p for p in sorted(root.iterdir()) if p.is_dir() and not p.name.startswith(".")]
    if not folders:
        raise UserError(f"{root} has neither images nor folders with images in it.")
    matched, notes = _match([folder.name for folder in folders], class_set, str(root))
    samples = tuple(
        Sample(path.relative_to(root).as_posix(), matched[folder.name], path)
        for folder in folders
        if folder.name in matched
        for path in _images_in(folder, deep=True)
    )
    if not samples:
        raise UserError(f"{root} has class folders but no image ({', '.join(SUFFIXES)}) in them.")
    return LabelledImages(_name_of(root), samples, notes)


def _read_flat(root: Path, class_set: ClassSet, labels: Path | None) -> LabelledImages:
    paths = {path.name: path for path in _images_in(root / "images") + _images_in(root)}
    listed = labels or (root / LABELS if (root / LABELS).is_file() else None)
    if listed is not None:
        known = _read_labels(listed, class_set)
    elif class_set.digest == imagenet_classes().digest:
        known = validation_labels()
    else:
        raise UserError(
            f"{root} has images but no {LABELS}; give --labels FILE with a file name and a "
            "class a line, or a folder for each class."
        )
    samples = tuple(Sample(n, known[n], p) for n, p in paths.items() if n in known)
    if not samples:
        where = str(listed) if listed else "ImageNet's validation labels"
        raise UserError(f"None of the {len(paths)} images in {root} is listed in {where}.")
    notes: tuple[str, ...] = ()
    if unlabelled := len(paths) - len(samples):
        notes = (f"{unlabelled} of {len(paths)} images have no label and were left out.",)
    return LabelledImages(_name_of(root), samples, notes)


def _read_labels(path: Path, class_set: ClassSet) -> dict[str, int]:
    try:
        rows = [line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The labels {path} cannot be read ({error}).") from error
    rows = [row for row in rows if row]
    if short := next((row for row in rows if len(row) < 2), None):
        raise UserError(f"{path}: {short[0]!r} is not a line of file name and class.")
    named = {text.strip() for _, text in rows if not text.strip().isdecimal()}
    matched, _ = _match(sorted(named), class_set, str(path)) if named else ({}, ())
    known: dict[str, int] = {}
    for name, text in rows:
        label = int(text) if text.strip().isdecimal() else matched.get(text.strip())
        if label is not None and label >= len(class_set):
            last = len(class_set) - 1
            raise UserError(f"{path}: {name} has class {label}; the classes are 0 to {last}.")
        if label is not None:
            known[name] = label
    return known


def _match(
    names: Iterable[str], class_set: ClassSet, where: str
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the class of each name that means one, and a note about the others."""
    names = list(names)
    matched = class_set.match(names)
    others = [name for name in names if name not in matched]
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    few = ", ".join(others[:_NAMED]) + more
    if not matched:
        raise UserError(
            f"No class in {where} ({few}) is one of the {len(class_set)} classes of "
            f"{class_set.name} ({', '.join(class_set.classes[:3])}, ...)."
        )
    if not others:
        return matched, ()
    note = f"{len(others)} of {len(names)} classes are unknown to {class_set.name}: {few}."
    return matched, (note,)


def _images_in(folder: Path, deep: bool = False) -> list[Path]:
    places = folder.rglob("*") if deep else folder.glob("*")
    return sorted(
        path
        for path in places
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def _name_of(root: Path) -> str:
    resolved = root.resolve()
    return resolved.parent.name if resolved.name == "images" else resolved.name
