"""How long work of minutes takes, said before it begins.

The pace is that of the run's training, since nothing else is known before.
"""

from collections.abc import Sequence

from app.reads import stored_runs
from pipelines.trust.audit import count_passes
from pipelines.trust.interventions import MAX_IMAGES
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.common.sentences import duration
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

TRAINING = 3
"""Forward passes that training on an image takes: one, and one backward of twice the work."""


def describe_trial(store: Store, run: RunInfo) -> str:
    """Say how many images interventions on a run change, in how many ways, and for how long."""
    images = min(MAX_IMAGES, len(stored_runs.image_index(store, run.images_id)))
    told = f"{images} images, each changed in up to {len(INTERVENTIONS)} ways"
    seconds = _seconds(run, images * len(INTERVENTIONS))
    if seconds is None:
        return f"{told}."
    return f"{told}: about {duration(seconds)} at the pace of its training, and less alone."


def estimate_check(store: Store, run: RunInfo, images: int, methods: Sequence[str]) -> float | None:
    """Return about how many seconds it takes to check a run's maps; None where nobody can know.

    Args:
        store: where the run is.
        run: the run.
        images: how many.
        methods: which.
    """
    control = stored_runs.control_run(store, run) is not None
    return _seconds(run, images * count_passes(run, control, methods) / TRAINING)


def _seconds(run: RunInfo, images: float) -> float | None:
    """Return how long training took for so many images."""
    pace = run.metrics.get("images_per_second")
    return images / pace if pace else None
