"""What an image set is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from saliencnn.common.names import readable_name, readable_text
from saliencnn.common.sentences import count, list_names
from saliencnn.data.masks import Mask
from saliencnn.data.window import AUTO, Window

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the undistorted original image, origin top left."""


@dataclass(frozen=True)
class Sample:
    """One labelled image.

    Attributes:
        name: unique within the image set, stable between machines, '/' between folders.
        label: index into ``ImageSet.classes``.
        image: a file, the content of one, or the decoded image itself as uint8 (H, W, 3).
        object_box: where the object is, if known.
        head_box: where the object's head is, if known.
        object_mask: the object's exact pixels, if known; goes before the box.
        head_mask: likewise of the head.
        window: values that are shown where the file has more than 8 bits each; None for all that
            its format holds.
    """

    name: str
    label: int
    image: Path | bytes | np.ndarray
    object_box: Box | None = None
    head_box: Box | None = None
    object_mask: Mask | None = None
    head_mask: Mask | None = None
    window: Window | None = None


@dataclass(frozen=True)
class ImageSet:
    """Labelled images, split.

    Attributes:
        name: short name for people, e.g. ``cub10``.
        classes: class names; a sample's label is an index into it.
        train: images to learn from.
        validation: images to measure with; the dashboard shows these.
        counterfactual: images in which a shortcut misleads; measured, never learned from.
        test: images that are measured once, with the network of the last epoch.
        notes: sentences a person should know, e.g. classes left out for want of images.
        window: what was decided for images deeper than 8 bits, as ``--window`` takes it; ``auto``
            where there are none.
    """

    name: str
    classes: tuple[str, ...]
    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    counterfactual: tuple[Sample, ...] = ()
    test: tuple[Sample, ...] = ()
    notes: tuple[str, ...] = ()
    window: str = AUTO


def map_samples(
    image_set: ImageSet, change: Callable[[Sequence[Sample]], tuple[Sample, ...]]
) -> ImageSet:
    """Return an image set with each of its parts changed in the same way."""
    return replace(
        image_set,
        train=change(image_set.train),
        validation=change(image_set.validation),
        counterfactual=change(image_set.counterfactual),
        test=change(image_set.test),
    )


def randomize_labels(image_set: ImageSet, seed: int) -> ImageSet:
    """Permute the training labels among the training images (Adebayo 2018, section 3.2).

    Classes keep their numbers of images, and what is measured with keeps its true labels.
    """
    labels = np.random.default_rng(seed).permutation([sample.label for sample in image_set.train])
    randomized = tuple(
        replace(sample, label=int(label))
        for sample, label in zip(image_set.train, labels, strict=True)
    )
    note = "The training labels were randomized: this network can only memorize."
    return replace(image_set, train=randomized, notes=(*image_set.notes, note))


def make_readable(image_set: ImageSet) -> ImageSet:
    """Write all names of an image set so that stores and pages can hold them, and say so."""
    classes = make_different([readable_name(name) for name in image_set.classes])
    changed = [now for was, now in zip(image_set.classes, classes, strict=True) if was != now]
    notes = [readable_text(note) for note in image_set.notes]
    if changed:
        few = list_names(changed)
        what = count(len(changed), "class name holds", "class names hold")
        notes.append(f"{what} what cannot be stored and is written here as: {few}.")
    named = replace(
        image_set, name=readable_name(image_set.name), classes=classes, notes=tuple(notes)
    )
    return map_samples(named, make_samples_readable)


def make_samples_readable(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Write the names of images so that stores and pages can hold them."""
    names = make_different([readable_text(sample.name) for sample in samples])
    return tuple(
        sample if sample.name == name else replace(sample, name=name)
        for sample, name in zip(samples, names, strict=True)
    )


def make_different(names: Sequence[str]) -> tuple[str, ...]:
    """Number those names that others before them have, too."""
    different: dict[str, None] = {}
    for name in names:
        candidate, number = name, 2
        while candidate in different:
            candidate, number = f"{name} ({number})", number + 1
        different[candidate] = None
    return tuple(different)
