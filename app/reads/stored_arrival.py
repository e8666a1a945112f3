"""From which epoch on a run looks at the object, over all its validation images."""

import numpy as np

from app.reads import stored_images, stored_runs
from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.findings.focus_words import AT_NO_EPOCH, Place, find_arrival
from saliencnn.measures.focus import INSIDE
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

MEASURED = ("focus", "focus_inside", "focus_images", "pointing")


def place_of(store: Store, images_id: str) -> Place:
    """Return where the maps of a set of images should lie."""
    return Place(stored_images.image_index(store, images_id).box_area)


def arrival_of(store: Store, run: RunInfo) -> int | None:
    """Return from which epoch on most maps lie where they should, see ``find_arrival``.

    None, too, where focus is known of too few images, or most maps are wide: they point at it at
    the last epoch, though most of them lies around it.
    """
    if not run.epoch:
        return None
    rows = stored_runs.history(store, ((run.run_id, run.epoch),), MEASURED)
    by_epoch = rows.pivot(index="epoch", columns="metric", values="value")
    by_epoch = by_epoch.reindex(index=run.epochs, columns=MEASURED)
    focus, inside, counted, pointing = (by_epoch[name].to_numpy(float) for name in MEASURED)
    images = counted[-1] if np.isfinite(counted[-1]) else _count_located(store, run)
    mean = float(focus[-1]) if images >= MIN_IMAGES else np.nan
    found = find_arrival(inside, run.epochs, mean, place_of(store, run.images_id))
    return None if found == AT_NO_EPOCH and pointing[-1] > INSIDE else found


def _count_located(store: Store, run: RunInfo) -> int:
    """Return of how many images focus is known at most, for runs that did not count them."""
    index = stored_images.image_index(store, run.images_id)
    located = np.isfinite(index.object_boxes).all(axis=1) | index.masked("object")
    images = int(located.sum())
    return min(images, run.map_images) if run.map_images else images
