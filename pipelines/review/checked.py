"""Checks of a run's maps, and what of them lists of runs tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipelines.review.findings import note_classes_beside
from pipelines.trust.audit import audit
from pipelines.trust.results import Table
from saliencnn.common.progress import Progress, silent
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.trust.audit import AUDITED_METHODS

if TYPE_CHECKING:
    from saliencnn.checks.quantities import Quantities


def check_run(
    store: Store,
    run: RunInfo,
    epoch: int,
    images: int,
    methods: Sequence[str] = AUDITED_METHODS,
    report: Progress = silent,
    checks: Sequence[str] = (),
    compute: Callable[..., dict[str, Quantities]] | None = None,
) -> Table:
    """Check a run's explanations as ``audit`` does, and note what lists tell of the last epoch.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        images: how many images.
        methods: as of ``audit``, like all that follow.
        report: called with the progress.
        checks: keys of ``CHECKS``; by default all.
        compute: what computes them.

    Raises:
        UserError: as ``audit``.
    """
    table = audit(store, run, epoch, images, methods, report, checks, compute)
    if epoch == run.epoch:
        note_classes_beside(store, run)
    return table
