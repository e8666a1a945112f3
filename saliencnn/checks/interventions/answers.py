"""What a network answers to changed images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

AS_THEY_ARE, CONTROL = "", " control"
"""The name of the images themselves, and what ends the name of a control."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network answers to images as they are and after each change.

    Attributes:
        names: of the K changes: ``AS_THEY_ARE``, names of ``INTERVENTIONS``, and with ``CONTROL``
            those of their controls.
        predicted: int16 (K, N).
        confidence: float32 (K, N), probability of the true class.
    """

    names: tuple[str, ...]
    predicted: np.ndarray
    confidence: np.ndarray

    @classmethod
    def join(cls, parts: "Sequence[Answers]") -> "Answers":
        """Return the answers to all images from those to some after the others."""
        return cls(
            parts[0].names,
            np.concatenate([part.predicted for part in parts], axis=1),
            np.concatenate([part.confidence for part in parts], axis=1),
        )


def find_partners(labels: np.ndarray, same: bool) -> np.ndarray:
    """Return for each image another one, of its class or of another; itself if there is none."""
    rng = np.random.default_rng((0, same))
    order = rng.permutation(len(labels))
    chosen = np.arange(len(labels))
    for image, label in enumerate(labels):
        fitting = ((labels[order] == label) == same) & (order != image)
        if fitting.any():
            turned = np.roll(fitting, -image)
            chosen[image] = np.roll(order, -image)[turned.argmax()]
    return chosen
