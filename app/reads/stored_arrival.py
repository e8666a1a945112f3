"""From which epoch on a run looks at the object, over all its validation images."""

from app.reads import stored_images, stored_runs
from saliencnn.findings.focus_words import Place, find_arrival
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

MEASURED = ("focus", "focus_inside")


def place_of(store: Store, run: RunInfo) -> Place:
    """Return where the maps of a run's images should lie."""
    return Place(stored_images.image_index(store, run.images_id).box_area)


def arrival_of(store: Store, run: RunInfo) -> int | None:
    """Return from which epoch on most maps lie where they should, see ``find_arrival``."""
    if not run.epoch:
        return None
    rows = stored_runs.history(store, ((run.run_id, run.epoch),), MEASURED)
    by_epoch = rows.pivot(index="epoch", columns="metric", values="value")
    by_epoch = by_epoch.reindex(index=run.epochs, columns=MEASURED)
    focus, inside = (by_epoch[name].to_numpy(float) for name in MEASURED)
    return find_arrival(inside, run.epochs, float(focus[-1]), place_of(store, run))
