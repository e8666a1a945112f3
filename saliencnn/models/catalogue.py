"""Networks that can be evaluated: how each is built, and how its images are prepared."""

import hashlib
from collections.abc import Mapping
from functools import partial

import torch
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from saliencnn.common.errors import UserError
from saliencnn.data.geometry import Geometry
from saliencnn.data.preparation import Preparation
from saliencnn.models.architectures import ARCHITECTURES, Architecture

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
PINNED = "IMAGENET1K_V1"
"""Torchvision's weights of these names, whatever its default becomes."""


class _NormReLU6(nn.BatchNorm2d):
    """A norm and its activation in one, so that the CAM family sees what the head averages."""

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu6(super().forward(features))


def _build_lite(name: str, num_classes: int = 1000) -> nn.Module:
    network: nn.Module = EfficientNet.from_name(name, num_classes=num_classes)
    # The network applies ReLU6 once more behind it, which changes nothing.
    network.get_submodule("_bn1").__class__ = _NormReLU6
    return network


def _prepare_lite(size: int) -> Preparation:
    # The published weights' own evaluation cuts the centre with a margin of 32 pixels.
    return Preparation(Geometry(size, size + 32, "bicubic"), (127 / 255,) * 3, (128 / 255,) * 3)


_LITE_SIZES = {"0": 224, "1": 240, "2": 260}
EVALUABLE: dict[str, Architecture] = {
    **ARCHITECTURES,
    **{
        f"efficientnet_lite{n}": Architecture(
            "_bn1",
            "_fc",
            build=partial(_build_lite, f"efficientnet-lite{n}"),
            preparation=_prepare_lite(size),
        )
        for n, size in _LITE_SIZES.items()
    },
}


def prepare_for(arch: str, weights: str = PINNED) -> Preparation:
    """Return how images are prepared for an architecture's published ImageNet weights.

    Args:
        arch: a name of ``EVALUABLE``.
        weights: torchvision's enum member, whose own transforms count if there is one; any other
            is taken for weights trained as ``PINNED`` ones were.
    """
    import torchvision

    try:
        members = {m.name: m for m in torchvision.models.get_model_weights(arch)}
    except ValueError:
        return EVALUABLE[arch].preparation
    transform = members.get(weights, members[PINNED]).transforms()
    geometry = Geometry(
        transform.crop_size[0], transform.resize_size[0], transform.interpolation.value
    )
    return Preparation(geometry, tuple(transform.mean), tuple(transform.std))


def build_evaluable(arch: str, num_classes: int, state: Mapping[str, Tensor]) -> nn.Module:
    """Build a network with its weights, in evaluation and in channels-last memory.

    Raises:
        UserError: an unknown architecture, or weights that are another's.
    """
    network = find_evaluable(arch).build(num_classes=num_classes)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip()[:160]
        raise UserError(f"The weights do not fit {arch}: {reason}") from error
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def find_evaluable(name: str) -> Architecture:
    """Return the row of ``EVALUABLE``.

    Raises:
        UserError: there is no such architecture.
    """
    if name not in EVALUABLE:
        raise UserError(f"Architecture {name!r} is unknown; choose one of {', '.join(EVALUABLE)}.")
    return EVALUABLE[name]


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


def count_multiply_adds(network: nn.Module, size: int) -> int:
    """Return the multiply-adds of convolutions and linear layers for one size x size image."""
    parameter = next(network.parameters())
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 3, size, size, device=parameter.device))
    # The counter's operations are multiplications and additions one by one.
    return int(counter.get_total_flops()) // 2
