"""The architectures: how each is built, where its maps are taken, what its classifier is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from torch import nn
from torch.nn import functional

from saliencnn.common.errors import UserError
from saliencnn.data.preparation import Preparation, prepare_at
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import CONVOLUTIONAL, DEEP, ModelSpec


@dataclass(frozen=True, kw_only=True)
class Architecture(ModelSpec):
    """One row of the table: a network that can be built, and what explaining it takes to know.

    Attributes:
        build: makes the network with random weights, given ``num_classes``.
        preparation: how images are prepared for it; a run may choose another size.
    """

    build: Callable[..., nn.Module]
    preparation: Preparation = field(default_factory=lambda: prepare_at(224))


def _torchvision(name: str, **options: object) -> Callable[..., nn.Module]:
    return partial(_build_torchvision, name, **options)


def _build_torchvision(name: str, **options: object) -> nn.Module:
    import torchvision  # as long as torch itself takes to load, and only needed here

    model: nn.Module = torchvision.models.get_model(name, weights=None, **options)
    return model


_RESNETS = {
    name: Architecture("layer4", "fc", build=_torchvision(name))
    for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
}
_SQUEEZENETS = {
    name: Architecture("features", "classifier.1", CONVOLUTIONAL, build=_torchvision(name))
    for name in ("squeezenet1_0", "squeezenet1_1")
}
_DENSENETS = {
    name: Architecture("features", "classifier", rectified=True, build=_torchvision(name))
    for name in ("densenet121", "densenet201")
}
ARCHITECTURES: dict[str, Architecture] = {
    "smallgap": Architecture("features", "fc", build=SmallGap, preparation=prepare_at(96)),
    **_RESNETS,
    "mobilenet_v2": Architecture("features", "classifier.1", build=_torchvision("mobilenet_v2")),
    **_SQUEEZENETS,
    **_DENSENETS,
    "shufflenet_v2_x1_0": Architecture("conv5", "fc", build=_torchvision("shufflenet_v2_x1_0")),
    "googlenet": Architecture(
        "inception5b",
        "fc",
        # The published weights were trained on another normalisation, to which it converts.
        build=_torchvision("googlenet", aux_logits=False, init_weights=True, transform_input=True),
    ),
    "alexnet": Architecture("features.11", "classifier.6", DEEP, build=_torchvision("alexnet")),
    "vgg16": Architecture("features.29", "classifier.6", DEEP, build=_torchvision("vgg16")),
    "efficientnet_b0": Architecture(
        "features", "classifier.1", build=_torchvision("efficientnet_b0")
    ),
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


def set_dropout(model: nn.Module, architecture: ModelSpec, fraction: float) -> None:
    """Drop ``fraction`` of the features before the classifier, in place.

    Dropout layers that the network has get this probability; a network without any gets it in
    its head.
    """
    layers = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    for layer in layers:
        layer.p = fraction
    head = model.get_submodule(architecture.head)
    if fraction and not layers and isinstance(head, nn.Linear):
        head.__class__ = DropoutLinear
        head.dropout = fraction  # type: ignore[assignment]
