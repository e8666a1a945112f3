"""Whether images tell that a network looks elsewhere where it is wrong than where it is right."""

import numpy as np

from saliencnn.findings.errors_answer import WIDEST_PLACE
from saliencnn.findings.focus_words import BOX_MARGIN, FOCUS_STEP, Place
from saliencnn.findings.looks import Looked, Looks
from saliencnn.measures.focus import INSIDE
from saliencnn.measures.groups import MIN_GROUP, difference, mean_interval

FEWEST_ALIKE = 10
"""Wrong images from which on they may show that nothing differs: intervals of fewer are too narrow,
and a few of one class would tell what more of two classes cannot."""


def count_questions(true: np.ndarray, predicted: np.ndarray) -> int:
    """Return of how many classes a person can ask why they are missed: each may err by chance.

    Args:
        true: int (N,), the class of each image.
        predicted: int (N,), what it is taken for.
    """
    right = true == predicted
    classes = int(true.max(initial=0)) + 1
    sides = [np.bincount(true[own], minlength=classes) for own in (~right, right)]
    return max(1, int((np.minimum(*sides) >= MIN_GROUP).sum()))


def judge_looks(
    focus: np.ndarray, correct: np.ndarray, place: Place, comparisons: int = 1
) -> Looked:
    """Judge where a network looks in wrong images, from their maps and those of right images.

    It looks at the object less only by ``FOCUS_STEP`` or more, and where the whole interval says
    so; as much only where the images exclude that it looks there much less, see ``WIDEST_PLACE``:
    that is one claim, whose 95% interval is that of the focus alone.
    What lies beside the object explains no mistake where the right images' maps lie there, too;
    where hardly an image is right, nothing contradicts it. That it is the object, and not what any
    map would cover, is clear from exact masks, and from boxes that are much smaller than what lies
    inside them.

    Args:
        focus: float (N,), of each map; NaN where unknown.
        correct: bool (N,).
        place: where maps should lie.
        comparisons: see ``saliencnn.measures.groups.separability``.
    """
    wrong, right = (focus[np.isfinite(focus) & own] for own in (~correct, correct))
    mean, of_right = (float(own.mean()) if len(own) else np.nan for own in (wrong, right))
    shift = difference(focus, correct, comparisons)

    def judge() -> Looks:
        covered = place.box_area is not None and place.box_area > 1 - BOX_MARGIN
        if len(wrong) < MIN_GROUP:
            return Looks.FEW if len(wrong) and not covered else Looks.UNKNOWN
        low, high = mean_interval(wrong, comparisons)
        beside, few = high < INSIDE, len(right) < MIN_GROUP
        less = shift.excludes(0) and shift.value <= -FOCUS_STEP
        if beside and (less or few):
            return Looks.BESIDE
        if covered:
            return Looks.UNKNOWN
        if less:
            return Looks.LESS
        if few or difference(focus, correct).low < -WIDEST_PLACE:
            return Looks.FEW
        if beside:
            return Looks.AS_LITTLE
        if len(wrong) < FEWEST_ALIKE:
            return Looks.FEW
        chance = max(INSIDE, place.box_area or 0)
        clear = low >= chance and not place.describe_box(mean)
        return Looks.ON_OBJECT if clear else Looks.AS_MUCH

    there = int((wrong >= INSIDE).sum()), int((right >= INSIDE).sum())
    return Looked(judge(), place, mean, of_right, shift, there)
