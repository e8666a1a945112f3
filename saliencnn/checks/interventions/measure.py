"""Every intervention on many images, a batch at a time."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from saliencnn.checks.interventions.answers import AS_THEY_ARE, CONTROL, Answers, find_partners
from saliencnn.checks.interventions.changes import inpainted
from saliencnn.checks.interventions.scene import Scene
from saliencnn.checks.interventions.table import INTERVENTIONS, Change, Intervention
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, silent
from saliencnn.models.outputs import read_logits
from saliencnn.models.spec import CONTRAST, LOGIT, ModelSpec
from saliencnn.saliency import classify_and_explain
from saliencnn.saliency.passes import explaining

BATCH, PIXELS = 32, 4 * 224**2
"""Images of a pass at most; on a CPU also their pixels, so that what layers hand on stays in its
cache: MobileNetV2 takes a third less by 4 images of 224 pixels than by 32."""
ATTENDED = 0.1
"""Of the pixels, those where Grad-CAM is highest: what the maps attend to."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A network and the images on which interventions are tried.

    Attributes:
        model: returns logits (N, classes); it leaves as it came.
        spec: its target layer and head.
        images: uint8 (N, 3, H, W), as the network sees them.
        labels: int64 (N,), true classes.
        masks: bool (N, H, W), where the object is; None where that is not known.
        normalise: from pixels, 0 to 255, to the network's input.
    """

    model: nn.Module
    spec: ModelSpec
    images: Tensor
    labels: np.ndarray
    masks: np.ndarray | None
    normalise: Callable[[Tensor], Tensor]

    @cached_property
    def mean_colour(self) -> Tensor:
        """Of all images, (3, 1, 1), 0 to 1."""
        return (self.images.float().mean((0, 2, 3)) / 255)[:, None, None]

    @cached_property
    def partners(self) -> tuple[np.ndarray, np.ndarray]:
        """For each image one of another class, and another one of its own, int (N,)."""
        return find_partners(self.labels, same=False), find_partners(self.labels, same=True)


def intervene(
    subject: Subject,
    rows: Sequence[Intervention] | None = None,
    report: Progress = silent,
    places: range | None = None,
) -> Answers:
    """Return a network's answers to every change that can be made.

    Beside one pass for each change and control, it costs the forward pass and the backward pass to
    the target layer that find what the maps attend to.

    Args:
        subject: the network and the images.
        rows: which interventions; all by default. Those of the object are left out where its
            place is not known.
        report: called with the progress; what it raises ends it.
        places: which of the images are changed, one after the other; all by default. What is taken
            from others is taken from all of them.

    Raises:
        UserError: the images have no three channels.
    """
    if subject.images.shape[1] != 3:
        raise UserError("Interventions need images of three channels.")
    chosen = INTERVENTIONS.values() if rows is None else rows
    rows = [row for row in chosen if row.needs != "object" or subject.masks is not None]
    changes = [(AS_THEY_ARE, None), *_changes(rows)]
    wanted = np.arange(len(subject.images)) if places is None else np.array(places)
    names, parts = tuple(name for name, _ in changes), []
    with explaining(subject.model, subject.spec.explaining(LOGIT)), torch.no_grad():
        size = choose_batch(subject)
        for start in range(0, len(wanted), size):
            batch = wanted[start : start + size]
            logits = _answer(subject, batch, changes, rows)
            labels = torch.from_numpy(subject.labels[batch]).expand(len(changes), -1)
            predicted = logits.argmax(2).numpy().astype(np.int16)
            chosen_class = logits.softmax(2).gather(2, labels[..., None])[..., 0]
            parts.append(Answers(names, predicted, chosen_class.numpy()))
            report((start + len(batch)) / len(wanted), "intervening")
    return Answers.join(parts)


def choose_batch(subject: Subject) -> int:
    """Return how many images go through the network at a time."""
    if next(subject.model.parameters()).is_cuda:
        return BATCH
    height, width = subject.images.shape[-2:]
    return max(1, min(BATCH, PIXELS // (height * width)))


Named = tuple[str, tuple[Intervention, Change] | None]


def _changes(rows: Sequence[Intervention]) -> Iterator[Named]:
    for row in rows:
        yield row.name, (row, row.change)
        if row.control is not None:
            yield row.name + CONTROL, (row, row.control)


def change_images(subject: Subject, row: Intervention, places: np.ndarray) -> Tensor:
    """Return images as an intervention changes them, uint8 (M, 3, H, W) on the CPU.

    Args:
        subject: as it was measured.
        row: the intervention.
        places: int (M,), which of the subject's images.
    """
    with explaining(subject.model, subject.spec.explaining(LOGIT)), torch.no_grad():
        images = row.change(_scenes(subject, places, {row.needs})[row.needs])
    return (images * 255).round().clamp(0, 255).byte().cpu()


def _answer(
    subject: Subject,
    places: np.ndarray,
    changes: Sequence[Named],
    rows: Sequence[Intervention],
) -> Tensor:
    """Return the logits of a batch after each change, (K, N, classes), on the CPU."""
    scenes = _scenes(subject, places, {row.needs for row in rows})
    answers = []
    for _, change in changes:
        images = scenes[""].images if change is None else change[1](scenes[change[0].needs])
        output = subject.model(_normalise(subject, images))
        answers.append(read_logits(output, subject.spec.logits).float().cpu())
    return torch.stack(answers)


def _scenes(subject: Subject, places: np.ndarray, needed: Collection[str]) -> dict[str, Scene]:
    """Return a batch of images with each region that is needed."""
    device = next(subject.model.parameters()).device

    def fetch(which: np.ndarray) -> Tensor:
        return subject.images[which].to(device).float() / 255

    scene = Scene(fetch(places), torch.from_numpy(places), subject.mean_colour.to(device))
    scenes: dict[str, Scene] = {"": scene}
    if "attended" in needed:
        scenes["attended"] = replace(scene, region=_attended(subject, scene.images, places))
    if "other" in needed:
        others, own_others = (fetch(other[places]) for other in subject.partners)
        scenes["other"] = replace(scene, others=others, own_others=own_others)
    if "object" in needed and subject.masks is not None:
        masks = torch.from_numpy(subject.masks[:, None]).to(device)
        behind, own = (
            inpainted(fetch(other[places]), masks[other[places]]) for other in subject.partners
        )
        scenes["object"] = replace(
            scene, region=masks[places], backgrounds=behind, own_backgrounds=own
        )
    return scenes


def _attended(subject: Subject, images: Tensor, places: np.ndarray) -> Tensor:
    """Return the ``ATTENDED`` pixels that Grad-CAM of the true class finds, bool (N, 1, H, W)."""
    with torch.enable_grad():
        _, maps = classify_and_explain(
            subject.model,
            _normalise(subject, images),
            torch.from_numpy(subject.labels[places]),
            ("gradcam",),
            spec=subject.spec.explaining(CONTRAST),
        )
    size = images.shape[-2:]
    found = torch.nn.functional.interpolate(maps["gradcam"][:, None], size, mode="bilinear")
    flat = found.flatten(1)
    wanted = max(1, round(ATTENDED * flat.shape[1]))
    order = flat.argsort(dim=1, descending=True, stable=True)[:, :wanted]
    inside = torch.zeros_like(flat, dtype=torch.bool).scatter_(1, order, True)
    return inside.view_as(found).to(images.device)


def _normalise(subject: Subject, images: Tensor) -> Tensor:
    return subject.normalise(255 * images).contiguous(memory_format=torch.channels_last)
