"""Processes that train one network together, as ``torchrun`` starts them; each has a rank from 0.

A process that trains alone is the first of one, and nothing here costs it anything. What is said
between processes goes over the CPU, and gradients from GPU to GPU.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from saliencnn.common.errors import UserError

Value = TypeVar("Value")
PATIENCE = timedelta(hours=2)
"""How long one process may wait for another, which may be writing to a slow store."""
_talk: Any = None
"""The group in which our own processes talk; None in somebody else's training loop."""
_spoken = False
"""Whether the first process has said anything to the others, which wait for it to begin."""


class RankLost(UserError):
    """Another process of this training is gone."""


def started_together() -> bool:
    """Whether ``torchrun`` has started this process and others."""
    return int(os.environ.get("WORLD_SIZE") or 1) > 1


def refuse_torchrun(what: str) -> None:
    """Refuse what each of several processes would do as a whole.

    Args:
        what: a command or an option.

    Raises:
        UserError: ``torchrun`` has started this process and others.
    """
    if started_together():
        raise UserError(
            f"Each process that torchrun starts would do all of {what}; leave torchrun out."
        )


@contextmanager
def joined(device: torch.device) -> Iterator[None]:
    """Meet the processes that ``torchrun`` has started with this one, if it has.

    Where the first one has said nothing to the others when it leaves, for there was nothing to do
    or it was refused, ``share`` gives None in those, so that they end without complaint.

    Args:
        device: where this process computes.

    Raises:
        RankLost: they do not come.
    """
    global _spoken, _talk
    if not started_together():
        yield
        return
    with _talking():
        if device.type == "cuda":
            torch.cuda.set_device(device)
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
        _talk = dist.new_group(backend="gloo", timeout=PATIENCE)
    _spoken = False
    try:
        yield
    finally:
        if not _spoken and own_rank() == 0:
            with suppress(RankLost):
                share(None)
    # After an error others may be gone, and to take leave of them would hang.
    _talk = None
    dist.destroy_process_group()


def count_ranks() -> int:
    """Return how many processes train together, 1 or more; somebody else's do not count."""
    return 1 if _talk is None else dist.get_world_size()


def own_rank() -> int:
    """Return this process's place among them; the first one, 0, alone writes to the store."""
    return dist.get_rank() if count_ranks() > 1 else 0


def leads() -> bool:
    """Whether this process is the first of all that train together, whoever has started them."""
    return not _meets_others() or dist.get_rank() == 0


def _meets_others() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def any_rank(flag: bool) -> bool:
    """Whether a flag is set in any process; all must ask at the same point.

    It also serves training loops of one's own, whatever their processes talk over.

    Raises:
        RankLost: another process is gone.
    """
    if not _meets_others():
        return flag
    over_gpu = _talk is None and dist.get_backend() == "nccl"
    flags = torch.tensor([int(flag)], device="cuda" if over_gpu else "cpu")
    with _talking():
        dist.all_reduce(flags, dist.ReduceOp.MAX, group=_talk)
    return bool(flags.item())


def share(value: Value) -> Value:
    """Return the first process's value in all of them.

    Raises:
        RankLost: another process is gone.
    """
    global _spoken
    held = [value]
    if count_ranks() > 1:
        _spoken = True
        with _talking():
            dist.broadcast_object_list(held, 0, group=_talk)
    return held[0]


def gather(value: Value) -> list[Value]:
    """Return all processes' values by rank; an empty list in all but the first.

    Raises:
        RankLost: another process is gone.
    """
    if count_ranks() == 1:
        return [value]
    found: list[Any] = [None] * count_ranks()
    with _talking():
        dist.gather_object(value, found if own_rank() == 0 else None, 0, group=_talk)
    return found if own_rank() == 0 else []


def sum_numbers(*numbers: float) -> tuple[float, ...]:
    """Return the sums of some numbers over all processes.

    Raises:
        RankLost: another process is gone.
    """
    if count_ranks() == 1:
        return numbers
    sums = torch.tensor(numbers, dtype=torch.float64)
    with _talking():
        dist.all_reduce(sums, group=_talk)
    return tuple(sums.tolist())


def sum_gradients(model: nn.Module) -> None:
    """Replace the gradients of a network by their sums over all processes.

    Parameters that have none in any process still have none afterwards.

    Raises:
        RankLost: another process is gone.
    """
    if count_ranks() == 1:
        return
    learning = [p for p in model.parameters() if p.requires_grad]
    grads = [p.new_zeros(p.shape) if p.grad is None else p.grad for p in learning]
    has = torch.tensor([float(p.grad is not None) for p in learning], device=learning[0].device)
    flat = torch.cat([has, *(grad.flatten() for grad in grads)])
    with _talking():
        dist.all_reduce(flat)
    has, flat = flat[: len(learning)], flat[len(learning) :]
    parts = flat.split([p.numel() for p in learning])
    for parameter, known, part in zip(learning, has.tolist(), parts, strict=True):
        parameter.grad = part.view_as(parameter) if known else None


def same_everywhere(model: nn.Module) -> None:
    """Give all processes the first one's weights.

    Raises:
        RankLost: another process is gone.
    """
    if count_ranks() > 1:
        with _talking():
            for tensor in model.state_dict().values():
                dense = tensor.contiguous()
                dist.broadcast(dense, 0)
                tensor.copy_(dense)


def sum_everywhere(tensor: Tensor) -> Tensor:
    """Return a tensor's sum over all processes, so that gradients go through it.

    Raises:
        RankLost: another process is gone.
    """
    summed: Tensor = _Sum.apply(tensor)
    return summed


class _Sum(torch.autograd.Function):
    """A sum over processes: what it changes in all of them comes back from all of them."""

    @staticmethod
    def forward(_context: Any, tensor: Tensor) -> Tensor:
        summed = tensor.detach().clone(memory_format=torch.contiguous_format)
        with _talking():
            dist.all_reduce(summed)
        return summed

    @staticmethod
    def backward(_context: Any, *gradients: Tensor) -> Tensor:
        return sum_everywhere(gradients[0])


@contextmanager
def _talking() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise RankLost(
            "Another process of this training has ended, and so this one ends, too; its own words "
            "say why. Complete epochs are kept: saliencnn train --resume RUN_ID goes on."
        ) from error
