"""One step of learning: optimizers, learning rates, and what of a network learns."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.models.architectures import Architecture


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


def learn(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    label_smoothing: float,
) -> tuple[Tensor, float]:
    """Take one step; return logits (N, classes) and the loss before it."""
    # bfloat16 has float32's range, so no loss scaling is needed.
    with torch.autocast("cuda", torch.bfloat16, enabled=images.is_cuda):
        logits = model(images)
        loss = functional.cross_entropy(logits, labels, label_smoothing=label_smoothing)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return logits.detach(), float(loss.detach())


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
