"""What an image set holds, before anything is trained on it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.evenly import take_evenly
from saliencnn.common.progress import Progress, silent
from saliencnn.common.sentences import count, list_names, quote, show
from saliencnn.data.contents import hash_contents, map_on_cores
from saliencnn.data.geometry import Geometry
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.leaks import Leaks, find_leaks
from saliencnn.data.opening import UnreadableImage, open_image, open_stream
from saliencnn.data.properties import PROPERTIES
from saliencnn.data.shortcuts import ImageProperties, find_shortcuts, measure_properties

UNBALANCED = 5
"""How many times the images of the smallest class the largest must have to be worth a note."""
MAX_CLASSES = 30
"""Classes that are listed."""
MAX_OPENED = 20_000
"""Images whose size is read, evenly taken from all."""


@dataclass(frozen=True, eq=False)
class Inspection:
    """What was found.

    Attributes:
        image_set: as it was read.
        sizes: height and width of images, int (N, 2), as their files say.
        unreadable: names of images whose file does not open.
        why: a sentence about the first of them.
        leaks: images that are there twice.
        measured: properties of the training images beside their content.
    """

    image_set: ImageSet
    sizes: np.ndarray
    unreadable: tuple[str, ...]
    why: str
    leaks: Leaks
    measured: ImageProperties


def inspect_images(image_set: ImageSet, report: Progress = silent) -> Inspection:
    """Look at an image set's files, their sizes and whether any is there twice.

    Args:
        image_set: as it was read.
        report: called with the progress.
    """
    every = (*image_set.train, *image_set.validation, *image_set.test, *image_set.counterfactual)
    some = take_evenly(every, MAX_OPENED)
    found = list(map_on_cores(read_size, some, report, "opening images"))
    bad = [(s.name, f) for s, f in zip(some, found, strict=True) if isinstance(f, str)]
    sizes = np.array([f for f in found if not isinstance(f, str)], int).reshape(-1, 2)
    contents = hash_contents((*image_set.train, *image_set.validation, *image_set.test), report)
    leaks = find_leaks(image_set, contents, report)
    why = bad[0][1] if bad else ""
    measured = measure_properties(image_set.classes, image_set.train, report)
    return Inspection(image_set, sizes, tuple(name for name, _ in bad), why, leaks, measured)


def read_size(sample: Sample) -> tuple[int, int] | str:
    """Return an image's height and width; a sentence where its file does not open."""
    if isinstance(sample.image, np.ndarray):
        return sample.image.shape[0], sample.image.shape[1]
    try:
        with open_stream(sample.image, sample.name) as stream:
            image = open_image(stream, sample.name)
            width, height = image.size if hasattr(image, "size") else image.values.shape[1::-1]
            return height, width
    except UnreadableImage as error:
        return str(error)


def report_balance(image_set: ImageSet) -> tuple[str, ...]:
    """Return a note about classes of which there are many times fewer training images."""
    counts = np.bincount([s.label for s in image_set.train], minlength=len(image_set.classes))
    least, most = int(counts.argmin()), int(counts.argmax())
    if counts[most] < UNBALANCED * max(1, counts[least]):
        return ()
    few, many = (f"{counts[i]:,} of {quote(image_set.classes[i], 30)}" for i in (least, most))
    return (
        f"The classes are unbalanced: {many}, {few} among the training images. Accuracy says "
        "little of small classes, balanced accuracy more; --balance weights or sampling lets each "
        "class count the same.",
    )


def describe(found: Inspection, geometry: Geometry) -> list[str]:
    """Return lines for a person.

    Args:
        found: what was found.
        geometry: of a training, whose cut is compared with the whole images.
    """
    image_set = found.image_set
    splits = {
        "training": image_set.train,
        "validation": image_set.validation,
        "test": image_set.test,
        "counterfactual": image_set.counterfactual,
    }
    splits = {name: samples for name, samples in splits.items() if samples}
    sums = ", ".join(f"{len(samples):,} {name}" for name, samples in splits.items())
    lines = [
        f"{image_set.name}: {count(len(image_set.classes), 'class', 'classes')}; {sums} images"
    ]
    lines += ["", *_tabulate(image_set, splits), ""]
    lines += _describe_sizes(found.sizes, geometry)
    lines += _describe_regions(splits)
    if found.unreadable:
        several = count(len(found.unreadable), "image does", "images do")
        lines.append(f"{several} not open: {list_names(found.unreadable)}. {found.why}")
    lines += _describe_shortcuts(found.measured)
    notes = (*image_set.notes, *report_balance(image_set), *found.leaks.describe())
    return lines + [f"note: {sentence}" for sentence in notes]


def _tabulate(image_set: ImageSet, splits: dict[str, tuple[Sample, ...]]) -> list[str]:
    counts = {name: Counter(s.label for s in samples) for name, samples in splits.items()}
    shown = [show(name, 40) for name in image_set.classes[:MAX_CLASSES]]
    width = max(map(len, ("class", *shown)))
    lines = [f"{'class':{width}}  " + "  ".join(f"{name:>{max(10, len(name))}}" for name in counts)]
    for label, name in enumerate(shown):
        cells = (f"{of[label]:>{max(10, len(split))},}" for split, of in counts.items())
        lines.append(f"{name:{width}}  " + "  ".join(cells))
    if rest := len(image_set.classes) - len(shown):
        lines.append(f"and {rest:,} more")
    return lines


def _describe_sizes(sizes: np.ndarray, geometry: Geometry) -> list[str]:
    if not len(sizes):
        return []
    shorter = np.sort(sizes.min(1))
    areas = sizes.prod(1)
    smallest, largest = (sizes[i] for i in (areas.argmin(), areas.argmax()))
    small, large = (f"{width} x {height}" for height, width in (smallest, largest))
    middle = int(shorter[len(shorter) // 2])
    cuts = np.array([geometry.seen_box(int(h), int(w)) for h, w in sizes])
    seen = float((((cuts[:, 2] - cuts[:, 0]) * (cuts[:, 3] - cuts[:, 1])) / areas).mean())
    return [
        f"sizes: {small} to {large} pixels; half of the shorter sides have {middle:,} or more; "
        f"with --fit {geometry.mode} a network sees {seen:.0%} of an image on average"
    ]


def _describe_regions(
    splits: Mapping[str, Sequence[Sample]],
) -> list[str]:
    known = {
        name: sum(s.object_mask is not None or s.object_box is not None for s in samples)
        for name, samples in splits.items()
    }
    if not any(known.values()):
        return ["objects: nobody says where they are, so focus is not measured"]
    parts = (f"{known[name]:,} of {len(splits[name]):,} {name}" for name in splits)
    return [f"objects: {', '.join(parts)} images say where theirs is"]


def _describe_shortcuts(measured: ImageProperties) -> list[str]:
    """Return what gives the class away; else what was looked at, or why nothing is said."""
    shortcuts = find_shortcuts(measured)
    if shortcuts:
        return [f"shortcut: {one.sentence}" for one in shortcuts]
    if not measured.says_something:
        return ["shortcuts: too few training images to say whether anything gives the class away"]
    looked_at = ", ".join(PROPERTIES[name].label.removeprefix("the ") for name in measured.values)
    images = count(len(measured.labels), "training image", "training images")
    return [f"shortcuts: none of these alone tells the class of {images}: {looked_at}"]
