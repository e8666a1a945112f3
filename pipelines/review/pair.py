"""What two runs' maps of the same images have in common, read from the store."""

from collections.abc import Sequence

import numpy as np

from pipelines.review.findings import METHOD
from saliencnn.common.evenly import take_evenly
from saliencnn.data.image_index import ImageIndex
from saliencnn.findings.of_pair import PairFacts
from saliencnn.measures.overlap import overlap
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_maps_of
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.runs import RunInfo

MAX_IMAGES = 2_000
"""Whose maps are compared, evenly taken from all."""


def gather_pair(
    store: Store, runs: Sequence[RunInfo], names: Sequence[str], index: ImageIndex
) -> PairFacts | None:
    """Read how far two runs' maps of the true class overlap at their last epochs.

    Args:
        store: where they are.
        runs: two that validate on the same images, each with a complete epoch.
        names: theirs, for people.
        index: of the images.

    Returns:
        The facts; None where they have logged maps of no image both.
    """
    places, maps = zip(*(_read_maps(store, run) for run in runs), strict=True)
    common, *rows = np.intersect1d(*places, return_indices=True)
    if not len(common):
        return None
    some = np.array(take_evenly(range(len(common)), MAX_IMAGES))
    first, second = (own[row[some]] for own, row in zip(maps, rows, strict=True))
    return PairFacts(
        run_ids=(runs[0].run_id, runs[1].run_id),
        names=(names[0], names[1]),
        scores=(runs[0].score, runs[1].score),
        overlap=overlap(first, second),
        by_chance=overlap(first, np.roll(second, len(some) // 2, axis=0)),
        labels=index.labels[common[some]],
        classes=index.classes,
    )


def _read_maps(store: Store, run: RunInfo) -> tuple[np.ndarray, np.ndarray]:
    """Return whose maps of the true class were logged, (N,), and the maps, (N, h, w)."""
    table = read_maps_of(store, run.run_id, run.epoch, METHOD)
    if table is None:
        return np.empty(0, int), np.empty((0, 1, 1))
    rows = table.rows[table.rows["target"] == table.rows["true"]]
    return rows["image"], unpack_maps(rows)[:, table.methods.index(METHOD)]
