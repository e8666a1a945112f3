"""Networks that can be evaluated: how each is built, and how its images are prepared."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.data.preparation import Preparation
from saliencnn.models.architectures import find_architecture
from saliencnn.models.stored_weights import load_state
from saliencnn.models.torchvision_networks import PINNED, prepare_published

SCREENED = (
    "alexnet",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "squeezenet1_0",
    "squeezenet1_1",
    "densenet121",
    "densenet201",
    "mobilenet_v2",
    "shufflenet_v2_x1_0",
    "googlenet",
)
"""The thirteen that CNNC screened."""


def prepare_for(arch: str, weights: str = PINNED) -> Preparation:
    """Return how images are prepared for an architecture's published ImageNet weights.

    Args:
        arch: as ``find_architecture`` takes it.
        weights: which of torchvision's; any other is taken for weights trained as its first ones.
    """
    return prepare_published(arch, weights, find_architecture(arch).preparation)


def build_evaluable(arch: str, num_classes: int, state: Mapping[str, Tensor]) -> nn.Module:
    """Build a network with its weights, in evaluation and in channels-last memory.

    Raises:
        UserError: an unknown architecture, or weights that are another's.
    """
    network = find_architecture(arch).build(num_classes=num_classes)
    try:
        load_state(network, state)
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip()[:160]
        raise UserError(f"The weights do not fit {arch}: {reason}") from error
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def digest_state(state: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of weights: names, types, shapes and values."""
    digest = hashlib.sha256()
    for name, value in sorted(state.items()):
        digest.update(repr((name, str(value.dtype), tuple(value.shape))).encode())
        digest.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def count_parameters(network: nn.Module) -> int:
    """Return how many numbers the network has learned."""
    return sum(parameter.numel() for parameter in network.parameters())


def count_multiply_adds(network: nn.Module, shape: tuple[int, int, int]) -> int:
    """Return the multiply-adds of convolutions and linear layers for one image.

    Args:
        network: in evaluation.
        shape: channels, height and width of the image.
    """
    # It loads Triton, 90 MB, which reading stored runs has no use for.
    from torch.utils.flop_counter import FlopCounterMode

    parameter = next(network.parameters())
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, *shape, device=parameter.device))
    # The counter's operations are multiplications and additions one by one.
    return int(counter.get_total_flops()) // 2
