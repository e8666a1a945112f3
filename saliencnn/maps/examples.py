"""Examples of what a network does with a class: correct, false positive, missed."""

from collections.abc import Sequence
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
    """Return the examples of each kind for a class, each by confidence, see ``sort_examples``.

    Args:
        predictions: rows with image, true, predicted and confidence.
        target: the class.
        logged: images whose maps were logged, if not all.

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


def sort_examples(rows: np.ndarray, mapless: np.ndarray) -> np.ndarray:
    """Return in which order images are shown, int (N,): those with maps first.

    Of these the usual mistake comes first, where some images are missed in several ways: what a
    sentence says of most of them is seen in the first. Each is ordered by confidence.

    Args:
        rows: of predictions, of examples of one kind, (N,).
        mapless: of which no map is logged, bool (N,).
    """
    unusual = ~_are_usual(rows["predicted"])
    return np.lexsort((rows["image"], -rows["confidence"], unusual, mapless))


def begins_usual(missed: Sequence[Case]) -> bool:
    """Whether missed images are shown the usual mistake first, and not all are that."""
    usual = _are_usual(np.array([case.predicted for case in missed], int))
    return bool(usual.any() and not usual.all())


def _are_usual(predicted: np.ndarray) -> np.ndarray:
    """Return of which images what they are taken for is taken most, and twice, bool (N,)."""
    _, which, images = np.unique(predicted, return_inverse=True, return_counts=True)
    return (images[which] == images.max(initial=0)) & (images[which] > 1)


def _sorted_cases(kind: str, rows: np.ndarray, logged: np.ndarray | None) -> list[Case]:
    mapless = np.zeros(len(rows), bool) if logged is None else ~np.isin(rows["image"], logged)
    return [
        Case(kind, int(r["image"]), int(r["true"]), int(r["predicted"]), float(r["confidence"]))
        for r in rows[sort_examples(rows, mapless)]
    ]
