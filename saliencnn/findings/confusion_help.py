"""What may help a run to tell classes apart that it confuses."""

from collections.abc import Sequence

from saliencnn.common.sentences import join_words, quote
from saliencnn.findings.learning_signs import find_memorized, find_rising
from saliencnn.findings.run_facts import RunFacts

LARGER = 1.2
"""Times the side to which images are scaled, from which on their files hold more detail."""


def say_help(facts: RunFacts, classes: str) -> str:
    """Say what may help, as far as the run's own numbers speak for it.

    Args:
        facts: of the run.
        classes: those that need more images, in a word or two.
    """
    told = [*_list_reasons(facts), f"more training images of {classes}"]
    *others, last = told
    said = f"{', '.join(others)} or {last}" if others else last
    return f"{said[0].upper()}{said[1:]} may help."


def explain_help(facts: RunFacts, classes: Sequence[int]) -> str:
    """Say why, and which classes need more images."""
    reasons = [f"{what}, since {why}" for what, why in _list_reasons(facts).items()]
    memorizes = ", since it memorizes those it has" if find_memorized(facts) else ""
    images = f"more training images of {_name_counted(facts, classes)}{memorizes}"
    return f"What may help: {'; '.join([*reasons, images])}."


def _list_reasons(facts: RunFacts) -> dict[str, str]:
    """Return what may help beside more images, and why."""
    found = {}
    if find_rising(facts) and not find_memorized(facts):
        found["longer training"] = "accuracy was still rising"
    if facts.scaled_side and facts.original_side >= LARGER * facts.scaled_side:
        found["larger images"] = (
            f"training scales them to {facts.scaled_side} pixels and half of the files have "
            f"{facts.original_side} or more (an option of the command that trains: --image-size)"
        )
    return found


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
