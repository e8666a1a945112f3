"""What one cluster of a class's maps relies on, and the class's other images do not."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from saliencnn.checks.interventions.effects import Effects
from saliencnn.checks.interventions.table import CORNERS, FILLS
from saliencnn.findings.shortcut_signs import COST
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.measures.rates import LEVEL, fisher

_CORNERS = tuple(where.replace(" ", "-") for where in CORNERS)
NEEDLESS = (
    *("background-swapped", "background-hue", "border"),
    *(f"corner-{where}" for where in _CORNERS),
    *(f"other-{what}" for what in (*_CORNERS, "border", "brightness", "tint", "detail")),
    *("hue", "grey"),
)
"""Interventions that should cost an image nothing. Parts in the middle may hold its object."""
HIDDEN = tuple(f"object-{fill}" for fill in FILLS)


@dataclass(frozen=True)
class Reliance:
    """What happens to the images of one cluster, and rarely to the others.

    Attributes:
        cluster: its number.
        change: label of the intervention; empty where its images stay right without the object.
        told: images of the cluster to which it happens: a change makes them wrong, or they stay
            right without the object.
        of: images of the cluster that are right beside the change.
        others_told: likewise of all other clusters.
        others_of: likewise.
    """

    cluster: int
    change: str
    told: int
    of: int
    others_told: int
    others_of: int


def find_reliance(effects: Effects, clusters: np.ndarray) -> Reliance | None:
    """Return what sets one cluster apart from the others beyond chance, most clearly; or None.

    Among images that are right beside a change, those of a cluster are compared with the others by
    the exact one-sided test of Fisher (1935), at 5% over all clusters and changes together.

    Args:
        effects: of interventions on N images.
        clusters: int (N,), each image's cluster from 0 on.
    """
    found = []
    for change, told, among in _signs(effects):
        for cluster in range(int(clusters.max(initial=-1)) + 1):
            own = clusters == cluster
            counts = [
                int(some.sum()) for some in (told & own, among & own, told & ~own, among & ~own)
            ]
            if min(counts[1], counts[3]) >= MIN_GROUP:
                by_chance = fisher(told[among], own[among])
                found.append((by_chance, Reliance(cluster, change, *counts)))
    if not found:
        return None
    by_chance, most = min(found, key=lambda one: one[0])
    more = most.told / most.of - most.others_told / most.others_of
    return most if by_chance <= (1 - LEVEL) / len(found) and more >= COST else None


def _signs(effects: Effects) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield what may happen: the change, to which images it does, bool (N,), and among which."""
    for name in NEEDLESS:
        if effect := effects.rows.get(name):
            # Of what is taken from another class only those count that pass for it: the others
            # may be hard to recognize anyway.
            turned = effect.followed if effect.row.needs == "other" else ~effect.right
            yield effect.row.label, effect.before & turned, effect.before
    hidden = [effects.rows[name].right for name in HIDDEN if name in effects.rows]
    if hidden:
        yield "", effects.right & np.all(hidden, axis=0), effects.right
