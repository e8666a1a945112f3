"""What may help a run to tell classes apart that it confuses."""

from collections.abc import Sequence
from dataclasses import dataclass

from saliencnn.common.sentences import join_words, quote
from saliencnn.findings.finding import Remedy
from saliencnn.findings.learning_signs import find_memorized, find_overfitting, find_rising
from saliencnn.findings.run_facts import RunFacts

LARGER = 1.2
"""Times the side to which images are scaled, from which on their files hold more detail."""
RARE = 2
"""Times as many training images as a class has, from which on one is frequent beside it."""
HARDER_IMAGES = "images that are harder to memorize"
LONGER_TRAINING, LARGER_IMAGES, BALANCED = REMEDIES = (
    *("longer training", "larger images"),
    "letting each class count the same",
)
"""What helps where classes are confused; harder images help the run as a whole."""
MORE_IMAGES = "more training images of the classes that it confuses"


@dataclass(frozen=True)
class Help:
    """What may help, one step of it to take first.

    Attributes:
        advice: the step, and what of the run speaks for it.
        others: what else may help, in a sentence; "" where that is all.
        remedies: changes of the training, that of the step first.
        detail: which classes need the images that the step asks for; "" of another step.
    """

    advice: str
    others: str = ""
    remedies: tuple[Remedy, ...] = ()
    detail: str = ""


def find_help(facts: RunFacts, true: int, predicted: int, classes: Sequence[int]) -> Help:
    """Return what may help where a class is taken for another.

    Args:
        facts: of the run.
        true: the class.
        predicted: what its images are taken for.
        classes: that need more images.
    """
    remedies = list_remedies(facts, true, predicted)
    if not remedies:
        return Help(f"Try {MORE_IMAGES}.", detail=list_help(facts, (), classes))
    first, *others = remedies
    advice = f"Try {first.what}: {first.why}."
    return Help(advice, list_help(facts, others, classes), remedies)


def list_remedies(facts: RunFacts, true: int, predicted: int) -> tuple[Remedy, ...]:
    """Return what may help beside more images, as far as the run's own numbers speak for it.

    Args:
        facts: of the run.
        true: the class whose images are confused.
        predicted: the one that they are taken for.
    """
    found = []
    if find_memorized(facts) or find_overfitting(facts):
        why = "it memorizes its training images" if find_memorized(facts) else "it overfits"
        found.append(Remedy(HARDER_IMAGES, why))
    elif find_rising(facts):
        found.append(Remedy(LONGER_TRAINING, "accuracy was still rising"))
    if facts.scaled_side and facts.original_side >= LARGER * facts.scaled_side:
        why = (
            f"training scales them to {facts.scaled_side} pixels and half of them have "
            f"{facts.original_side} or more"
        )
        times = facts.original_side / facts.scaled_side
        found.append(Remedy(LARGER_IMAGES, why, times))
    counts = facts.class_images
    known = len(counts) == len(facts.classes) and not facts.balanced
    if known and counts[predicted] >= RARE * max(counts[true], 1):
        names = (f"{counts[at]:,} images of {quote(facts.classes[at])}" for at in (true, predicted))
        found.append(Remedy(BALANCED, f"it has learned from {' and '.join(names)}"))
    return tuple(found)


def list_help(facts: RunFacts, remedies: Sequence[Remedy], classes: Sequence[int]) -> str:
    """Say which changes may help, and why, and which classes need more images, in a sentence."""
    reasons = [f"{one.what}, since {one.why}" for one in remedies]
    memorizes = ", since it memorizes those it has" if find_memorized(facts) else ""
    images = f"more training images of {_name_counted(facts, classes)}{memorizes}"
    told = "; ".join([*reasons, images])
    return f"{told[0].upper()}{told[1:]}."


def _name_counted(facts: RunFacts, classes: Sequence[int]) -> str:
    """Name classes, and say of how many training images of each it has learned, where known."""
    names = [quote(facts.classes[at]) for at in classes]
    if len(facts.class_images) != len(facts.classes):
        return join_words(names)
    counts = [facts.class_images[at] for at in classes]
    if len({*counts}) == 1:
        each = " of each" if len(counts) > 1 else ""
        return f"{join_words(names)} ({counts[0]:,}{each} so far)"
    counted = zip(names, counts, strict=True)
    return join_words([f"{name} ({images:,} so far)" for name, images in counted])
