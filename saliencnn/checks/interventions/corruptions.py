"""Corruptions of rising strength, under which accuracies are a robustness curve.

Kinds and strengths are six of ImageNet-C's (Hendrycks and Dietterich 2019, *Benchmarking neural
network robustness to common corruptions and perturbations*), as its published code has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from saliencnn.checks.interventions.answers import AS_THEY_ARE, Answers
from saliencnn.checks.interventions.table import Intervention
from saliencnn.common.lazy import LazyModule
from saliencnn.measures.rates import wilson_interval

if TYPE_CHECKING:
    from torch import Tensor

    from saliencnn.checks.interventions.scene import Scene

changes = LazyModule("saliencnn.checks.interventions.changes")
corrupting = LazyModule("saliencnn.checks.interventions.corrupting")


@dataclass(frozen=True)
class Corruption:
    """One row.

    Attributes:
        name: unique, as it is stored, with ``-1`` to ``-5`` for its strengths.
        label: what people call it.
        unit: format string of a strength, as people read it.
        strengths: from the weakest on.
        corrupt: from a scene and a strength to the changed images.
    """

    name: str
    label: str
    unit: str
    strengths: tuple[float, ...]
    corrupt: Callable[[Scene, float], Tensor]

    def rows(self) -> Iterator[Intervention]:
        """Yield an intervention for each strength."""
        for level, strength in enumerate(self.strengths, 1):
            yield Intervention(
                f"{self.name}-{level}",
                f"{self.label}, {self.unit.format(strength)}",
                "corruption",
                partial(self._corrupt_by, strength),
            )

    def _corrupt_by(self, strength: float, scene: Scene) -> Tensor:
        return self.corrupt(scene, strength)


CORRUPTIONS: dict[str, Corruption] = {
    row.name: row
    for row in (
        Corruption(
            "noise", "noise", "deviation {:.2f}", (0.08, 0.12, 0.18, 0.26, 0.38), changes.noisy
        ),
        Corruption(
            "blur", "blur", "{:.0f} pixels of 224", (1, 2, 3, 4, 6), corrupting.blurred
        ),
        Corruption(
            "pixelate", "coarse pixels", "{:.0%} of the side", (0.6, 0.5, 0.4, 0.3, 0.25),
            corrupting.pixelated,
        ),
        Corruption(
            "jpeg", "JPEG", "quality {:.0f}", (25, 18, 15, 10, 7), corrupting.compressed
        ),
        Corruption(
            "brightness", "brightness", "{:+.0%}", (0.1, 0.2, 0.3, 0.4, 0.5),
            corrupting.brightened,
        ),
        Corruption(
            "contrast", "low contrast", "{:.0%} of it", (0.4, 0.3, 0.2, 0.1, 0.05),
            corrupting.contrasted,
        ),
    )
}  # fmt: skip
"""Name -> row, in the order in which they are shown."""
CORRUPTED: dict[str, Intervention] = {
    row.name: row for corruption in CORRUPTIONS.values() for row in corruption.rows()
}
"""Name -> intervention: every corruption at every strength."""


@dataclass(frozen=True)
class CurvePoint:
    """What is right at one strength of a corruption.

    Attributes:
        corruption: its label.
        strength: from 1; 0 for the images as they are.
        told: the strength as people read it.
        right: images that are classified correctly.
        images: all.
    """

    corruption: str
    strength: int
    told: str
    right: int
    images: int

    @property
    def accuracy(self) -> float:
        """Fraction of images that are right."""
        return self.right / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """95% interval of the accuracy (Wilson 1927)."""
        low, high = wilson_interval(np.array(self.accuracy), np.array(self.images))
        return float(low), float(high)


def draw_curves(answers: Answers, labels: np.ndarray) -> list[CurvePoint]:
    """Return the points of every corruption's curve, from the images as they are on."""
    right = dict(zip(answers.names, (answers.predicted == labels).sum(1).tolist(), strict=True))
    points = []
    for one in CORRUPTIONS.values():
        told = ("as they are", *(one.unit.format(strength) for strength in one.strengths))
        names = (AS_THEY_ARE, *(row.name for row in one.rows()))
        points += [
            CurvePoint(one.label, level, told[level], right[name], len(labels))
            for level, name in enumerate(names)
            if name in right
        ]
    return points


def mean_accuracy(points: Sequence[CurvePoint]) -> float:
    """Return the mean accuracy over all corruptions and strengths, without that as they are."""
    return float(np.mean([point.accuracy for point in points if point.strength]))
