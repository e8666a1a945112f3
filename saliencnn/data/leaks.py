"""Images that are in both splits, or in two classes: once by their bytes, once by their look."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from saliencnn.common.names import readable_text
from saliencnn.common.progress import Progress, silent
from saliencnn.common.sentences import cut_middle
from saliencnn.data.contents import map_on_cores
from saliencnn.data.fingerprints import find_near_pairs, perceptual_hash
from saliencnn.data.imageset import ImageSet, Sample

Similarity = Literal["identical", "nearly identical", "mirrored"]

LEAKS = "image-set/leaks.csv"
NOTHING = hashlib.sha256(b"").hexdigest()
"""The hash of what cannot be read, or is empty."""
MAX_LISTED = 10_000
"""Pairs that are listed; the notes count all."""
COLUMNS = (
    *("similarity", "image", "split", "class"),
    *("other image", "other split", "other class", "differing bits of 256"),
)


@dataclass(frozen=True)
class Twins:
    """Two images that are the same.

    Attributes:
        similarity: how they are the same.
        one: position of the first, among the training, then the validation, then the test images.
        other: position of the second, which is greater.
        distance: bits of 256 in which their perceptual hashes differ.
    """

    similarity: Similarity
    one: int
    other: int
    distance: int = 0


@dataclass(frozen=True)
class Leaks:
    """What is in both splits of an image set, or in two of its classes.

    Attributes:
        image_set: whose positions the twins have.
        twins: identical ones first.
    """

    image_set: ImageSet
    twins: tuple[Twins, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences of a run, with numbers and a first example."""
        return self.describe(f"; the run's artifact {LEAKS} lists them")

    def describe(self, where: str = "") -> tuple[str, ...]:
        """Return sentences with numbers and a first example.

        Args:
            where: ends each of them: where all pairs are listed.
        """
        return (
            *self._note_split("validation", where),
            *self._note_split("test", where),
            *self._note_classes(where),
        )

    def encode(self) -> bytes:
        """Return a table (CSV) of the first ``MAX_LISTED`` pairs."""
        text = io.StringIO(newline="")
        rows = csv.writer(text)
        rows.writerow(COLUMNS)
        for twins in self.twins[:MAX_LISTED]:
            row = (*self._row(twins.one), *self._row(twins.other))
            rows.writerow((twins.similarity, *row, twins.distance))
        return text.getvalue().encode(errors="backslashreplace")

    def _note_split(self, split: str, where: str) -> tuple[str, ...]:
        learned = len(self.image_set.train)
        across = [t for t in self.twins if t.one < learned and self._split(t.other) == split]
        if not across:
            return ()
        images = len({twins.other for twins in across})
        total = f"{len(getattr(self.image_set, split)):,} {split} images"
        words = f"{images:,} of {total} are among the training images, too"
        return (self._note(words, across, where),)

    def _note_classes(self, where: str) -> tuple[str, ...]:
        between = [t for t in self.twins if self._label(t.one) != self._label(t.other)]
        if not between:
            return ()
        images = len({place for twins in between for place in (twins.one, twins.other)})
        return (self._note(f"{images:,} images are in two classes", between, where),)

    def _note(self, words: str, twins: Sequence[Twins], where: str) -> str:
        kinds = Counter(pair.similarity for pair in twins)
        counts = ", ".join(f"{number:,} {similarity}" for similarity, number in kinds.items())
        one, other = (cut_middle(self._row(p)[0], 40) for p in (twins[0].one, twins[0].other))
        pairs = f"pairs: {counts}, e.g. {one} and {other}"
        return f"{words} ({pairs}{where})."

    def _split(self, place: int) -> str:
        for split, side in (
            ("training", self.image_set.train),
            ("validation", self.image_set.validation),
        ):
            if place < len(side):
                return split
            place -= len(side)
        return "test"

    def _row(self, place: int) -> tuple[str, str, str]:
        sample = _sample(self.image_set, place)
        return readable_text(sample.name), self._split(place), self.image_set.classes[sample.label]

    def _label(self, place: int) -> int:
        return _sample(self.image_set, place).label


def decode_rows(content: bytes) -> list[tuple[str, ...]]:
    """Return the rows of a table that ``Leaks.encode`` gave; none of what is something else.

    Earlier versions called the first column "likeness".
    """
    lines = io.StringIO(content.decode(errors="replace"), newline="")
    try:
        heading, *rows = (tuple(row) for row in csv.reader(lines))
    except (ValueError, csv.Error):
        return []
    return [row for row in rows if len(row) == len(COLUMNS)] if heading[1:] == COLUMNS[1:] else []


def find_leaks(image_set: ImageSet, contents: Sequence[str], report: Progress = silent) -> Leaks:
    """Look for images that are in both splits or in two classes.

    Images that are drawn, not read from files, are not looked at: they are as they were asked for.

    Args:
        image_set: before its labels are randomized.
        contents: ``hash_contents`` of its training, then its validation, then its test images.
        report: called with the progress.
    """
    samples = (*image_set.train, *image_set.validation, *image_set.test)
    files = [
        place for place, sample in enumerate(samples) if not isinstance(sample.image, np.ndarray)
    ]
    labels = np.array([sample.label for sample in samples], np.int64)
    held_out = np.arange(len(samples)) >= len(image_set.train)
    identical = _find_identical(files, contents, labels, held_out)
    alike = _find_alike(samples, files, contents, labels, held_out, report)
    return Leaks(image_set, (*identical, *alike))


def _sample(image_set: ImageSet, place: int) -> Sample:
    for side in (image_set.train, image_set.validation):
        if place < len(side):
            return side[place]
        place -= len(side)
    return image_set.test[place]


def _find_identical(
    files: Sequence[int], contents: Sequence[str], labels: np.ndarray, held_out: np.ndarray
) -> list[Twins]:
    """Pair each image with the first of the same bytes in the other split or another class."""
    same: dict[str, list[int]] = {}
    for place in files:
        same.setdefault(contents[place], []).append(place)
    same.pop(NOTHING, None)
    pairs: set[tuple[int, int]] = set()
    for places in same.values():
        by_class: dict[int, int] = {}
        for place in places:
            by_class.setdefault(int(labels[place]), place)
        for place in places[1:]:
            others = [first for label, first in by_class.items() if label != labels[place]]
            if held_out[place] and not held_out[places[0]]:
                others.append(places[0])
            pairs |= {(min(place, other), max(place, other)) for other in others[:1] + others[-1:]}
    return [Twins("identical", one, other) for one, other in sorted(pairs)]


def _find_alike(
    samples: Sequence[Sample],
    files: Sequence[int],
    contents: Sequence[str],
    labels: np.ndarray,
    held_out: np.ndarray,
    report: Progress,
) -> list[Twins]:
    """Pair images that look the same; of validation images the mirror image is looked for, too."""
    read = [samples[place] for place in files]
    looks = zip(files, map_on_cores(perceptual_hash, read, report, "comparing images"), strict=True)
    seen = [(place, look) for place, look in looks if look is not None]
    mirrored = [(place, look[1]) for place, look in seen if held_out[place]]
    hashes = [look[0] for _, look in seen] + [look for _, look in mirrored]
    if len(hashes) < 2:
        return []
    places = np.array([place for place, _ in seen] + [place for place, _ in mirrored])
    mirror = np.arange(len(hashes)) >= len(seen)
    content = np.unique(np.array(contents), return_inverse=True)[1]

    def is_leak(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        a, b = places[one], places[other]
        apart = (held_out[a] != held_out[b]) | (labels[a] != labels[b])
        return apart & (content[a] != content[b]) & ~(mirror[one] & mirror[other])

    pairs, distances = find_near_pairs(np.stack(hashes), is_leak)
    found: dict[tuple[int, int], Twins] = {}
    for (one, other), distance in zip(pairs.tolist(), distances.tolist(), strict=True):
        similarity: Similarity = "mirrored" if mirror[other] else "nearly identical"
        a, b = sorted((int(places[one]), int(places[other])))
        found.setdefault((a, b), Twins(similarity, a, b, distance))
    # The clearest first, and mirror images last.
    return sorted(found.values(), key=lambda t: (t.similarity == "mirrored", t.distance))
