"""The work of minutes that pages offer: what each computes, and what is read anew after it."""

from collections.abc import Callable, Sequence
from hashlib import sha256

from app.reads import stored_evaluations, stored_interventions, stored_runs
from pipelines.computing.background import Work
from pipelines.evaluation.trained import evaluate_runs
from pipelines.review.checked import check_run
from pipelines.trust.answers import MapQuery
from pipelines.trust.corruptions import corrupt_evaluated, corrupt_run
from pipelines.trust.interventions import intervene_on_evaluated, intervene_on_run
from pipelines.trust.mask_spread import show_mask_spread
from saliencnn.common.sentences import count, list_some
from saliencnn.maps.progression import compute_missing
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo


def check_key(run: RunInfo, epoch: int) -> str:
    """Return the key of checking a run's maps, whatever images and methods."""
    return f"check-{run.run_id}-{epoch}"


def check_maps(store: Store, run: RunInfo, epoch: int, images: int, methods: Sequence[str]) -> Work:
    """Return the work of checking a run's maps; what is found is kept."""
    by = count(len(methods), "method", "methods")
    what = f"Checking the maps of {count(images, 'image', 'images')} by {by}"
    given = (store, run, epoch, images, tuple(methods))
    return Work(check_key(run, epoch), what, check_run, given, stored_runs.forget_audits)


def try_interventions(store: Store, network: RunInfo | EvaluationInfo, epoch: int) -> Work:
    """Return the work of trying interventions on a run's network at an epoch, or an evaluated one.

    What is found is kept.
    """
    functions = (intervene_on_run, intervene_on_evaluated)
    return _try("interventions", "Trying interventions", *functions, store, network, epoch)


def try_corruptions(store: Store, network: RunInfo | EvaluationInfo, epoch: int) -> Work:
    """Likewise on corrupted images."""
    functions = (corrupt_run, corrupt_evaluated)
    return _try("corruptions", "Trying corrupted images", *functions, store, network, epoch)


def _try(
    name: str,
    what: str,
    on_run: Callable[..., object],
    on_evaluated: Callable[..., object],
    store: Store,
    network: RunInfo | EvaluationInfo,
    epoch: int,
) -> Work:
    key, forget = f"{name}-{network.run_id}-{epoch}", stored_interventions.forget
    if isinstance(network, RunInfo):
        return Work(key, what, on_run, (store, network, epoch), forget)
    return Work(key, what, on_evaluated, (store, network), forget)


def evaluate_trained(store: Store, runs: Sequence[RunInfo], key: str) -> Work:
    """Return the work of evaluating trained runs, which finds the evaluations' ids."""
    what = f"Evaluating {list_some([run.name for run in runs], 3)}"
    forget = stored_evaluations.all_evaluations.clear
    return Work(key, what, evaluate_runs, (store, tuple(runs)), forget, answers=True)


def explain_missing(
    store: Store, run: RunInfo, image: int, target: int, missing: dict[int, tuple[str, ...]]
) -> Work:
    """Return the work of computing a validation image's maps of epochs and methods; they are kept.

    Args:
        store: where the run is.
        run: the run, whose checkpoints are kept.
        image: the image.
        target: the class that the maps explain.
        missing: epoch -> methods.
    """
    maps = count(sum(map(len, missing.values())), "map", "maps")
    what = f"Computing {maps} of an image from {count(len(missing), 'checkpoint', 'checkpoints')}"
    given, key = (store, run, image, target, missing), f"maps-{run.run_id}-{image}-{target}"
    return Work(key, what, compute_missing, given, stored_runs.forget_computed)


def learn_masks(query: MapQuery) -> Work:
    """Return the work of learning BBMP's masks of an image from several starts."""
    image = sha256(query.pixels.tobytes()).hexdigest()[:16]
    key = f"masks-{query.run.run_id}-{query.epoch}-{query.target}-{image}"
    what = "Learning masks from several starts"
    return Work(key, what, show_mask_spread, (query,), answers=True)
