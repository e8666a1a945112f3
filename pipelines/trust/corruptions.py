"""Corruptions of rising strength on stored networks, kept as interventions are."""

from pipelines.trust.interventions import (
    CORRUPTIONS,
    MAX_IMAGES,
    Compute,
    intervene_on_evaluated,
    intervene_on_run,
    read_interventions,
)
from saliencnn.checks.interventions.corruptions import CurvePoint, draw_curves, mean_accuracy
from saliencnn.common.progress import Progress, silent
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import CORRUPTED_TOP1, EvaluationInfo
from saliencnn.store.evaluations import note_metric
from saliencnn.store.runs import RunInfo


def corrupt_run(
    store: Store,
    run: RunInfo,
    epoch: int,
    images: int = MAX_IMAGES,
    report: Progress = silent,
    compute: Compute | None = None,
) -> list[CurvePoint]:
    """Try every corruption on a run's checkpoint; keep what was found with the run.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        images: how many validation images at most, evenly from all classes.
        report: called with the progress; what it raises ends it.
        compute: as for ``intervene_on_run``.

    Raises:
        UserError: no such checkpoint, or too few images.
    """
    found = intervene_on_run(store, run, epoch, images, report, CORRUPTIONS, compute)
    return draw_curves(found.answers, found.labels)


def corrupt_evaluated(
    store: Store,
    info: EvaluationInfo,
    images: int = MAX_IMAGES,
    report: Progress = silent,
    compute: Compute | None = None,
) -> list[CurvePoint]:
    """Likewise on an evaluated network, kept with its evaluation.

    The evaluation's metric of this name is the mean accuracy over all of them, by which lists know
    that there are curves to read.

    Raises:
        MissingArtifact: its weights are not stored.
        UserError: too few images.
    """
    found = intervene_on_evaluated(store, info, images, report, CORRUPTIONS, compute)
    most = read_curves(store, info.run_id)
    note_metric(store, info.run_id, CORRUPTED_TOP1, mean_accuracy(most))
    return draw_curves(found.answers, found.labels)


def read_curves(store: Store, run_id: str, epoch: int = 0) -> list[CurvePoint]:
    """Return the points of a network's robustness curves, of the most images; maybe none.

    Args:
        store: where it is.
        run_id: of its run or of its evaluation.
        epoch: of the run; 0 for an evaluation.
    """
    found = read_interventions(store, run_id, epoch, CORRUPTIONS)
    return [] if found is None else draw_curves(found.answers, found.labels)
