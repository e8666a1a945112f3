"""Labelled images to measure networks with, in the forms in which people have them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.data.classset import ClassSet
from saliencnn.data.image_files import SUFFIXES, find_images, list_folders
from saliencnn.data.imagenet import imagenet_classes, validation_labels
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.labels_file import read_labels
from saliencnn.data.sources import names_image_set, read_image_set

LABELS = "labels.txt"


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
        class_set: the networks' classes.
        labels: for a flat folder, a file for ``read_labels``; by default its ``labels.txt``,
            and for ImageNet's validation images the labels that are known.
        limit: no more images than these, evenly taken from all classes.

    Raises:
        UserError: there is no such folder, no image has a label, or no label is a class.
    """
    if limit is not None and limit < 1:
        raise UserError(f"--limit is {limit}; it must be 1 or more.")
    root = Path(os.path.expanduser(spec))
    if not root.is_dir():
        if labels is not None or not names_image_set(spec):
            raise UserError(f"There is no folder {spec} with images.")
        found = _from_image_set(read_image_set(spec), class_set)
    elif labels or (root / LABELS).is_file() or find_images(root, deep=False):
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
    folders = list_folders(root)
    if not folders:
        raise UserError(f"{root} has neither images nor folders with images in it.")
    matched, notes = _match([folder.name for folder in folders], class_set, str(root))
    samples = tuple(
        Sample(path.relative_to(root).as_posix(), matched[folder.name], path)
        for folder in folders
        if folder.name in matched
        for path in find_images(folder)
    )
    if not samples:
        raise UserError(f"{root} has class folders but no image ({', '.join(SUFFIXES)}) in them.")
    return LabelledImages(_name_of(root), samples, notes)


def _read_flat(root: Path, class_set: ClassSet, labels: Path | None) -> LabelledImages:
    paths = {path.name: path for path in _images_beside(root)}
    listed = labels or (root / LABELS if (root / LABELS).is_file() else None)
    notes: tuple[str, ...] = ()
    if listed is not None:
        known, notes = read_labels(listed, class_set, paths)
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
    if unlabelled := len(paths) - len(samples):
        notes += (f"{unlabelled} of {len(paths)} images have no label and were left out.",)
    return LabelledImages(_name_of(root), samples, notes)


def _match(
    names: Sequence[str], class_set: ClassSet, where: str
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the class of each name that means one, and a note about the others."""
    matched = class_set.match(names)
    unknown = [name for name in names if name not in matched]
    return matched, class_set.report_unknown(unknown, len(names), where)


def _images_beside(root: Path) -> list[Path]:
    """Return the images of a flat folder: its own, and those in its ``images``."""
    places = (root / "images", root)
    return [path for place in places if place.is_dir() for path in find_images(place, deep=False)]


def _name_of(root: Path) -> str:
    resolved = root.resolve()
    return resolved.parent.name if resolved.name == "images" else resolved.name
