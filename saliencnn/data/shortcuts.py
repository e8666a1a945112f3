"""Shortcuts that lie in the images: properties beside their content that tell the class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.evenly import take_evenly
from saliencnn.common.progress import Progress, silent
from saliencnn.common.sentences import quote, show
from saliencnn.data.contents import map_on_cores
from saliencnn.data.imageset import Sample
from saliencnn.data.properties import (
    NONE,
    PROPERTIES,
    Property,
    Value,
    name_folders,
    read_properties,
)
from saliencnn.measures.class_prediction import (
    ClassPrediction,
    predict_by_numbers,
    predict_by_words,
)

MAX_IMAGES = 1_000
"""Training images that are looked at, evenly taken from all."""
MIN_IMAGES, MIN_OF_CLASS = 40, 5
"""Fewer images, in all or of a class, say nothing."""
MIN_SKILL, MIN_SKILL_OF_CONTENT = 0.2, 0.5
"""Of what guessing leaves open, what a property must tell before it is said: one that the content
may explain must tell more."""
MIN_F1, MIN_F1_OF_CONTENT = 0.7, 0.85
"""Likewise of one class alone."""
_LONGEST = 40


@dataclass(frozen=True, eq=False)
class ImageProperties:
    """The properties of N images.

    Attributes:
        classes: class names.
        places: int (N,), which of the images that were given.
        labels: int (N,), index into the classes.
        values: property -> each image's value, None where it has none; only properties of which
            there are at least two values.
    """

    classes: tuple[str, ...]
    places: np.ndarray
    labels: np.ndarray
    values: Mapping[str, Sequence[Value | None]]

    @property
    def counted(self) -> np.ndarray:
        """Which images are of a class that is not too small, bool (N,)."""
        images = np.bincount(self.labels, minlength=len(self.classes))
        return np.asarray((images >= MIN_OF_CLASS)[self.labels])

    @property
    def says_something(self) -> bool:
        """Whether there are enough images, of two classes or more."""
        several = len(np.unique(self.labels[self.counted])) > 1
        return several and int(self.counted.sum()) >= MIN_IMAGES


@dataclass(frozen=True, eq=False)
class Shortcut:
    """A property that tells the class.

    Attributes:
        name: of ``PROPERTIES``.
        prediction: how well.
        sentence: what was found, and what to do.
    """

    name: str
    prediction: ClassPrediction
    sentence: str


def measure_properties(
    classes: tuple[str, ...],
    samples: Sequence[Sample],
    report: Progress = silent,
    most: int = MAX_IMAGES,
) -> ImageProperties:
    """Return the properties of images; of those that can be read.

    Args:
        classes: class names.
        samples: the images.
        report: called with the progress.
        most: images that are looked at, evenly taken from all.
    """
    every = take_evenly(range(len(samples)), most)
    some = [samples[i] for i in every]
    found = list(map_on_cores(read_properties, some, report, "looking at images"))
    places = np.array([i for i, one in zip(every, found, strict=True) if one], np.int64)
    read = [(samples[i], one) for i, one in zip(every, found, strict=True) if one]
    values: dict[str, Sequence[Value | None]]
    values = {name: [row.get(name) for _, row in read] for name in PROPERTIES}
    labels = np.array([sample.label for sample, _ in read], np.int64)
    values["folder"] = _name_sources(classes, [sample for sample, _ in read])
    varied = {name: column for name, column in values.items() if len(set(column)) > 1}
    return ImageProperties(classes, places, labels, varied)


def _name_sources(classes: tuple[str, ...], samples: Sequence[Sample]) -> Sequence[Value | None]:
    """Return the two innermost folders of each image, but for those that stand for its class."""
    own = [classes[sample.label].casefold() for sample in samples]
    folders = [name_folders(sample) for sample in samples]
    sources = [
        "/".join([one for one in names if one.casefold() != name][-2:])
        for names, name in zip(folders, own, strict=True)
    ]
    by_name = any(name in map(str.casefold, of) for of, name in zip(folders, own, strict=True))
    pairs = len({*zip(sources, own, strict=True)})
    if not by_name and pairs == len({*sources}) == len({*own}):
        return [None] * len(samples)  # each class has its own folder, whatever that is called
    return sources


def find_shortcuts(measured: ImageProperties) -> tuple[Shortcut, ...]:
    """Return the properties that tell the class of images, the clearest first.

    Each image's class is guessed from the images whose value is nearest, and the guesses beside
    those under permuted labels. Of too few images, and of small classes, nothing is said.
    """
    if not measured.says_something:
        return ()
    found = []
    for name in measured.values:
        prediction = predict_class(measured, name)
        if sentence := _describe(measured, name, prediction):
            found.append(Shortcut(name, prediction, sentence))
    return tuple(sorted(found, key=lambda one: -one.prediction.skill))


def predict_class(measured: ImageProperties, name: str) -> ClassPrediction:
    """Return how well a property tells the class of the images that count."""
    column, counted = measured.values[name], measured.counted
    values = [value for value, counts in zip(column, counted, strict=True) if counts]
    labels = measured.labels[counted]
    if any(isinstance(value, str) for value in values):
        return predict_by_words([str(value or NONE) for value in values], labels)
    return predict_by_numbers(as_numbers(values), labels)


def as_numbers(values: Sequence[Value | None]) -> np.ndarray:
    """Return numbers as a table, (N, D); what is unknown lies below all of them."""
    wide = max(len(value) for value in values if value)
    return np.array([value or (-np.inf,) * wide for value in values], float)


def _describe(measured: ImageProperties, name: str, prediction: ClassPrediction) -> str:
    """Return the sentence about a property, "" where it tells too little."""
    row = PROPERTIES[name]
    skill, f1 = (MIN_SKILL_OF_CONTENT, MIN_F1_OF_CONTENT) if row.content else (MIN_SKILL, MIN_F1)
    best = int(prediction.f1.argmax())
    right, images = prediction.predicted == prediction.labels, len(prediction.labels)
    typical = _compare_classes(measured, name)
    if prediction.skill >= skill:
        found = (
            f"From {row.label} alone the class of {int(right.sum()):,} of {images:,} training "
            f"images can be told ({right.mean():.0%}; guessing: {prediction.guessing:.0%}"
            f"{typical})."
        )
    elif prediction.f1[best] >= f1:
        named, of_class = prediction.predicted == best, prediction.labels == best
        found = (
            f"From {row.label} alone {int((named & of_class).sum()):,} of the "
            f"{int(of_class.sum()):,} training images of {quote(measured.classes[best], _LONGEST)} "
            f"can be told ({int((named & ~of_class).sum()):,} of {int((~of_class).sum()):,} others "
            f"are taken for it{typical})."
        )
    else:
        return ""
    advice = row.advice
    if row.content:
        advice = f"Unless the classes are about it, {advice[0].lower()}{advice[1:]}"
    return f"{found} {advice}"


def _compare_classes(measured: ImageProperties, name: str) -> str:
    """Return what two classes mostly have: those of the least and the greatest values."""
    row, column, counted = PROPERTIES[name], measured.values[name], measured.counted
    by_class = {
        label: [column[int(i)] for i in np.flatnonzero(counted & (measured.labels == label))]
        for label in np.unique(measured.labels[counted])
    }
    usual = {label: _usual(values) for label, values in by_class.items()}
    known = sorted((value, label) for label, value in usual.items() if value is not None)
    words = known and isinstance(known[0][0], str)
    if not known or known[0][0] == known[-1][0] or not (row.number or words):
        return ""
    first, last = (
        f"{_format_value(row, value)} in {quote(measured.classes[label], _LONGEST)}"
        for value, label in (known[0], known[-1])
    )
    return f"; mostly {first}, {last}"


def _usual(values: Sequence[Value | None]) -> str | float | None:
    """Return the most frequent word, or the median of the first numbers."""
    if any(isinstance(value, str) for value in values):
        words = [str(value or NONE) for value in values]
        return max(sorted(set(words)), key=words.count)
    numbers = [float(value[0]) for value in values if value is not None]
    return float(np.median(numbers)) if numbers else None


def _format_value(row: Property, value: str | float) -> str:
    return show(value, _LONGEST) if isinstance(value, str) else row.number.format(value)
