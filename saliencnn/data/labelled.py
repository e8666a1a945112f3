"""Labelled images to measure networks with, in the forms in which people have them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.common.evenly import take_evenly
from saliencnn.common.names import readable_name, readable_text
from saliencnn.common.sentences import list_names, show
from saliencnn.data.classset import ClassSet
from saliencnn.data.folder import report_rest
from saliencnn.data.image_files import Folder, follow_links, report_left_out, same_name, scan_folder
from saliencnn.data.imagenet import imagenet_classes, validation_labels
from saliencnn.data.imageset import ImageSet, Sample, make_samples_readable
from saliencnn.data.labels_file import read_labels
from saliencnn.data.layout import Layout, find_layout
from saliencnn.data.sources import names_image_set, read_image_set

LABELS = "labels.txt"
IMAGES = "images"


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
    spec: str,
    class_set: ClassSet,
    labels: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
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
        seed: of an image set whose split is drawn by chance: the one that it was trained with.

    Raises:
        UserError: there is no such folder, no image has a label, or no label is a class.
    """
    if limit is not None and limit < 1:
        raise UserError(f"--limit is {limit}; it must be 1 or more.")
    require_images(spec, labels)
    root = Path(os.path.expanduser(spec))
    if not root.is_dir():
        found = _from_image_set(read_image_set(spec, seed), class_set)
    else:
        tree = scan_folder(root)
        flat = labels or _is_flat(tree, class_set)
        found = _read_flat(tree, class_set, labels) if flat else _read_folders(tree, class_set)
    samples = sorted(found.samples, key=lambda sample: (sample.label, sample.name))
    if limit is not None:
        samples = take_evenly(samples, limit)
    notes = tuple(map(readable_text, found.notes))
    return LabelledImages(readable_name(found.name), make_samples_readable(samples), notes)


def require_images(spec: str, labels: Path | None) -> None:
    """Refuse images that are not there, before anything costs time.

    Raises:
        UserError: there is no such folder, and no image set is called so.
    """
    there = os.path.isdir(os.path.expanduser(spec))
    if not there and (labels is not None or not names_image_set(spec)):
        raise UserError(f"There is no folder {show(spec, 120)} with images.")


def _from_image_set(image_set: ImageSet, class_set: ClassSet) -> LabelledImages:
    matched, notes = _match(image_set.classes, class_set, image_set.name)
    samples = (
        replace(s, label=matched[name])
        for s in image_set.validation
        if (name := image_set.classes[s.label]) in matched
    )
    return LabelledImages(image_set.name, tuple(samples), notes)


def _is_flat(tree: Folder, class_set: ClassSet) -> bool:
    """Whether the images lie right in a folder or in its ``images``, and in no class's folder."""
    if not (tree.images or _images_of(tree)):
        return False
    alone = not any(folder.has_images for folder in tree.folders if folder.name != IMAGES)
    return alone or (tree.path / LABELS).is_file() or not _class_folders(tree, class_set)


def _class_folders(tree: Folder, class_set: ClassSet) -> list[Folder]:
    folders = [folder for folder in follow_links(tree).folders if folder.all_images]
    matched = class_set.match([folder.name for folder in folders])
    return [folder for folder in folders if folder.name in matched]


def _read_folders(tree: Folder, class_set: ClassSet) -> LabelledImages:
    tree = follow_links(tree)
    layout = Layout(tree) if _class_folders(tree, class_set) else find_layout(tree)
    side = layout.validation or layout.train
    folders = [folder for folder in side.folders if folder.all_images]
    if not folders:
        raise _lacks_images(side)
    notes: tuple[str, ...] = ()
    if side is not tree:
        notes = (f"Only {side.path.relative_to(tree.path).as_posix()}/ was evaluated.",)
    matched, unknown = _match([same_name(f.name) for f in folders], class_set, show(tree.path))
    samples = tuple(
        Sample(path.relative_to(tree.path).as_posix(), matched[same_name(folder.name)], path)
        for folder in folders
        if same_name(folder.name) in matched
        for path in folder.all_images
    )
    rest = report_rest([*layout.around, side], [side])
    return LabelledImages(_name_of(tree.path), samples, (*notes, *unknown, *rest))


def _lacks_images(folder: Folder) -> UserError:
    where = show(folder.path)
    others = " ".join(report_left_out([], [folder]))
    if not folder.folders:
        return UserError(f"{where} has neither images nor folders with images in it. {others}")
    return UserError(f"{where} has class folders but no image in them. {others}".strip())


def _read_flat(tree: Folder, class_set: ClassSet, labels: Path | None) -> LabelledImages:
    root = tree.path
    paths = {path.name: path for path in (*_images_of(tree), *tree.images)}
    listed = labels or (root / LABELS if (root / LABELS).is_file() else None)
    notes: tuple[str, ...] = ()
    if listed is not None:
        known, notes = read_labels(listed, class_set, paths)
    elif class_set.digest == imagenet_classes().digest:
        known = validation_labels()
    else:
        raise UserError(
            f"{show(tree.path)} has images but no {LABELS}; give --labels FILE with a "
            "file name and a class a line, or a folder for each class."
        )
    samples = tuple(Sample(n, known[n], p) for n, p in paths.items() if n in known)
    if not samples:
        where = str(listed) if listed else "ImageNet's validation labels"
        raise UserError(
            f"None of the {len(paths)} images in {show(tree.path)} is listed in {show(where)}."
        )
    if unlabelled := len(paths) - len(samples):
        notes += (f"{unlabelled} of {len(paths)} images have no label and were left out.",)
    others = [f.name for f in tree.folders if f.name != IMAGES and f.has_images]
    if others:
        notes += (f"Folders beside the images were not read: {list_names(others)}.",)
    return LabelledImages(_name_of(root), samples, notes)


def _match(
    names: Sequence[str], class_set: ClassSet, where: str
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the class of each name that means one, and a note about the others."""
    matched = class_set.match(names)
    unknown = [name for name in names if name not in matched]
    return matched, class_set.report_unknown(unknown, len(names), where)


def _images_of(tree: Folder) -> tuple[Path, ...]:
    """Return the images right in a folder's ``images``."""
    return next((f.images for f in follow_links(tree).folders if f.name == IMAGES), ())


def _name_of(root: Path) -> str:
    resolved = root.resolve()
    return resolved.parent.name if resolved.name == IMAGES else resolved.name
