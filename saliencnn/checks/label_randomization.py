"""Label randomisation: does a map tell a network that learnt the classes from one that could not?

The other network was trained in the same way on labels dealt at random (Adebayo 2018, "Sanity
checks for saliency maps"), so it knows its images and nothing about their classes.
"""

from dataclasses import dataclass, replace

import numpy as np
from torch import nn

from saliencnn.checks.subject import Maps, Subject, compare_maps, maps_of
from saliencnn.common.progress import Progress, part_of


@dataclass(frozen=True)
class Labels:
    """Maps of two networks beside each other.

    Attributes:
        own: method -> maps (N, h, w) of the network that is checked.
        other: method -> maps (N, h, w) of the one trained on random labels, of the same classes.
        similarity: method -> float64 (N,), Spearman's correlation of the maps' absolute values;
            NaN where one of the two is flat.
    """

    own: Maps
    other: Maps
    similarity: dict[str, np.ndarray]


def compare_networks(
    subject: Subject, other: nn.Module, report: Progress, own: Maps | None = None
) -> Labels:
    """Explain the same images and classes with another network of the same architecture.

    Args:
        subject: what is checked.
        other: trained on random labels, with the same classes; it leaves as it came.
        report: called with the progress; what it raises cancels the check.
        own: maps of the network that is checked, where they are known.

    Raises:
        UserError: the other network lacks a class.
    """
    first = 0.0 if own else 0.5
    own = own or maps_of(subject, part_of(report, 0.0, first))
    others = maps_of(replace(subject, model=other), part_of(report, first, 1.0))
    similarity = {
        name: compare_maps(own[name].abs(), others[name].abs(), "spearman")
        for name in subject.methods
    }
    report(1.0, "Compared")
    return Labels(own, others, similarity)
