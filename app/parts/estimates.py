"""How long work of minutes takes, said before it begins.

The pace is that of the run's training, or of the evaluation, since nothing else is known before.
"""

from collections.abc import Sequence

from app.reads import stored_images, stored_runs
from pipelines.trust.audit import count_passes
from pipelines.trust.interventions import CHECK, CORRUPTIONS, MAX_IMAGES, TABLES, count_changes
from saliencnn.common.sentences import duration
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo

TRAINING = 4
"""Passes of a check in the time that training takes for an image: one forward pass and one backward
of twice the work, of a network whose batch norms are not folded."""


def describe_trial(store: Store, network: RunInfo | EvaluationInfo) -> str:
    """Say how many images interventions change, in how many ways, and for how long."""
    return _describe(store, network, CHECK, "changed in up to")


def describe_corruptions(store: Store, network: RunInfo | EvaluationInfo) -> str:
    """Likewise of corrupted images."""
    return _describe(store, network, CORRUPTIONS, "corrupted in")


def estimate_check(store: Store, run: RunInfo, methods: Sequence[str]) -> float | None:
    """Return about how many seconds an image takes to check a run's maps; None if nobody can know.

    Args:
        store: where the run is.
        run: the run.
        methods: which.
    """
    control = stored_runs.control_run(store, run) is not None
    return _estimate(run, count_passes(run, control, methods))


def _describe(store: Store, network: RunInfo | EvaluationInfo, check: str, how: str) -> str:
    images = min(MAX_IMAGES, len(stored_images.image_index(store, network.images_id)))
    told = f"{images} images, each {how} {len(TABLES[check])} ways"
    seconds = _estimate(network, images * count_changes(check))
    return f"{told}: about {duration(seconds)}." if seconds else f"{told}."


def _estimate(network: RunInfo | EvaluationInfo, passes: float) -> float | None:
    """Return how many seconds so many forward passes take; None where no pace is known."""
    pace = network.metrics.get("images_per_second")
    once = TRAINING if isinstance(network, RunInfo) else 1
    return passes / (once * pace) if pace else None
