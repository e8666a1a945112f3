"""What the images of a training are, found before its first epoch: contents, leaks, shortcuts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from saliencnn.common.evenly import take_evenly
from saliencnn.common.progress import Progress, silent
from saliencnn.data.contents import hash_contents, map_on_cores
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.inspection import read_size
from saliencnn.data.leaks import Leaks, find_leaks
from saliencnn.data.shortcuts import Shortcut, find_shortcuts, measure_properties
from saliencnn.data.training_images import TrainingImages

LOOKED_AT = 300
"""Training images whose properties are looked at before a training begins."""


@dataclass(frozen=True, eq=False)
class ImageFacts:
    """What was found in an image set.

    Attributes:
        learned_from: the training images by their contents, before any labels were randomized.
        tested_on: the images of the test split likewise.
        leaks: images in both splits or in two classes.
        shortcuts: properties of the training images' files that give their class away.
        each: how many training images each class has.
        side: of half of the training images the shorter side has as many pixels or more.
    """

    learned_from: TrainingImages
    tested_on: TrainingImages
    leaks: Leaks
    shortcuts: tuple[Shortcut, ...]
    each: tuple[int, ...]
    side: int


class KnownImages:
    """Looks at the images of one training after the other, and only once while they are the same.

    That takes minutes for a million of them, and a search trains many times on the same ones.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._mark = ""
        self._facts: ImageFacts | None = None

    def look(self, image_set: ImageSet, report: Progress) -> ImageFacts:
        """Return what is found in an image set, before its labels are randomized.

        Args:
            image_set: the images.
            report: called with the progress of comparing them.
        """
        mark = _mark((*image_set.train, *image_set.validation, *image_set.test))
        if self._facts is None or not mark or mark != self._mark:
            self._mark, self._facts = mark, _look(image_set, report)
        return self._facts


def _look(image_set: ImageSet, report: Progress) -> ImageFacts:
    contents = hash_contents((*image_set.train, *image_set.validation, *image_set.test))
    learned, apart = len(image_set.train), len(contents) - len(image_set.test)
    return ImageFacts(
        TrainingImages.of(image_set, contents[:learned]),
        TrainingImages.of(replace(image_set, train=image_set.test), contents[apart:]),
        find_leaks(image_set, contents, report),
        look_for_shortcuts(image_set, report),
        _count_each(image_set),
        _measure_side(image_set, report),
    )


def _count_each(image_set: ImageSet) -> tuple[int, ...]:
    labels = [sample.label for sample in image_set.train]
    return tuple(np.bincount(labels, minlength=len(image_set.classes)).tolist())


def _measure_side(image_set: ImageSet, report: Progress) -> int:
    files = _list_files(image_set)
    some = take_evenly(files or image_set.train, LOOKED_AT)
    # Images that are drawn are in memory: there is nothing to wait for.
    found = map_on_cores(read_size, some, report if files else silent, "opening images")
    shorter = sorted(min(size) for size in found if not isinstance(size, str))
    return shorter[len(shorter) // 2] if shorter else 0


def _list_files(image_set: ImageSet) -> list[Sample]:
    return [sample for sample in image_set.train if not isinstance(sample.image, np.ndarray)]


def look_for_shortcuts(image_set: ImageSet, report: Progress) -> tuple[Shortcut, ...]:
    """Return what gives the class of some training images away; nothing of images that are drawn.

    ``saliencnn inspect`` looks at more of them.
    """
    files = _list_files(image_set)
    return find_shortcuts(measure_properties(image_set.classes, files, report, LOOKED_AT))


def _mark(samples: Sequence[Sample]) -> str:
    """Return what tells files from others without reading them; empty where not all are files."""
    digest = hashlib.sha256()
    for sample in samples:
        if not isinstance(sample.image, Path):
            return ""
        try:
            known = sample.image.stat()
        except OSError:
            return ""
        facts = (sample.name, sample.label, str(sample.image), known.st_size, known.st_mtime_ns)
        digest.update(repr(facts).encode(errors="backslashreplace"))
    return digest.hexdigest()
