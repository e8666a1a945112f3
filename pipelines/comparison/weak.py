"""Each network's weakest kind of thing as a table."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipelines.comparison.groups import Group
from saliencnn.findings.weak_kinds import KindCounts, WeakKind

CERTAIN = "⚠"
"""Stands before a kind of thing that is a weakness by more than chance."""


def count_kinds_of(
    group: Group, tables: Mapping[str, pd.DataFrame], roots: Sequence[str]
) -> KindCounts:
    """Count on how many images of each root class networks are right.

    Args:
        group: the networks.
        tables: evaluation's id -> its numbers class by class, see ``read_by_class``.
        roots: root classes that have images.
    """
    of_kind = list(group.class_set.roots)
    images = tables[group.run_ids[0]]["images"]
    right = [
        (np.nan_to_num(tables[one]["accuracy"]) * images).round().astype(int)
        for one in group.run_ids
    ]
    return KindCounts(
        tuple(group.names.values()),
        tuple(roots),
        images.groupby(of_kind).sum()[list(roots)].to_numpy(),
        np.stack([own.groupby(of_kind).sum()[list(roots)].to_numpy() for own in right]),
        int(images.sum()),
        np.array([own.sum() for own in right]),
    )


def list_weak(found: Sequence[WeakKind]) -> list[dict[str, str]]:
    """Return a row a network: where it is weakest, how often it is right there, and elsewhere.

    Returns:
        Columns network, weakest on (with ``CERTAIN`` where chance does not explain it), right there
        (counts and percentage), elsewhere (percentage of all other images).
    """
    return [
        {
            "network": one.name,
            "weakest on": f"{CERTAIN} {one.kind}" if one.certain else one.kind,
            "right there": f"{one.right:,} of {one.images:,} ({one.rate:.0%})",
            "elsewhere": f"{one.elsewhere:.0%}",
        }
        for one in found
    ]
