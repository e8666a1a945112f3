"""The architectures, by the names that people and stores give them."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from saliencnn.common.lazy import LazyModule
from saliencnn.common.sentences import show
from saliencnn.data.preparation import prepare_at
from saliencnn.models.architecture import Architecture, CannotBuild
from saliencnn.models.efficientnet_lite import LITE
from saliencnn.models.own_networks import explain_missing, find_own, is_allowed, is_own
from saliencnn.models.spec import CONVOLUTIONAL, DEEP
from saliencnn.models.timm_networks import NO_TIMM, TIMM, find_timm, list_timm
from saliencnn.models.torchvision_networks import (
    build_torchvision,
    find_torchvision,
    list_torchvision,
)

if TYPE_CHECKING:
    from torch import nn

KINDS = "any classification network of torchvision, timm:NAME, FILE.py:FUNCTION or MODULE:FUNCTION"
"""What a network may be beside the names of the table."""


def _torchvision(name: str) -> Callable[..., nn.Module]:
    return partial(build_torchvision, name)


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
    "smallgap": Architecture(
        "features",
        "fc",
        build=LazyModule("saliencnn.models.smallgap").SmallGap,
        preparation=prepare_at(96),
    ),
    **_RESNETS,
    "mobilenet_v2": Architecture("features", "classifier.1", build=_torchvision("mobilenet_v2")),
    **_SQUEEZENETS,
    **_DENSENETS,
    "shufflenet_v2_x1_0": Architecture("conv5", "fc", build=_torchvision("shufflenet_v2_x1_0")),
    "googlenet": Architecture("inception5b", "fc", build=_torchvision("googlenet")),
    "alexnet": Architecture("features.11", "classifier.6", DEEP, build=_torchvision("alexnet")),
    "vgg16": Architecture("features.29", "classifier.6", DEEP, build=_torchvision("vgg16")),
    "efficientnet_b0": Architecture(
        "features", "classifier.1", build=_torchvision("efficientnet_b0")
    ),
}

TABLE: Mapping[str, Architecture] = ChainMap(ARCHITECTURES, LITE)
"""All whose layers are known without looking at a network."""


def find_architecture(name: str) -> Architecture:
    """Return what a name stands for: a row of the table, or one that is still to be inspected.

    Args:
        name: a name of the table or of torchvision, ``timm:NAME``, or the name of an own network
            that somebody has allowed here (``saliencnn.models.own_networks``).

    Raises:
        CannotBuild: there is none of that name, timm is not installed, or it is somebody's own code
            that nobody has allowed here.
    """
    found = TABLE.get(name) or find_own(name)
    if found is None and name.startswith(TIMM):
        found = find_timm(name)
    elif found is None and is_own(name):
        raise CannotBuild(explain_missing(name))
    elif found is None:
        found = find_torchvision(name)
    if found is None:
        raise _unknown(name)
    return found


def why_not_here(name: str) -> str:
    """Say why the network of a name cannot be built here; empty where nothing speaks against it.

    It loads neither torch nor anybody's code, so what is wrong with that code shows later.
    """
    if name in TABLE or is_allowed(name):
        return ""
    if is_own(name):
        return explain_missing(name)
    if name.startswith(TIMM):
        return "" if find_spec("timm") else NO_TIMM
    return "" if name in list_torchvision() else f"Architecture '{show(name)}' is unknown."


def _unknown(name: str) -> CannotBuild:
    known = list_timm() if name.startswith(TIMM) else [*TABLE, *list_torchvision()]
    close = get_close_matches(name, dict.fromkeys(known), n=3, cutoff=0.7)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    return CannotBuild(
        f"Architecture '{show(name)}' is unknown.{hint} Allowed are {', '.join(TABLE)}, {KINDS}."
    )
