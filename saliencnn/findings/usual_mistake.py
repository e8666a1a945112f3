"""The mistake that is made most among some images, and what it most likely comes from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import quote
from saliencnn.measures.groups import MIN_GROUP

MOST = 0.5
"""Fraction of the mistakes above which one of them is most of them."""


@dataclass(frozen=True)
class UsualMistake:
    """A class and the one that its images are taken for most.

    Attributes:
        true: the class.
        predicted: what it is taken for.
        images: so often.
        of: mistakes of all kinds.
        classes: of how many classes these are.
    """

    true: str
    predicted: str
    images: int
    of: int
    classes: int

    @property
    def prevails(self) -> bool:
        """Whether it is most of the mistakes, and these are enough to say so."""
        return self.images >= MIN_GROUP and self.images > MOST * self.of

    @property
    def stands_out(self) -> bool:
        """Whether it is made so often, or is so much of the mistakes, that it is worth naming."""
        return self.of > 1 and (self.images >= MIN_GROUP or self.images > MOST * self.of)

    def describe(self) -> str:
        """Say of how many missed images it is the mistake, as a clause."""
        of = f"{self.of} missed images"
        if self.images == 1 < self.of:
            return f"no two of {of} are the same mistake"
        if self.classes > 1:
            return (
                f"{quote(self.true)} taken for {quote(self.predicted)} is the mistake made most: "
                f"{self.images} of {of}"
            )
        are = "is" if self.images == 1 else "are"
        most = f"{self.images} of {of} {are} taken for {quote(self.predicted)}"
        return (
            most if self.images > MOST * self.of else f"no class takes most of them, at most {most}"
        )


def find_usual_mistake(mistakes: Sequence[tuple[str, str]]) -> UsualMistake | None:
    """Return the mistake that is made most; None without any.

    Args:
        mistakes: the class and the prediction of each missed image.
    """
    if not mistakes:
        return None
    (true, predicted), images = Counter(mistakes).most_common(1)[0]
    return UsualMistake(true, predicted, images, len(mistakes), len({one for one, _ in mistakes}))


def find_shared_mistake(
    mistakes: Mapping[str, Sequence[tuple[str, str]]], correct: Mapping[str, np.ndarray]
) -> UsualMistake | None:
    """Return the mistake that several networks make most, of an image counted once; None without.

    What several networks take for the same in one image says no more of other images than one does.

    Args:
        mistakes: network -> the class and the prediction of each image that it misses, in order.
        correct: network -> bool (N,), of the same images.
    """
    different = {
        (image, *pair)
        for name, own in mistakes.items()
        for image, pair in zip(np.flatnonzero(~correct[name]).tolist(), own, strict=True)
    }
    return find_usual_mistake([(true, predicted) for _, true, predicted in sorted(different)])
