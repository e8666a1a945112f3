"""Interventions on stored networks: those of runs and those evaluated, kept as checks are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from saliencnn.checks.interventions.answers import Answers
from saliencnn.checks.interventions.corruptions import CORRUPTED
from saliencnn.checks.interventions.effects import Effects, find_effects
from saliencnn.checks.interventions.table import INTERVENTIONS, Intervention
from saliencnn.common.devices import choose_device
from saliencnn.common.errors import UserError
from saliencnn.common.evenly import choose_evenly
from saliencnn.common.formats import CHECK_RESULT
from saliencnn.common.progress import Progress, silent
from saliencnn.data.planes import decode_planes
from saliencnn.data.preparation import normalise
from saliencnn.findings.of_interventions import convict
from saliencnn.models.spec import ModelSpec
from saliencnn.store.artifacts import require_writable
from saliencnn.store.check_results import read_results, write_result
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_class_set, read_weights
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.images import read_image, read_index, read_region
from saliencnn.store.networks import keep_network, load_network
from saliencnn.store.runs import RunInfo, note

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from saliencnn.checks.interventions.measure import Subject

CHECK, CORRUPTIONS = "interventions", "corruptions"
TABLES: dict[str, dict[str, Intervention]] = {CHECK: INTERVENTIONS, CORRUPTIONS: CORRUPTED}
"""Check -> what it tries."""
Compute = Callable[..., Answers]
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


def count_changes(check: str) -> int:
    """Return how many forward passes what a check of ``TABLES`` tries takes for an image."""
    return 1 + sum(1 + (row.control is not None) for row in TABLES[check].values())


def intervene_on_run(
    store: Store,
    run: RunInfo,
    epoch: int,
    images: int = MAX_IMAGES,
    report: Progress = silent,
    check: str = CHECK,
    compute: Compute | None = None,
) -> Intervened:
    """Try all that a check of ``TABLES`` tries on a run's checkpoint; keep that with the run.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        images: how many validation images at most, evenly from all classes.
        report: called with the progress; what it raises ends it.
        check: one of ``TABLES``.
        compute: does what ``intervene`` does, which does it by default.

    Raises:
        UserError: no such checkpoint, or too few images.
    """
    require_writable(store)
    keep_network(store, run, epoch)
    model, prepare = load_network(store, run, epoch), run.preparation.normalise
    chosen, subject = _read_subject(store, run.images_id, images, model, run.spec, prepare)
    found = _try(store, run.run_id, epoch, chosen, subject, report, check, compute)
    if check == CHECK and epoch == run.epoch:
        # Lists tell of the newest epoch, and of the most images tried.
        most = read_interventions(store, run.run_id, epoch) or found
        words = convict(most.effects)
        if words is not None:
            note(store, run.run_id, conviction=f"{epoch} {words}")
    return found


def intervene_on_evaluated(
    store: Store,
    info: EvaluationInfo,
    images: int = MAX_IMAGES,
    report: Progress = silent,
    check: str = CHECK,
    compute: Compute | None = None,
) -> Intervened:
    """Likewise on an evaluated network, kept with its evaluation.

    Raises:
        MissingArtifact: its weights are not stored.
        UserError: too few images.
    """
    require_writable(store)
    from saliencnn.models.catalogue import build_evaluable

    classes = len(read_class_set(store, info.run_id))
    model = build_evaluable(info.arch, classes, read_weights(store, info))
    spec = info.spec
    prepare = partial(normalise, mean=info.mean, std=info.std)
    chosen, subject = _read_subject(store, info.images_id, images, model, spec, prepare)
    return _try(store, info.run_id, 0, chosen, subject, report, check, compute)


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
    from saliencnn.checks.interventions.measure import change_images

    model, count = load_network(store, run, found.epoch), len(found.images)
    prepare = run.preparation.normalise
    _, subject = _read_subject(store, run.images_id, count, model, run.spec, prepare)
    changed = change_images(subject, INTERVENTIONS[name], places)
    return changed.permute(0, 2, 3, 1).numpy()


def read_interventions(
    store: Store, run_id: str, epoch: int, check: str = CHECK
) -> Intervened | None:
    """Return what a check of ``TABLES`` found of an epoch's network on the most images, if any."""
    known = [
        Intervened(
            epoch,
            arrays["images"],
            arrays["labels"],
            Answers(tuple(map(str, arrays["names"])), arrays["predicted"], arrays["confidence"]),
        )
        for question, arrays in read_results(store, run_id, check)
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
    from saliencnn.checks.interventions.measure import Subject

    index = read_index(store, images_id)
    if min(images, len(index)) < 2:
        raise UserError("Interventions need at least two images.")
    chosen = choose_evenly(index.labels, min(images, len(index)))
    pixels = decode_planes([read_image(store, images_id, index, int(i)) for i in chosen])
    regions = [read_region(store, images_id, index, int(i), "object") for i in chosen]
    known = [region for region in regions if region is not None]
    masks = np.stack(known) if len(known) == len(chosen) else None
    labels = index.labels[chosen]
    return chosen, Subject(model.to(choose_device()), spec, pixels, labels, masks, prepare)


def _try(
    store: Store,
    run_id: str,
    epoch: int,
    chosen: np.ndarray,
    subject: Subject,
    report: Progress,
    check: str,
    compute: Compute | None,
) -> Intervened:
    from saliencnn.checks.interventions.measure import intervene

    answers = (compute or intervene)(subject, [*TABLES[check].values()], report)
    found = Intervened(epoch, chosen, subject.labels, answers)
    question = {"check": check, **CHECK_RESULT.stamp, "epoch": epoch, "images": len(chosen)}
    arrays = {
        "images": chosen,
        "labels": subject.labels,
        "names": np.array(answers.names),
        "predicted": answers.predicted,
        "confidence": answers.confidence,
    }
    write_result(store, run_id, question, arrays)
    return found
