"""What is checked, and what all checks do with it."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from saliencnn.checks.quantities import NUMBER as NUMBER  # where plugins import them from
from saliencnn.checks.quantities import Quantities as Quantities
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, part_of
from saliencnn.measures.similarity import similarity_matrix
from saliencnn.measures.similarity_matrices import spearman_of_pairs
from saliencnn.models.spec import ModelSpec
from saliencnn.saliency import classify_and_explain

BATCH = 16
"""Images explained or scored at once, so that memory does not grow with their number."""

Maps = dict[str, Tensor]
"""Method -> maps float32 (N, h, w) on the CPU, raw, as from ``explain``."""


@dataclass(frozen=True)
class Subject:
    """A network, the images whose maps are checked, and the methods that draw these.

    Attributes:
        model: network that returns logits (N, classes); every check leaves it as it came.
        architecture: its target layer and head, say a row of the table.
        images: float (N, C, H, W), normalised as the network expects, so that one unit is one
            standard deviation of its input; finite, at least one image.
        targets: (N,) int64, the class to explain in each image.
        methods: names of the table ``METHODS`` that apply to the architecture.
        seed: start of all random numbers.
        first: place of the first image among all that are checked, where these are one batch of
            them.

    Raises:
        UserError: there is no image, a value is not finite, or targets do not fit the images.
    """

    model: nn.Module
    architecture: ModelSpec
    images: Tensor
    targets: Tensor
    methods: tuple[str, ...]
    seed: int = 0
    first: int = 0

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or not len(self.images):
            raise UserError(
                "A check needs images of the shape (N, C, H, W), at least one, "
                f"not {tuple(self.images.shape)}."
            )
        if not bool(self.images.isfinite().all()):
            raise UserError("An image has a value that is not finite; a check needs numbers.")
        if self.targets.shape != self.images.shape[:1]:
            raise UserError(
                f"{len(self.images)} images need one class each, "
                f"not targets of the shape {tuple(self.targets.shape)}."
            )

    def batch(self, start: int, size: int) -> "Subject":
        """Return the subject of at most ``size`` of the images, from the place ``start`` on."""
        part = slice(start, start + size)
        return replace(
            self,
            images=self.images[part],
            targets=self.targets[part],
            first=self.first + start,
        )


@dataclass(frozen=True)
class Explanation:
    """A network's logits of a subject's images, and the maps that explain them.

    Attributes:
        maps: method -> (N, h, w).
        logits: float64 (N, classes), on the CPU, of the same passes.
    """

    maps: Maps
    logits: Tensor


def explain_subject(subject: Subject, report: Progress) -> Explanation:
    """Classify all images and explain them by all methods, a batch at a time."""
    parts: dict[str, list[Tensor]] = {name: [] for name in subject.methods}
    logits = []
    total = len(subject.images)
    for start in range(0, total, BATCH):
        batch = subject.batch(start, BATCH)
        end = start + len(batch.images)
        report(start / total, "Maps")
        scores, found = classify_and_explain(
            batch.model,
            batch.images,
            batch.targets,
            batch.methods,
            spec=batch.architecture,
            seed=batch.seed,
            report=part_of(report, start / total, end / total),
        )
        logits.append(scores)
        for name, maps in found.items():
            parts[name].append(maps)
    return Explanation(
        {name: torch.cat(maps) for name, maps in parts.items()}, torch.cat(logits).double()
    )


def maps_of(subject: Subject, report: Progress) -> Maps:
    """Explain all images by all methods, a batch at a time."""
    return explain_subject(subject, report).maps


def compare_maps(first: Tensor, second: Tensor, measure: str) -> np.ndarray:
    """Compare each map with its counterpart.

    Args:
        first: maps (N, h, w).
        second: maps (N, h, w).
        measure: a key of ``saliencnn.measures.similarity.MEASURES``.

    Returns:
        float64 (N,), in the measure's range; NaN where one of the two is constant.
    """
    if measure == "spearman":  # what every check asks for
        return spearman_of_pairs(first.numpy(), second.numpy())
    pairs = zip(first.numpy(), second.numpy(), strict=True)
    return np.array([similarity_matrix(pair, measure)[0, 1] for pair in pairs])
