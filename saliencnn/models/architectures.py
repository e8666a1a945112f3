"""The architectures: how each is built, where its maps are taken, what its classifier is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torchvision
from torch import nn
from torch.nn import functional

from saliencnn.common.errors import UserError
from saliencnn.models.smallgap import SmallGap

POOLED = "pooled"
"""The class score is one linear layer on the target layer's global average (Zhou 2016)."""
CONVOLUTIONAL = "convolutional"
"""It is the global average of a map of its own: a 1 x 1 convolution and a ReLU (SqueezeNet)."""
DEEP = "deep"
"""Anything else."""


@dataclass(frozen=True)
class Architecture:
    """One row of the table.

    Attributes:
        build: makes the network with random weights, given ``num_classes``.
        target_layer: dotted name of the layer whose output the CAM family explains.
        head: dotted name of the layer that scores the classes.
        head_kind: how the class score comes from the target layer: ``POOLED``,
            ``CONVOLUTIONAL`` or ``DEEP``. CAM is defined for the first two.
        image_size: side of the square input in pixels that it was made for.
    """

    build: Callable[..., nn.Module]
    target_layer: str
    head: str
    head_kind: str = POOLED
    image_size: int = 224


def _torchvision(name: str, **options: object) -> Callable[..., nn.Module]:
    return partial(torchvision.models.get_model, name, weights=None, **options)


_RESNETS = {
    name: Architecture(_torchvision(name), "layer4", "fc")
    for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
}
_SQUEEZENETS = {
    name: Architecture(_torchvision(name), "features", "classifier.1", CONVOLUTIONAL)
    for name in ("squeezenet1_0", "squeezenet1_1")
}
_DENSENETS = {
    # The ReLU after the last norm is a function call, so the maps see the norm's output.
    name: Architecture(_torchvision(name), "features", "classifier", DEEP)
    for name in ("densenet121", "densenet201")
}
ARCHITECTURES: dict[str, Architecture] = {
    "smallgap": Architecture(SmallGap, "features", "fc", image_size=96),
    **_RESNETS,
    "mobilenet_v2": Architecture(_torchvision("mobilenet_v2"), "features", "classifier.1"),
    **_SQUEEZENETS,
    **_DENSENETS,
    "shufflenet_v2_x1_0": Architecture(_torchvision("shufflenet_v2_x1_0"), "conv5", "fc"),
    "googlenet": Architecture(
        # The published weights were trained on another normalisation, to which it converts.
        _torchvision("googlenet", aux_logits=False, init_weights=True, transform_input=True),
        "inception5b",
        "fc",
    ),
    "alexnet": Architecture(_torchvision("alexnet"), "features.11", "classifier.6", DEEP),
    "vgg16": Architecture(_torchvision("vgg16"), "features.29", "classifier.6", DEEP),
    "efficientnet_b0": Architecture(_torchvision("efficientnet_b0"), "features", "classifier.1"),
}


def find_architecture(name: str) -> Architecture:
    """Return the table's row.

    Raises:
        UserError: the table has no such name.
    """
    if name not in ARCHITECTURES:
        raise UserError(
            f"Architecture {name!r} is unknown; choose one of {', '.join(ARCHITECTURES)}."
        )
    return ARCHITECTURES[name]


class DropoutLinear(nn.Linear):
    """A linear layer that drops features first; its parameters keep a plain layer's names."""

    dropout: float = 0.0

    def forward(self, features):  # type: ignore[no-untyped-def]
        """Score (N, in_features) as (N, out_features)."""
        return super().forward(functional.dropout(features, self.dropout, self.training))


def set_dropout(model: nn.Module, architecture: Architecture, share: float) -> None:
    """Drop ``share`` of the features before the classifier, in place.

    Dropout layers that the network has get this probability; a network without any gets it in
    its head.
    """
    layers = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    for layer in layers:
        layer.p = share
    head = model.get_submodule(architecture.head)
    if share and not layers and isinstance(head, nn.Linear):
        head.__class__ = DropoutLinear
        head.dropout = share  # type: ignore[assignment]
