"""What may help a run to tell classes apart that it confuses."""

from collections.abc import Sequence

from saliencnn.common.sentences import join_words, quote
from saliencnn.findings.learning_signs import find_memorized, find_rising
from saliencnn.findings.run_facts import RunFacts

HELPS = "What may help: "
"""How the list begins."""
LARGER = 1.2
"""Times the side to which images are scaled, from which on their files hold more detail."""


def list_help(facts: RunFacts, classes: Sequence[int]) -> str:
    """Say what may help to tell classes apart, as far as the run's own numbers speak for it."""
    told, memorizes = [], find_memorized(facts) is not None
    if find_rising(facts) and not memorizes:
        told.append("longer training, since accuracy was still rising")
    if facts.scaled_side and facts.original_side >= LARGER * facts.scaled_side:
        told.append(
            f"larger images (--image-size), since training scales them to {facts.scaled_side} "
            f"pixels and half of the files have {facts.original_side} or more"
        )
    why = ", since it memorizes those it has" if memorizes else ""
    told.append(f"more training images of {_name_counted(facts, classes)}{why}")
    return f"{HELPS}{'; '.join(told)}."


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
