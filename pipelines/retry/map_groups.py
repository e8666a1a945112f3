"""The groups into which a run's maps fall, class by class, as Colours shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.retry.ignoring import METHOD, label_group
from saliencnn.common.errors import UserError
from saliencnn.measures.energy import is_empty
from saliencnn.measures.map_clusters import find_clusters
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_maps_of
from saliencnn.store.images import read_index
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.run_info import RunInfo


@dataclass(frozen=True, eq=False)
class Group:
    """Maps of a class that look alike.

    Attributes:
        target: the class.
        name: of the class.
        number: 1, 2, ... the largest first; as ``find_clusters`` orders them.
        images: int (N,), positions of the images.
        maps: float32 (N, h, w), none of them empty.
        right: how many of the images are classified correctly.
        focus: mean fraction of a map on the object; NaN where unknown.
    """

    target: int
    name: str
    number: int
    images: np.ndarray
    maps: np.ndarray
    right: int
    focus: float

    @property
    def label(self) -> str:
        """How a person names it."""
        return label_group(self.name, self.number)


def find_groups(store: Store, run: RunInfo, epoch: int) -> list[Group]:
    """Return the groups into which the logged maps of each class fall, as Colours shows them.

    Raises:
        UserError: the run has logged no maps there.
    """
    if epoch not in run.epochs:
        raise UserError(f"Run {run.name} has no epoch {epoch}; its last is {run.epoch}.")
    table = read_maps_of(store, run.run_id, epoch, METHOD)
    if table is None:
        raise UserError(f"Run {run.name} logged no Grad-CAM maps at epoch {epoch}.")
    place = table.methods.index(METHOD)
    maps = unpack_maps(table.rows)[:, place]
    found = []
    for target, name in enumerate(read_index(store, run.images_id).classes):
        own = np.flatnonzero((table.rows["target"] == target) & ~is_empty(maps))
        if not len(own):
            continue
        labels = find_clusters(maps[own]).labels
        for number in range(int(labels.max()) + 1):
            of_group = own[labels == number]
            rows = table.rows[of_group]
            focus = rows["focus"][:, place]
            found.append(
                Group(
                    target,
                    name,
                    number + 1,
                    rows["image"].astype(int),
                    maps[of_group],
                    int((rows["predicted"] == rows["true"]).sum()),
                    float(np.nanmean(focus)) if np.isfinite(focus).any() else float("nan"),
                )
            )
    return found


def choose_groups(groups: Sequence[Group], wanted: Sequence[str]) -> list[Group]:
    """Return the groups that a person names: ``CLASS:NUMBER``, or ``CLASS`` for all of its.

    Raises:
        UserError: there is no such group.
    """
    chosen: list[Group] = []
    for word in wanted:
        found = [group for group in groups if word in (group.label, group.name)]
        if not found:
            known = ", ".join(group.label for group in groups[:6])
            raise UserError(f"There is no group {word!r:.60}; there are {known} and so on.")
        chosen += [group for group in found if group not in chosen]
    return chosen
