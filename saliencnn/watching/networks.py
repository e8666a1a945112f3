"""Which network a caller trains: what explaining it takes, and whether others can build it."""

import re
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from saliencnn.common.errors import UserError
from saliencnn.models.architecture import CannotBuild
from saliencnn.models.architectures import find_architecture
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import CONTRAST, ModelSpec
from saliencnn.models.torchvision_networks import list_torchvision
from saliencnn.saliency.inspection import inspect_model

_TOLERANCE = 1e-4


def require_weights(model: nn.Module) -> None:
    """Refuse a network that cannot compute.

    Raises:
        UserError: it has no parameters, or their values are still to come.
    """
    parameters = list(model.parameters())
    if not parameters:
        raise UserError("The network has no parameters, so it learns nothing that can be watched.")
    if any(is_lazy(one) or one.is_meta for one in parameters):
        raise UserError(
            "The network has no weights yet: give it to a device, or show it a batch, before it is "
            "watched."
        )


def count_channels(model: nn.Module) -> int:
    """Return how many channels a network's images have, by its first convolution."""
    layers = (module for module in model.modules() if isinstance(module, nn.Conv2d))
    first = next(layers, None)
    return first.in_channels if first else 3


def inspect_network(
    model: nn.Module, inputs: Tensor, classes: int, layer: str | None, head: str | None
) -> ModelSpec:
    """Return what explaining a network takes.

    Args:
        model: the network.
        inputs: float (N, C, H, W), as it takes them; the first is traced.
        classes: how many there are.
        layer: dotted name of the target layer, where the one that is found is not wanted.
        head: dotted name of the layer that scores the classes, likewise.

    Raises:
        UserError: it cannot be found, or the network scores another number of classes.
    """
    spec = inspect_model(model, inputs, layer, head)
    if spec.classes == 1 and classes == 2:
        raise UserError(
            "The network has one score, and there are 2 classes: let it have one for each of them "
            "(a last layer of 2, and cross entropy)."
        )
    if spec.classes != classes:
        raise UserError(
            f"The network scores {spec.classes} classes, and there are {classes}: give all names "
            "with classes=, in the order of the scores."
        )
    return replace(spec, score=CONTRAST)  # as the job's


def name_network(model: nn.Module) -> str:
    """Return what a network is called by its class, as a plugin may call its architecture.

    It is never the name of a network that others can build: that would be another one.
    """
    letters = re.sub(r"[^a-z0-9]+", "_", type(model).__name__.lower()).strip("_")[:32]
    name = letters if letters[:1].isalpha() else f"net_{letters}"
    try:
        find_architecture(name)
    except CannotBuild:
        return name
    return f"own_{name}"


def name_class(model: nn.Module) -> str:
    """Return where the class of a network is, as ``module:Class``."""
    kind = type(model)
    return f"{kind.__module__}:{kind.__qualname__}"


def recognise(model: nn.Module, inputs: Tensor, classes: int) -> str | None:
    """Return the name by which others can build a network, if it is ours, torchvision's or timm's.

    It is that one if it is of the same class and, with the same weights, gives the same scores.

    Args:
        model: the network.
        inputs: float (1, 3, H, W), as it takes them.
        classes: how many it scores.
    """
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    for name in _list_candidates(model):
        build = find_architecture(name).build
        with torch.device("meta"):
            bare = build(num_classes=classes)
        alike = {n: v.shape for n, v in bare.state_dict().items()} == shapes
        known = type(bare) is type(model) and alike
        if known and _scores_alike(build(num_classes=classes), model, inputs):
            return name
    return None


def _list_candidates(model: nn.Module) -> list[str]:
    """Return the names of networks of a network's class, without building them."""
    module = type(model).__module__
    if type(model) is SmallGap:
        return ["smallgap"]
    if module.startswith("torchvision.models."):
        from torchvision.models import get_model_builder

        return [name for name in list_torchvision() if get_model_builder(name).__module__ == module]
    settings = getattr(model, "pretrained_cfg", None)
    if module.startswith("timm.") and isinstance(settings, dict) and "architecture" in settings:
        return [f"timm:{settings['architecture']}"]
    return []


def _scores_alike(built: nn.Module, model: nn.Module, inputs: Tensor) -> bool:
    parameter = next(model.parameters())
    built.load_state_dict(model.state_dict())
    built = built.to(parameter.device, parameter.dtype).eval()
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
        with torch.no_grad():
            ours, theirs = built(inputs).float(), model(inputs).float()
    finally:
        for module, training in modes.items():
            module.training = training
    return bool((ours - theirs).abs().max() <= _TOLERANCE * theirs.abs().max().clamp(min=1))
