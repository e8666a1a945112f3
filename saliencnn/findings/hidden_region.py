"""What a network says of an image once the region that a map highlights is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import quote
from saliencnn.findings.methods import Advice

HALF = 0.5
"""Of the confidence: what falls to it and below rests on what was hidden. Of the fall: what hiding
other parts may cost at most for that."""
KEPT = 0.9
"""Of the confidence: from which on what was hidden is not needed."""
SURE = 0.2
"""Confidence in the class that is explained, below which nothing is concluded from its fall."""


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

    def describe(self, map_name: str, target: str, classes: Sequence[str]) -> tuple[str, str]:
        """Say what follows, and on which numbers.

        Args:
            map_name: how people call the map.
            target: the class that it explains.
            classes: names of all classes.
        """
        before, hidden, elsewhere = self.of_target
        says = quote(classes[self.predicted[1]])
        still = "still " if self.predicted[0] == self.predicted[1] else ""
        numbers = (
            f"Without what {map_name} highlights ({self.fraction:.0%} of the image, filled in from "
            f"around it) the network {still}says {says} ({self.confidence[1]:.0%}). "
            f"{quote(target)} goes from {before:.0%} to {hidden:.0%}; with as much hidden "
            f"elsewhere in its place, to {elsewhere:.0%}"
        )
        return self._conclude(quote(target)), numbers

    def sum_up(self, map_name: str, advice: Advice | None) -> str:
        """Say in a line whether to believe the map, by its checks and by what hiding it costs.

        Args:
            map_name: how people call the map.
            advice: what the checks say of the map; None where nobody has checked it.
        """
        before, hidden, elsewhere = self.of_target
        falls = f"hiding its spot takes {before:.0%} to {hidden:.0%}"
        if before < SURE:
            return ""
        if hidden >= KEPT * before or before - elsewhere >= HALF * (before - hidden):
            return (
                f"The map of {map_name} does not show what the prediction rests on: {falls}, "
                f"hiding as much elsewhere to {elsewhere:.0%}"
            )
        if advice in (None, Advice.UNKNOWN):
            return f"Check the map of {map_name} before you believe it, though {falls}"
        if advice != Advice.BELIEVE:
            return f"Read the map of {map_name} with care: {falls}, but the checks have doubts"
        part = "" if hidden <= HALF * before else " in part"
        return f"Believe the map of {map_name}{part}: it passes the checks, and {falls}"

    def _conclude(self, target: str) -> str:
        before, hidden, elsewhere = self.of_target
        if before < SURE:
            return f"{target} is too unlikely to tell what it rests on"
        if hidden >= KEPT * before:
            return (
                f"{target} does not need this spot: the rest of the image is enough, so the map "
                "shows what speaks for it, not what it depends on"
            )
        if before - elsewhere >= HALF * (before - hidden):
            return "Hiding other parts changes much, too, so this says little of the spot"
        if hidden <= HALF * before:
            return (
                f"{target} rests on this spot: without it, at most half of the confidence is left, "
                "so the map shows what counts"
            )
        return f"{target} rests on this spot in part: without it the network is less sure"
