"""One function for all explanations, and its variant for the validation pass of training."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial

import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, part_of, silent
from saliencnn.models.spec import DEEP, ModelSpec
from saliencnn.saliency.methods import METHODS
from saliencnn.saliency.passes import CutPass, cut_pass, explaining
from saliencnn.saliency.task import NotApplicable, SharedPass, Task


@dataclass(frozen=True)
class Explained:
    """Logits (N, classes) of a validation batch, and its maps.

    Attributes:
        logits: float32, on the CPU.
        of_true: method -> (N, h, w), the true class as target.
        of_predicted: method -> (M, h, w), the predicted class as target, for the M images of
            ``wrong`` only.
        wrong: (M,) positions in the batch whose prediction differs from the truth.
    """

    logits: Tensor
    of_true: dict[str, Tensor]
    of_predicted: dict[str, Tensor]
    wrong: Tensor


def explain(
    model: nn.Module,
    images: Tensor,
    target: Tensor | int,
    methods: Iterable[str],
    *,
    spec: ModelSpec,
    layer: str | None = None,
    seed: int = 0,
    report: Progress = silent,
) -> dict[str, Tensor]:
    """Explain class scores.

    All methods of a call share one forward pass; the methods' table says what each costs
    beside it. The model leaves as it came, also after an exception.

    Args:
        model: network that returns logits (N, classes).
        images: float (N, 3, H, W), normalised as the network expects.
        target: the class to explain, one for all or (N,).
        methods: names of the table ``METHODS``.
        spec: the network's target layer and head.
        layer: dotted name of another target layer.
        seed: start of the methods' random numbers.
        report: called with the progress of all methods; whatever it raises cancels the call
            and comes out of it.

    Returns:
        Method -> float32 (N, h, w), raw: not rescaled, and >= 0 unless the method's row says
        signed. The resolution is the method's own: the target layer's for the families
        ``layer`` and ``channels``, the image's for ``input``, the mask's for ``mask``.

    Raises:
        NotApplicable: a method is not defined for this network.
        UserError: unknown method, unknown layer, or a class the network does not have.
    """
    names = list(methods)
    with _sharing(model, images, target, names, _at(spec, layer), seed) as task:
        return _maps(task, names, report)


def classify_and_explain(
    model: nn.Module,
    images: Tensor,
    target: Tensor | int,
    methods: Iterable[str],
    *,
    spec: ModelSpec,
    seed: int = 0,
    report: Progress = silent,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Explain class scores, and give the logits of the pass that the methods share.

    Args and errors are those of ``explain``.

    Returns:
        Logits float32 (N, classes) on the CPU, and the maps as from ``explain``.
    """
    names = list(methods)
    with _sharing(model, images, target, names, spec, seed) as task:
        maps = _maps(task, names, report)
        return task.logits.detach().float().cpu(), maps


def explain_validation(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    methods: Iterable[str],
    *,
    spec: ModelSpec,
    seed: int = 0,
) -> Explained:
    """Classify and explain a batch in one forward pass.

    The target class is the true one and, where the network is wrong, also the predicted one.

    Args:
        model: network that returns logits (N, classes).
        images: float (N, 3, H, W), normalised.
        labels: (N,) int64, true classes.
        methods: names of the table ``METHODS``.
        spec: the network's target layer and head.
        seed: start of the methods' random numbers.
    """
    names = list(methods)
    check_methods(names, spec)
    _check_classes(model, spec, labels)
    labels = labels.to(images.device)
    with explaining(model, spec.target_layer):
        clean = cut_pass(model, images, spec.target_layer)
        predicted = clean.logits.argmax(dim=1)
        wrong = (predicted != labels).nonzero()[:, 0]
        shared = SharedPass(lambda: clean, labels)
        task = Task(model, images, spec, shared, seed, silent)
        of_true = _maps(task, names)
        of_predicted: dict[str, Tensor] = {}
        if len(wrong):
            # One more pass through the head alone; the wrong ones are picked out afterwards.
            again = _maps(replace(task, shared=SharedPass(shared.cut, predicted)), names)
            of_predicted = {name: maps[wrong.cpu()] for name, maps in again.items()}
        logits = clean.logits.detach().float().cpu()
    return Explained(logits, of_true, of_predicted, wrong.cpu())


def applicable(names: Iterable[str], spec: ModelSpec) -> list[str]:
    """Return those methods that are defined for a network."""
    deep = spec.head_kind == DEEP
    return [name for name in names if not (deep and METHODS[name].needs_average)]


def check_methods(names: Iterable[str], spec: ModelSpec) -> None:
    """Check that every method is known and defined for a network.

    Raises:
        UserError: a name is not in the table.
        NotApplicable: CAM where the class score is not an average over the layer's cells.
    """
    for name in names:
        if name not in METHODS:
            raise UserError(f"Method {name!r} is unknown; choose from {', '.join(METHODS)}.")
        if METHODS[name].needs_average and spec.head_kind == DEEP:
            raise NotApplicable(
                f"{METHODS[name].label} is not defined here: it needs the class score to be one "
                f"linear layer on the global average of {spec.target_layer}, or the average of one "
                "convolution on it as in SqueezeNet."
            )


@contextmanager
def _sharing(
    model: nn.Module,
    images: Tensor,
    target: Tensor | int,
    names: list[str],
    spec: ModelSpec,
    seed: int,
) -> Iterator[Task]:
    """Check what is asked and yield the task whose pass all methods share."""
    where = spec.target_layer
    check_methods(names, spec)
    try:
        model.get_submodule(where)
    except AttributeError:
        raise UserError(f"Layer {where!r} is not part of this network.") from None
    targets = torch.as_tensor(target).expand(len(images)).long()
    _check_classes(model, spec, targets)
    targets = targets.to(images.device)
    with explaining(model, where):
        shared = SharedPass(cache(partial(_cut_with_maps, model, images, where)), targets)
        yield Task(model, images, spec, shared, seed, silent)


def _at(spec: ModelSpec, layer: str | None) -> ModelSpec:
    """Return the spec at another layer, of which nobody knows how it becomes scores."""
    own = layer in (None, spec.target_layer)
    return spec if own else ModelSpec(str(layer), spec.head, DEEP)


def _check_classes(model: nn.Module, spec: ModelSpec, targets: Tensor) -> None:
    classes = len(model.get_submodule(spec.head).weight)  # type: ignore[arg-type]
    outside = targets[(targets < 0) | (targets >= classes)].tolist()
    if outside:
        raise UserError(f"Class {outside[0]} is not among the network's {classes} classes.")


def _cut_with_maps(model: nn.Module, images: Tensor, layer: str) -> CutPass:
    with torch.enable_grad():  # the first to ask may need no gradients, but others will
        clean = cut_pass(model, images, layer)
    if clean.activations.ndim != 4:
        raise UserError(f"Layer {layer!r} has no maps: its output has no height and width.")
    return clean


def _maps(
    task: Task,
    names: list[str],
    report: Progress = silent,
) -> dict[str, Tensor]:
    maps = {}
    for done, name in enumerate(names):
        method, count = METHODS[name], len(names)
        of_method = part_of(report, done / count, (done + 1) / count, method.label)
        maps[name] = method.compute(replace(task, report=of_method)).detach().float()
    # Copied at the end, so that the next method is queued while a GPU is still at this one.
    return {name: each.cpu() for name, each in maps.items()}
