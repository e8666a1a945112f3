"""What a network says of an image once the region that a map highlights is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from saliencnn.common.sentences import quote

HALF = 0.5
"""Of the confidence: what falls to it and below rests on what was hidden. Of the fall: what hiding
other parts may cost at most for that."""
KEPT = 0.9
"""Of the confidence: from which on what was hidden is not needed."""
SURE = 0.2
"""Confidence in the class that is explained, below which nothing is concluded from its fall."""


class Effect(Enum):
    """What hiding a spot does to the class that is explained."""

    UNKNOWN = "cannot be said"
    NEEDLESS = "hardly anything"
    NO_MORE = "no more than hiding other parts"
    PART = "some"
    MATTERS = "most"


@dataclass(frozen=True, eq=False)
class HiddenRegion:
    """Answers to an image as it is, without a map's region, and without as much elsewhere.

    Attributes:
        fraction: of the image that was hidden, 0 to 1.
        predicted: the three predictions.
        confidence: in these, 0 to 1.
        of_target: probability of the class that the map explains, three times.
        pixels: the image without the region, uint8 (H, W, 3).
    """

    fraction: float
    predicted: Sequence[int]
    confidence: Sequence[float]
    of_target: Sequence[float]
    pixels: np.ndarray

    @property
    def effect(self) -> Effect:
        """What hiding the spot does, beside hiding as much elsewhere."""
        before, hidden, elsewhere = self.of_target
        if before < SURE:
            return Effect.UNKNOWN
        if hidden >= KEPT * before:
            return Effect.NEEDLESS
        if before - elsewhere >= HALF * (before - hidden):
            return Effect.NO_MORE
        return Effect.MATTERS if hidden <= HALF * before else Effect.PART

    def explain(self, target: str, classes: Sequence[str]) -> str:
        """Say whether the answer changes without the spot, and by how much.

        Args:
            target: the class that the map explains.
            classes: names of all classes.
        """
        before, hidden, elsewhere = (f"{one:.0%}" for one in self.of_target)
        answer, without = (classes[one] for one in self.predicted[:2])
        if answer == without == target:
            told = (
                f"Without it the network still says {quote(target)}, {hidden} instead of {before}"
            )
        else:
            still = "still says" if answer == without else "says"
            told = (
                f"Without it the network {still} {quote(without)} ({self.confidence[1]:.0%}), "
                f"{quote(target)} goes from {before} to {hidden}"
            )
        return f"{told}; with as much hidden elsewhere it is {elsewhere}"
