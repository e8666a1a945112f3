"""One step of learning: optimizers, learning rates, and what of a network learns."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.training.guidance import guided_pass
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.models.architectures import Architecture
from saliencnn.models.spec import ModelSpec


def make_optimizer(model: nn.Module, hp: Hyperparameters) -> torch.optim.Optimizer:
    """Return the optimizer of the parameters that may learn."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    rate, decay = hp.learning_rate, hp.weight_decay
    if hp.optimizer == "adamw":
        betas = (hp.momentum, 0.999)
        return torch.optim.AdamW(parameters, rate, betas=betas, weight_decay=decay)
    if hp.optimizer == "sgd":
        return torch.optim.SGD(parameters, rate, momentum=hp.momentum, weight_decay=decay)
    return torch.optim.RMSprop(parameters, rate, momentum=hp.momentum, weight_decay=decay)


def learning_rate(hp: Hyperparameters, step: int, steps: int) -> float:
    """Return the learning rate of a step: a function of its number alone, so it needs no state.

    Args:
        hp: its ``learning_rate`` and ``schedule``: ``cosine`` falls to 0, ``step`` is divided
            by ten after 60 % and again after 85 % of the steps.
        step: 0 to steps - 1.
        steps: of the whole run.
    """
    fraction = step / steps
    if hp.schedule == "cosine":
        return hp.learning_rate * (1 + math.cos(math.pi * fraction)) / 2
    if hp.schedule == "step":
        return hp.learning_rate * 0.1 ** ((fraction >= 0.6) + (fraction >= 0.85))
    return hp.learning_rate


@dataclass(frozen=True)
class Step:
    """What one step of learning saw.

    Attributes:
        logits: (N, classes), before the step.
        loss: mean cross entropy before the step.
        guidance: mean guidance loss before the step, unweighted; 0 without guidance.
    """

    logits: Tensor
    loss: float
    guidance: float


def learn(
    model: nn.Module,
    architecture: ModelSpec,
    optimizer: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    regions: Tensor | None,
    hp: Hyperparameters,
) -> Step:
    """Take one step.

    Args:
        model: the network, in training.
        architecture: its row.
        optimizer: of its parameters.
        images: normalised float (N, 3, H, W).
        labels: int64 (N,).
        regions: bool (N, 1, H, W), where the evidence may lie; None without guidance.
        hp: its ``label_smoothing`` and guidance.
    """
    guidance = images.new_zeros(())
    # bfloat16 has float32's range, so no loss scaling is needed.
    with torch.autocast("cuda", torch.bfloat16, enabled=images.is_cuda):
        if regions is None:
            logits = model(images)
        else:
            logits, guidance = guided_pass(model, architecture, images, labels, regions, hp)
        loss = functional.cross_entropy(logits, labels, label_smoothing=hp.label_smoothing)
        total = loss + hp.guidance_weight * guidance
    optimizer.zero_grad(set_to_none=True)
    total.backward()
    optimizer.step()
    return Step(logits.detach(), float(loss.detach()), float(guidance.detach()))


def freeze(model: nn.Module, architecture: Architecture, frozen: bool) -> None:
    """Let only the head learn where ``frozen``, else everything."""
    model.requires_grad_(not frozen)
    model.get_submodule(architecture.head).requires_grad_(True)


def set_training(model: nn.Module, architecture: Architecture, frozen: bool) -> None:
    """Put a model into training; a frozen backbone keeps its norms' statistics as well."""
    model.train(not frozen)
    model.get_submodule(architecture.head).train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.train()
