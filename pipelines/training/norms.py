"""Batch norms in training: whose images they see, and how fast their statistics follow.

torch's own ``SyncBatchNorm`` is for GPUs only, so what it does could not be tested on a CPU.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from saliencnn.common.ranks import count_ranks, sum_everywhere

MOST_LEFT = 0.01
"""Fraction of the running statistics before an epoch that may be left of them after it."""
USUAL_MOMENTUM = 0.1
"""torch's own, which is fast enough for any training."""


@contextmanager
def following_norms(model: nn.Module, updates: int) -> Iterator[None]:
    """Let the running statistics of a network's norms follow what it learns within an epoch.

    EfficientNet's move by 1% a batch, MNASNet's by 0.03%: made for epochs of thousands of batches.
    After forty batches of other images two thirds of the first are still those of ImageNet, and a
    network is validated, explained and kept with them. The momentum is put back afterwards.

    Args:
        model: the network.
        updates: how often an epoch moves the statistics.
    """
    needed = min(USUAL_MOMENTUM, 1 - MOST_LEFT ** (1 / max(updates, 1)))
    with ExitStack() as leaving:
        for norm in model.modules():
            if isinstance(norm, _BatchNorm) and norm.momentum is not None:
                leaving.callback(setattr, norm, "momentum", norm.momentum)
                norm.momentum = max(norm.momentum, needed)
        yield


@contextmanager
def shared_norms(model: nn.Module) -> Iterator[None]:
    """Let the batch norms of a network see the whole batch, wherever its parts are computed."""
    with ExitStack() as leaving:
        if count_ranks() > 1:
            for module in model.modules():
                if isinstance(module, _BatchNorm):
                    vars(module)["forward"] = partial(_normalise, module)
                    leaving.callback(vars(module).pop, "forward")
        yield


def _normalise(norm: _BatchNorm, features: Tensor) -> Tensor:
    """Return what a norm makes of this process's part of a batch, (N, C, ...); N may be 0."""
    if not norm.training:
        return type(norm).forward(norm, features)
    values = features.float()
    axes = [0, *range(2, values.ndim)]
    count = values.new_tensor([values.numel() / values.shape[1]])
    sums = sum_everywhere(torch.cat([count, values.sum(axes)]))
    count, mean = sums[:1].detach(), sums[1:] / sums[0].detach()
    shape = [1, -1] + [1] * (values.ndim - 2)
    centred = values - mean.view(shape)
    variance = sum_everywhere(centred.square().sum(axes)) / count
    _follow(norm, mean.detach(), variance.detach() * count / (count - 1).clamp(min=1))
    scale = (variance + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = scale * norm.weight
    found = centred * scale.view(shape)
    if norm.bias is not None:
        found = found + norm.bias.view(shape)
    return found.to(features.dtype)


@torch.no_grad()
def _follow(norm: _BatchNorm, mean: Tensor, variance: Tensor) -> None:
    """Move the running statistics as torch does, towards the unbiased variance."""
    if norm.running_mean is None or norm.running_var is None:
        return
    assert norm.num_batches_tracked is not None
    norm.num_batches_tracked.add_(1)
    moved = norm.momentum
    if moved is None:
        moved = 1 / float(norm.num_batches_tracked)
    norm.running_mean.lerp_(mean.to(norm.running_mean), moved)
    norm.running_var.lerp_(variance.to(norm.running_var), moved)
