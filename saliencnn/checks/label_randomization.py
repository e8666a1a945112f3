"""Label randomization: does a map differ from that of a network that learned no classes?

The control network was trained in the same way on randomized labels (Adebayo 2018, "Sanity checks
for saliency maps"), so it knows its images and nothing about their classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from saliencnn.checks.evidence import MapComparison, Resources
from saliencnn.checks.quantities import NUMBER, Quantities
from saliencnn.checks.subject import Explanation, Maps, Subject, compare_maps, maps_of
from saliencnn.common.progress import Progress, part_of


@dataclass(frozen=True)
class NetworkComparison:
    """Maps of two networks beside each other.

    Attributes:
        own: method -> maps (N, h, w) of the network that is checked.
        control: method -> maps (N, h, w) of the one trained on randomized labels.
        similarity: method -> float64 (N,), Spearman's correlation of the maps' absolute values;
            NaN where one of the two is constant.
    """

    own: Maps
    control: Maps
    similarity: dict[str, np.ndarray]


def compare_networks(
    subject: Subject, control: nn.Module, report: Progress, own: Maps | None = None
) -> NetworkComparison:
    """Explain the same images and classes with another network of the same architecture.

    Args:
        subject: what is checked.
        control: trained on randomized labels, with the same classes; it leaves as it came.
        report: called with the progress; what it raises cancels the check.
        own: maps of the network that is checked, where they are known.

    Raises:
        UserError: the control network lacks a class.
    """
    first = 0.0 if own else 0.5
    own = own or maps_of(subject, part_of(report, 0.0, first))
    others = maps_of(replace(subject, model=control), part_of(report, first, 1.0))
    similarity = {
        name: compare_maps(own[name].abs(), others[name].abs(), "spearman")
        for name in subject.methods
    }
    report(1.0, "Compared")
    return NetworkComparison(own, others, similarity)


def measure(
    subject: Subject, own: Explanation, control: nn.Module | None, report: Progress
) -> Quantities:
    """Return how far maps differ from those of the control network; NaN without one."""
    if control is None:
        return {NUMBER: {name: np.full(len(subject.images), np.nan) for name in subject.methods}}
    found = compare_networks(subject, control, report, own.maps)
    return {NUMBER: {name: 1 - similarity for name, similarity in found.similarity.items()}}


def show(
    subject: Subject, _options: Mapping[str, Any], resources: Resources, report: Progress
) -> MapComparison:
    """Return an image's maps by both networks."""
    assert resources.control is not None, "the table says that it is needed"
    found = compare_networks(subject, resources.control, report)
    return MapComparison(
        ("true labels", "randomized labels"),
        {m: torch.stack([found.own[m][0], found.control[m][0]]).numpy() for m in subject.methods},
        {"spearman": found.similarity},
        np.array([np.nan]),
    )
