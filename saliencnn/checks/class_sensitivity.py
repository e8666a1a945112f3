"""Class sensitivity: is a map about the class that it is asked about?

The same image is explained for the class that the network holds for least likely (Nie 2018, "A
theoretical explanation for perplexing behaviors of backpropagation-based visualizations"). A
method that draws the same map for both shows what the network sees, not why it names this class.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from saliencnn.checks.evidence import MapComparison, Resources
from saliencnn.checks.quantities import NUMBER, Quantities
from saliencnn.checks.subject import Explanation, Subject, compare_maps, explain_subject, maps_of
from saliencnn.common.progress import Progress, part_of
from saliencnn.measures.energy import is_constant


def find_rivals(logits: Tensor, targets: Tensor) -> Tensor:
    """Return each image's classes but its target, the least likely first.

    Args:
        logits: (N, classes).
        targets: int64 (N,).

    Returns:
        int64 (N, classes - 1).
    """
    order = logits.argsort(dim=1, stable=True)
    return order[order != targets[:, None]].reshape(len(logits), -1)


def compare_classes(own: Tensor, other: Tensor) -> np.ndarray:
    """Return how alike the maps of two classes are.

    Args:
        own: maps (N, h, w) of the class that is explained.
        other: maps (N, h, w) of another class.

    Returns:
        float64 (N,), Spearman's correlation; 0 where only the other class's map is empty, which
        says that nothing speaks for it; NaN where the own one is constant.
    """
    similarity = compare_maps(own, other, "spearman")
    empty = other.numpy() == 0
    return np.where(empty.all(axis=(1, 2)) & ~is_constant(own.numpy()), 0.0, similarity)


def measure(
    subject: Subject, own: Explanation, _control: nn.Module | None, report: Progress
) -> Quantities:
    """Return how far maps differ from those of the least likely class; NaN with one class."""
    targets = subject.targets.cpu()
    if own.logits.shape[1] < 2:
        unknown = np.full(len(targets), np.nan)
        return {NUMBER: dict.fromkeys(subject.methods, unknown)}
    rivals = find_rivals(own.logits, targets)[:, 0]
    others = maps_of(replace(subject, targets=rivals.to(subject.targets)), report)
    report(1.0, "Compared")
    return {NUMBER: {name: 1 - compare_classes(own.maps[name], others[name]) for name in own.maps}}


def show(
    subject: Subject, _options: Mapping[str, Any], _resources: Resources, report: Progress
) -> MapComparison:
    """Return an image's maps for its class, the strongest other class and the least likely one."""
    own = explain_subject(subject, part_of(report, 0.0, 1 / 3))
    rivals = find_rivals(own.logits, subject.targets.cpu())[0]
    shown = {"strongest other class": rivals[-1:], "least likely class": rivals[:1]}
    if not len(rivals):
        shown = {}
    stages = [own.maps]
    for place, rival in enumerate(shown.values(), start=1):
        asked = replace(subject, targets=rival.to(subject.targets))
        stages.append(maps_of(asked, part_of(report, place / 3, (place + 1) / 3)))
    report(1.0, "Compared")
    return MapComparison(
        ("its class", *shown),
        {m: torch.cat([stage[m] for stage in stages]).numpy() for m in subject.methods},
        {
            "spearman": {
                m: np.array([compare_classes(own.maps[m], s[m])[0] for s in stages[1:]])
                for m in subject.methods
            }
        },
        np.full(len(shown), np.nan),
    )
