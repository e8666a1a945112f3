"""Whether maps explain the errors of networks on many images: the answer, and what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from pipelines.comparison.asked import Question
from pipelines.comparison.class_maps import ClassMaps, measure_maps
from pipelines.comparison.subject import Subject
from saliencnn.common.sentences import first_clause
from saliencnn.data.image_index import ImageIndex
from saliencnn.findings.contrast import contrast_each, contrast_together, find_clear
from saliencnn.findings.errors_answer import describe_seen, explain_errors
from saliencnn.findings.errors_follow import say_what_errors_mean
from saliencnn.findings.focus_words import Place
from saliencnn.findings.map_errors import describe_basis, describe_focus, describe_network
from saliencnn.findings.telling import FOCUS, Means, Shifts
from saliencnn.findings.usual_mistake import UsualMistake, find_shared_mistake

Told = TypeVar("Told")
SURE = "What is said of all numbers together holds with 95% confidence."
EVENLY = (
    " Images that one network misses are not preferred: among the right ones of the others there "
    "would then be too many hard images."
)
"""Why missed images do not come first where several networks are asked together."""


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
        telling: whether the images are enough to say it.
        clear: networks of whom maps may explain the errors.
        shifts: how missed images differ, of several networks first of all together.
        means: likewise.
        mistakes: network -> the class and the prediction of each image that it misses.
        usual: the one made most; None where nothing is missed.
    """

    said: str
    claim: str
    basis: str
    follows: str
    lines: tuple[str, ...]
    sample: str
    telling: bool
    clear: tuple[str, ...]
    shifts: Shifts
    means: Means
    mistakes: Mapping[str, Sequence[tuple[str, str]]]
    usual: UsualMistake | None


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
    shifts, means = contrast_each(numbers, correct)
    together = contrast_together(numbers, correct, (shifts, means))
    known = subject.known if len(subject.images) < subject.known else 0
    left = bool((subject.missed < subject.known_missed).any())
    mistakes = {name: one.name_mistakes(index.classes) for name, one in by_name.items()}
    usual = find_shared_mistake(mistakes, correct)
    mixed = usual is not None and usual.stands_out
    compared = len(names) > 1 and any(np.isfinite(one.value) for one in together.shifts.values())
    said = explain_errors(together, shifts, means, subject.things, known, left, mixed)
    said = said or f"{describe_few(subject)}{describe_seen(together)}"
    on_object = {name: own[FOCUS] for name, own in numbers.items() if FOCUS in own}
    return ErrorsAnswer(
        said=said,
        claim=first_clause(said, names),
        basis=f"{describe_basis({*together.shifts})} {SURE}"
        + (EVENLY if known and len(names) > 1 else ""),
        follows=say_what_errors_mean(together, on_object, correct, usual, Place(index.box_area)),
        lines=tuple(
            describe_network(name, int(missed), subject.known, shifts, means)
            for name, missed in zip(names, subject.known_missed, strict=True)
        ),
        sample=_describe_sample(subject, on_object, correct, index.box_area is not None),
        telling=together.telling,
        clear=tuple(find_clear(shifts) or (together.networks if together.clear else ())),
        shifts=_head(together.who, shifts, together.shifts) if compared else shifts,
        means=_head(together.who, means, together.means) if compared else means,
        mistakes=mistakes,
        usual=usual,
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


def _head(
    who: str, each: Mapping[tuple[str, str], Told], of_all: Mapping[str, Told]
) -> dict[tuple[str, str], Told]:
    """Return numbers of each network, before them those of several together."""
    return {**{(who, number): one for number, one in of_all.items()}, **each}
