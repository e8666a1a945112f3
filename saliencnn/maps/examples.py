"""Examples of what a network does with a class: correct, false positive, missed."""

from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import quote

KINDS = {
    "correct": "Correct",
    "false_positive": "False positive",
    "missed": "Missed",
}
"""Kind of example -> its name for people. A missed image is a false negative."""


@dataclass(frozen=True)
class Case:
    """One validation image as an example of what the network does with a class.

    Attributes:
        kind: key of ``KINDS``.
        image: position in the images' index.
        true: its class.
        predicted: the class that the network predicts.
        confidence: probability of the predicted class, 0 to 1.
    """

    kind: str
    image: int
    true: int
    predicted: int
    confidence: float

    def describe(self, classes: tuple[str, ...]) -> str:
        """Say in a sentence what the network predicts and whether that is correct."""
        predicted = f"The network predicts {quote(classes[self.predicted])} ({self.confidence:.0%})"
        if self.kind == "correct":
            return f"{predicted}, which is correct."
        return f"{predicted}, but the true class is {quote(classes[self.true])}."


def recommend(
    predictions: np.ndarray, target: int, logged: np.ndarray | None = None
) -> dict[str, list[Case]]:
    """Return the examples of each kind for a class, the most confident first.

    Args:
        predictions: rows with image, true, predicted and confidence.
        target: the class.
        logged: images whose maps were logged, if not all: these come before the others.

    Returns:
        A list for every key of ``KINDS``, empty where the class has no such image.
    """
    true, predicted = predictions["true"] == target, predictions["predicted"] == target
    chosen = {
        "correct": true & predicted,
        "false_positive": ~true & predicted,
        "missed": true & ~predicted,
    }
    return {kind: _sorted_cases(kind, predictions[mask], logged) for kind, mask in chosen.items()}


def _sorted_cases(kind: str, rows: np.ndarray, logged: np.ndarray | None) -> list[Case]:
    later = np.zeros(len(rows)) if logged is None else ~np.isin(rows["image"], logged)
    order = np.lexsort((rows["image"], -rows["confidence"], later))
    return [
        Case(kind, int(r["image"]), int(r["true"]), int(r["predicted"]), float(r["confidence"]))
        for r in rows[order]
    ]
