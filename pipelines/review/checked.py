"""Checks of a run's maps, and what of them lists of runs tell."""

from typing import Any

from pipelines.review.findings import note_classes_beside
from pipelines.trust.audit import audit
from pipelines.trust.results import Table
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def check_run(
    store: Store, run: RunInfo, epoch: int, images: int, *given: Any, **named: Any
) -> Table:
    """Check a run's explanations as ``audit`` does, and note what lists tell of the last epoch.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        images: how many images.
        given: what else ``audit`` takes.
        named: likewise, by name.

    Raises:
        UserError: as ``audit``.
    """
    table = audit(store, run, epoch, images, *given, **named)
    if epoch == run.epoch:
        note_classes_beside(store, run)
    return table
