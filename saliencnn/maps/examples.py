"""The three telling cases of a class: rightly found, wrongly claimed, missed."""

from dataclasses import dataclass

import numpy as np

KINDS = {
    "correct": "Rightly recognised",
    "attributed": "Wrongly attributed",
    "missed": "Missed",
}


@dataclass(frozen=True)
class Case:
    """One validation image as an example of what the network does with a class.

    Attributes:
        kind: key of ``KINDS``.
        image: index of the image.
        true: its class.
        predicted: the class that the network gave it.
        confidence: probability of the predicted class, 0 to 1.
    """

    kind: str
    image: int
    true: int
    predicted: int
    confidence: float

    def describe(self, classes: tuple[str, ...]) -> str:
        """Say in a sentence what the case shows."""
        true, predicted = classes[self.true], classes[self.predicted]
        sure = f"{self.confidence:.0%} sure"
        if self.kind == "correct":
            return f"The network says {predicted} ({sure}), and {true} it is."
        return f"The network says {predicted} ({sure}), but the true class is {true}."


def recommend(predictions: np.ndarray, target: int) -> dict[str, list[Case]]:
    """Return the candidates for each case of a class, the most confident first.

    Args:
        predictions: rows with image, true, predicted and confidence.
        target: the class.

    Returns:
        A list for every key of ``KINDS``, empty where the class has no such image.
    """
    own, claimed = predictions["true"] == target, predictions["predicted"] == target
    chosen = {"correct": own & claimed, "attributed": ~own & claimed, "missed": own & ~claimed}
    return {kind: _sorted_cases(kind, predictions[mask]) for kind, mask in chosen.items()}


def _sorted_cases(kind: str, rows: np.ndarray) -> list[Case]:
    order = np.lexsort((rows["image"], -rows["confidence"]))
    return [
        Case(kind, int(r["image"]), int(r["true"]), int(r["predicted"]), float(r["confidence"]))
        for r in rows[order]
    ]
