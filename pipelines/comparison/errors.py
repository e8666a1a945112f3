"""Whether maps explain the errors of networks on many images: the answer, and what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from pipelines.comparison.asked import Question
from pipelines.comparison.class_maps import ClassMaps, measure_maps
from pipelines.comparison.subjects import Subject
from saliencnn.common.sentences import first_clause, say_all, say_interval
from saliencnn.data.image_index import ImageIndex
from saliencnn.findings.errors_answer import explain_errors, find_clear
from saliencnn.findings.errors_follow import say_what_errors_mean
from saliencnn.findings.focus_words import Place
from saliencnn.findings.map_errors import (
    FOCUS,
    NUMBERS,
    Means,
    Shifts,
    describe_basis,
    describe_difference,
    describe_focus,
    describe_network,
    find_telling,
)
from saliencnn.measures.groups import MIN_GROUP, Estimate, difference, estimate_together


@dataclass(frozen=True, eq=False)
class ErrorsAnswer:
    """The answer to a question that is asked of many images.

    Attributes:
        said: whether the maps explain the errors, in sentences.
        claim: with what ``said`` begins: the answer itself, without its numbers.
        basis: what was compared.
        follows: what the mistakes are; "" where a clear difference says what to do.
        lines: what differs, a sentence a network.
        sample: which images were explained, where not all, and where the maps lie; may be "".
        clear: networks of whom maps may explain the errors.
        shifts: how missed images differ.
        means: likewise.
        mistakes: network -> the class and the prediction of each image that it misses.
    """

    said: str
    claim: str
    basis: str
    follows: str
    lines: tuple[str, ...]
    sample: str
    clear: tuple[str, ...]
    shifts: Shifts
    means: Means
    mistakes: Mapping[str, Sequence[tuple[str, str]]]


def answer_errors(
    asked: Question,
    class_maps: Sequence[ClassMaps],
    focus: Sequence[np.ndarray],
    index: ImageIndex,
    threshold: float,
) -> ErrorsAnswer:
    """Return whether maps explain the errors.

    Args:
        asked: what is asked, of whom.
        class_maps: each network's maps of the images that are asked of.
        focus: of each network's maps, see ``measure_focus``.
        index: of the images.
        threshold: fraction of a map's maximum from which on a cell belongs to its region.
    """
    subject, names = asked.subject, asked.names
    by_name = dict(zip(names, class_maps, strict=True))
    numbers = {
        name: measure_maps(one, own, threshold)
        for (name, one), own in zip(by_name.items(), focus, strict=True)
    }
    correct = {name: one.correct for name, one in by_name.items()}
    shifts = estimate_together(
        difference,
        {
            (name, number): (values, correct[name])
            for name, own in numbers.items()
            for number, values in own.items()
        },
    )
    means = {
        (name, number): (_mean(values[~correct[name]]), _mean(values[correct[name]]))
        for name, own in numbers.items()
        for number, values in own.items()
    }
    said = explain_errors(shifts, subject.things, means) or describe_few(subject)
    on_object = {name: own[FOCUS] for name, own in numbers.items() if FOCUS in own}
    mistakes = {name: one.name_mistakes(index.classes) for name, one in by_name.items()}
    pairs = [*chain(*mistakes.values())]
    return ErrorsAnswer(
        said=said,
        claim=first_clause(said, names),
        basis=describe_basis({number for _, number in shifts}),
        follows=say_what_errors_mean(
            shifts, means, on_object, correct, pairs, Place(index.box_area)
        ),
        lines=tuple(
            describe_network(name, int(missed), subject.known, shifts, means)
            for name, missed in zip(names, subject.known_missed, strict=True)
        ),
        sample=_describe_sample(subject, on_object, correct, index.box_area is not None),
        clear=tuple(find_clear(shifts)),
        shifts=shifts,
        means=means,
        mistakes=mistakes,
    )


def list_differences(shifts: Shifts, means: Means) -> list[dict[str, str]]:
    """Return how each number differs between missed and correct images, what tells first.

    Returns:
        A row a network and number: network, number, missed ones (how they differ), if missed and
        if correct (the mean, and of how many images), 95% interval (of the difference).
    """
    # What the sentence above them finds too wide to tell is no "no difference".
    telling = {*find_telling(shifts, means)}
    wide = {one for one, shift in shifts.items() if shift.enough and one[0] not in telling}
    return [
        {
            "network": name,
            "number": number,
            "missed ones": "too few to tell"
            if (name, number) in wide
            else describe_difference(shift),
            "if missed": _write_mean(means[name, number][0], shift.failed),
            "if correct": _write_mean(means[name, number][1], shift.correct),
            "95% interval": (
                say_interval(shift.low, shift.high, 2, sign="+") if shift.enough else ""
            ),
        }
        for (name, number), shift in sorted(
            shifts.items(), key=lambda one: (one[0] in wide, _rank(one[1]))
        )
    ]


def explain_differences(shifts: Shifts) -> str:
    """Say how to read what ``list_differences`` returns."""
    told = sum(shift.enough for shift in shifts.values())
    shown = {number for _, number in shifts}
    meanings = " ".join(
        f"{name.capitalize()}: {words}." for name, words in NUMBERS.items() if name in shown
    )
    together = (
        f" The intervals are wide enough for {say_all(told)} comparisons "
        "at once: with 95% all of them hold."
        if told > 1
        else ""
    )
    return (
        "Where missed images differ from correct ones; in brackets the images behind each mean. "
        f"{meanings} An interval that contains 0 "
        f"means that the difference may be chance.{together} "
        f"Nothing is said from fewer than {MIN_GROUP} images on either side."
    )


def describe_few(subject: Subject) -> str:
    """Say that a subject has too few missed or correct images to explain the errors."""
    return f"Too few images of {subject.things} to say whether the maps explain the errors: " + (
        f"{subject.lacking}."
    )


def _describe_sample(
    subject: Subject,
    focus: Mapping[str, np.ndarray],
    correct: Mapping[str, np.ndarray],
    boxed: bool,
) -> str:
    """Say which images were explained, where not all, and how much of maps lies on the object."""
    alone = len(correct) == 1
    fair = {
        name: own[subject.take_even(correct[name])] if alone else own for name, own in focus.items()
    }
    told = [describe_focus(fair, boxed)]
    if len(subject.images) < subject.known:
        missed = int(subject.missed[0])
        taken = subject.describe_taken(missed, len(subject.images) - missed)
        told.insert(0, f"Explained: {taken if alone else f'{subject.sampled}, taken evenly'}.")
    return " ".join(filter(None, told))


def _mean(values: np.ndarray) -> float:
    """Return the mean of what is known, NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def _rank(shift: Estimate) -> tuple[bool, bool]:
    return not (shift.enough and shift.excludes(0)), not shift.enough


def _write_mean(mean: float, images: int) -> str:
    return f"{mean:.2f} ({images})" if np.isfinite(mean) else ""
