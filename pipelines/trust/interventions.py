"""Interventions on stored networks: those of runs and those evaluated, kept as checks are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor

from pipelines.trust.audit import choose_evenly
from saliencnn.checks.interventions.effects import Effects, find_effects
from saliencnn.checks.interventions.measure import Answers, Subject, change_images, intervene
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.common.errors import UserError
from saliencnn.common.formats import CHECK_RESULT
from saliencnn.common.progress import Progress, silent
from saliencnn.data.fitted import decode_fitted
from saliencnn.data.preparation import normalise
from saliencnn.findings.of_interventions import convict
from saliencnn.models.catalogue import build_evaluable
from saliencnn.models.spec import ModelSpec
from saliencnn.store.artifacts import require_writable
from saliencnn.store.check_results import read_results, write_result
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_class_set, read_weights
from saliencnn.store.images import read_image, read_index, read_region
from saliencnn.store.networks import load_network
from saliencnn.store.runs import RunInfo, note

CHECK = "interventions"
MAX_IMAGES = 240
"""Images on which interventions are tried, by default."""


@dataclass(frozen=True, eq=False)
class Intervened:
    """What interventions on a network found.

    Attributes:
        epoch: whose checkpoint; 0 of an evaluated network.
        images: int64 (N,), positions in the image set.
        labels: int64 (N,), true classes.
        answers: of the network.
    """

    epoch: int
    images: np.ndarray
    labels: np.ndarray
    answers: Answers

    @cached_property
    def effects(self) -> Effects:
        """What the interventions changed."""
        return find_effects(self.answers, self.labels)


def intervene_on_run(
    store: Store, run: RunInfo, epoch: int, images: int = MAX_IMAGES, report: Progress = silent
) -> Intervened:
    """Try all interventions on a run's checkpoint, and keep what was found with the run.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        images: how many validation images at most, evenly from all classes.
        report: called with the progress; what it raises ends it.

    Raises:
        UserError: no such checkpoint, or too few images.
    """
    require_writable(store)
    model, prepare = load_network(store, run, epoch), run.preparation.normalise
    chosen, subject = _read_subject(store, run.images_id, images, model, run.spec, prepare)
    found = _try(store, run.run_id, epoch, chosen, subject, report)
    if epoch == run.epoch:  # lists tell of the newest epoch, and of the most images tried
        most = read_interventions(store, run.run_id, epoch) or found
        note(store, run.run_id, conviction=f"{epoch} {convict(most.effects)}")
    return found


def intervene_on_evaluated(
    store: Store, info: EvaluationInfo, images: int = MAX_IMAGES, report: Progress = silent
) -> Intervened:
    """Likewise on an evaluated network, with its evaluation.

    Raises:
        MissingArtifact: its weights are not stored.
        UserError: too few images.
    """
    require_writable(store)
    classes = len(read_class_set(store, info.run_id))
    model = build_evaluable(info.arch, classes, read_weights(store, info))
    spec = info.spec
    prepare = partial(normalise, mean=info.mean, std=info.std)
    chosen, subject = _read_subject(store, info.images_id, images, model, spec, prepare)
    return _try(store, info.run_id, 0, chosen, subject, report)


def change_examples(
    store: Store, run: RunInfo, found: Intervened, name: str, places: np.ndarray
) -> np.ndarray:
    """Return images as an intervention on a run's network changed them, uint8 (M, H, W, 3).

    Args:
        store: where the run is.
        run: the run.
        found: what was found.
        name: of the intervention.
        places: int (M,), which of the images that were tried.

    Raises:
        UserError: the checkpoint is gone.
    """
    model, count = load_network(store, run, found.epoch), len(found.images)
    prepare = run.preparation.normalise
    _, subject = _read_subject(store, run.images_id, count, model, run.spec, prepare)
    changed = change_images(subject, INTERVENTIONS[name], places)
    return changed.permute(0, 2, 3, 1).numpy()


def read_interventions(store: Store, run_id: str, epoch: int) -> Intervened | None:
    """Return what interventions on an epoch's network found, on the most images; None without."""
    known = [
        Intervened(
            epoch,
            arrays["images"],
            arrays["labels"],
            Answers(tuple(map(str, arrays["names"])), arrays["predicted"], arrays["confidence"]),
        )
        for question, arrays in read_results(store, run_id, CHECK)
        if question.get("epoch") == epoch
        and {"images", "labels", "names", "predicted", "confidence"} <= arrays.keys()
    ]
    return max(known, key=lambda one: len(one.images), default=None)


def _read_subject(
    store: Store,
    images_id: str,
    images: int,
    model: torch.nn.Module,
    spec: ModelSpec,
    prepare: Callable[[Tensor], Tensor],
) -> tuple[np.ndarray, Subject]:
    index = read_index(store, images_id)
    if min(images, len(index)) < 2:
        raise UserError("Interventions need at least two images.")
    chosen = choose_evenly(index.labels, min(images, len(index)))
    pixels = decode_fitted([read_image(store, images_id, index, int(i)) for i in chosen])
    regions = [read_region(store, images_id, index, int(i), "object") for i in chosen]
    known = [region for region in regions if region is not None]
    masks = np.stack(known) if len(known) == len(chosen) else None
    device = "cuda" if torch.cuda.is_available() else "cpu"
    labels = index.labels[chosen]
    return chosen, Subject(model.to(device), spec, pixels, labels, masks, prepare)


def _try(
    store: Store, run_id: str, epoch: int, chosen: np.ndarray, subject: Subject, report: Progress
) -> Intervened:
    found = Intervened(epoch, chosen, subject.labels, intervene(subject, report=report))
    answers = found.answers
    question = {"check": CHECK, **CHECK_RESULT.stamp, "epoch": epoch, "images": len(chosen)}
    arrays = {
        "images": chosen,
        "labels": subject.labels,
        "names": np.array(answers.names),
        "predicted": answers.predicted,
        "confidence": answers.confidence,
    }
    write_result(store, run_id, question, arrays)
    return found
