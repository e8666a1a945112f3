"""One step of learning: optimizers, learning rates, and what of a network learns."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.training.backgrounds import swap_backgrounds
from pipelines.training.guidance import guided_pass
from saliencnn.common.hyperparameters import UNGUIDED, Hyperparameters
from saliencnn.common.ranks import count_ranks, sum_gradients, sum_numbers
from saliencnn.models.outputs import read_logits
from saliencnn.models.spec import ModelSpec


def make_optimizer(
    model: nn.Module, architecture: ModelSpec, hp: Hyperparameters
) -> torch.optim.Optimizer:
    """Return the optimizer of the parameters that may learn."""
    groups, decay = _group_parameters(model, architecture, hp), hp.weight_decay
    if hp.optimizer == "adamw":
        betas = (hp.momentum, 0.999)
        return torch.optim.AdamW(groups, hp.learning_rate, betas=betas, weight_decay=decay)
    kind = torch.optim.SGD if hp.optimizer == "sgd" else torch.optim.RMSprop
    return kind(groups, hp.learning_rate, momentum=hp.momentum, weight_decay=decay)


def _group_parameters(
    model: nn.Module, architecture: ModelSpec, hp: Hyperparameters
) -> list[dict[str, Any]]:
    """Return the parameters in one group, or two where the head learns at another rate."""
    learning = [p for p in model.parameters() if p.requires_grad]
    if hp.head_factor == 1:
        return [{"params": learning, "factor": 1.0}]
    head = set(model.get_submodule(architecture.head).parameters())
    body = [p for p in learning if p not in head]
    groups = [{"params": body, "factor": 1.0}] if body else []
    return [*groups, {"params": [p for p in learning if p in head], "factor": hp.head_factor}]


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Let the optimizer's next step have a learning rate, its head's group a multiple of it."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("factor", 1.0)  # runs of earlier versions have none


def learning_rate(hp: Hyperparameters, step: int, steps: int) -> float:
    """Return the learning rate of a step: a function of its number alone, so it needs no state.

    Args:
        hp: its ``learning_rate``, ``warmup`` and ``schedule``: the rate rises in a line over the
            warm-up's steps; over the others ``cosine`` falls to 0, ``step`` is divided by ten
            after 60% and again after 85% of them.
        step: 0 to steps - 1.
        steps: of the whole run.
    """
    warm = round(hp.warmup * steps)
    if step < warm:
        return hp.learning_rate * (step + 1) / (warm + 1)
    fraction = (step - warm) / (steps - warm)
    if hp.schedule == "cosine":
        return hp.learning_rate * (1 + math.cos(math.pi * fraction)) / 2
    if hp.schedule == "step":
        return hp.learning_rate * 0.1 ** ((fraction >= 0.6) + (fraction >= 0.85))
    return hp.learning_rate


@dataclass(frozen=True)
class Step:
    """What one step of learning saw, in all processes that train together.

    Attributes:
        images: how many there were.
        loss: mean cross entropy before the step.
        guidance: mean guidance loss before the step, unweighted; 0 without guidance.
        right: images that were classified correctly before it.
    """

    images: int
    loss: float
    guidance: float
    right: int


def learn(
    model: nn.Module,
    architecture: ModelSpec,
    optimizer: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    regions: Tensor | None,
    hp: Hyperparameters,
    class_weights: Tensor | None = None,
) -> Step | None:
    """Take one step, or none where there is no image; all processes that train together do it.

    Args:
        model: the network, in training.
        architecture: its row.
        optimizer: of its parameters.
        images: normalised float (N, 3, H, W), of this process's part of the batch.
        labels: int64 (N,).
        regions: bool (N, 1, H, W), where the evidence may lie; None where nothing asks for it.
        hp: its ``accumulate``, ``label_smoothing``, ``mixup``, ``cutmix``, ``new_background`` and
            guidance.
        class_weights: of each class in the loss, float (classes,); 1 by default.
    """
    targets = labels
    if regions is not None and hp.new_background:
        images = swap_backgrounds(images, regions, hp.new_background)
    if regions is None or hp.guidance == UNGUIDED:
        regions = None
        images, targets = mix(images, labels, count_classes(model, architecture), hp)
    weights = torch.ones(len(labels))
    if class_weights is not None and targets.ndim == 1:  # as torch averages a weighted loss
        weights = class_weights[labels].cpu()
    total, count = sum_numbers(float(weights.sum()), float(len(labels)))
    if not count:
        return None
    optimizer.zero_grad(set_to_none=True)
    loss_sum = guidance_sum = right = 0.0
    for part in _parts(len(labels), hp.accumulate):
        # bfloat16 has float32's range, so no loss scaling is needed.
        with torch.autocast("cuda", torch.bfloat16, enabled=images.is_cuda):
            guidance = images.new_zeros(())
            if regions is None:
                logits = read_logits(model(images[part]), architecture.logits)
            else:
                logits, guidance = guided_pass(
                    model, architecture, images[part], labels[part], regions[part], hp
                )
            loss = _cross_entropy(logits, targets[part], class_weights, hp)
            fraction, weight = len(labels[part]) / count, float(weights[part].sum()) / (total or 1)
            whole = weight * loss + hp.guidance_weight * fraction * guidance
        whole.backward()
        loss_sum += weight * float(loss.detach())
        guidance_sum += fraction * float(guidance.detach())
        right += float((logits.detach().argmax(1) == labels[part]).sum())
    sum_gradients(model)
    optimizer.step()
    loss_sum, guidance_sum, right = sum_numbers(loss_sum, guidance_sum, right)
    return Step(int(count), loss_sum, guidance_sum, int(right))


def _parts(images: int, parts: int) -> list[slice]:
    """Return where the parts of a batch lie; of several processes each has as many."""
    edges = [images * edge // parts for edge in range(parts + 1)]
    slices = [slice(*pair) for pair in pairwise(edges)]
    return slices if count_ranks() > 1 else [s for s in slices if s.start < s.stop]


def _cross_entropy(
    logits: Tensor, targets: Tensor, class_weights: Tensor | None, hp: Hyperparameters
) -> Tensor:
    if not len(targets):  # other processes wait for the gradients of this one
        return logits.sum()
    return functional.cross_entropy(
        logits, targets, class_weights, label_smoothing=hp.label_smoothing
    )


def mix(images: Tensor, labels: Tensor, classes: int, hp: Hyperparameters) -> tuple[Tensor, Tensor]:
    """Mix the images of a batch and their labels, by mixup (Zhang 2018) or CutMix (Yun 2019).

    Args:
        images: float (N, 3, H, W).
        labels: int64 (N,).
        classes: how many there are.
        hp: its ``mixup`` and ``cutmix``; where both are on, a coin decides for each batch.

    Returns:
        Images, and fractions of the classes, float (N, classes); as they came where both are off.
    """
    from torchvision.transforms import v2

    kinds = ((v2.MixUp, hp.mixup), (v2.CutMix, hp.cutmix))
    on = [kind(alpha=alpha, num_classes=classes) for kind, alpha in kinds if alpha > 0]
    if not on or len(labels) < 2:
        return images, labels
    mixed: tuple[Tensor, Tensor] = v2.RandomChoice(on)(images, labels)
    return mixed


def count_classes(model: nn.Module, spec: ModelSpec) -> int:
    """Return how many classes a network's head scores."""
    return len(next(model.get_submodule(spec.head).parameters()))


def freeze(model: nn.Module, spec: ModelSpec, frozen: bool) -> None:
    """Let only the head learn where ``frozen``, else everything."""
    model.requires_grad_(not frozen)
    model.get_submodule(spec.head).requires_grad_(True)


def set_training(model: nn.Module, spec: ModelSpec, frozen: bool) -> None:
    """Put a model into training; a frozen backbone keeps its norms' statistics as well."""
    model.train(not frozen)
    model.get_submodule(spec.head).train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.train()
