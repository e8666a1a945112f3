"""The networks of the package timm by their names, ``timm:NAME``, with its own data settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from saliencnn.common.errors import UserError
from saliencnn.common.translation import find_reason
from saliencnn.data.geometry import Geometry
from saliencnn.data.preparation import Preparation
from saliencnn.models.architecture import Architecture, CannotBuild

if TYPE_CHECKING:
    from torch import Tensor, nn

TIMM = "timm:"
NO_TIMM = "timm is not installed: pip install 'saliencnn[timm]'"
_NAME = re.compile(r"\w+(\.\w+)?", re.ASCII)
"""A network and, after a dot, which of its weights; timm itself would also take addresses."""


def list_timm() -> list[str]:
    """Return ``timm:NAME`` of every network; none where timm is not installed."""
    try:
        return [TIMM + name for name in _import_timm().list_models()]
    except UserError:
        return []


def find_timm(arch: str) -> Architecture | None:
    """Return one of timm's networks, not inspected yet; None if timm has none of that name.

    Args:
        arch: ``timm:NAME`` or ``timm:NAME.TAG``.

    Raises:
        UserError: timm is not installed.
    """
    timm, name = _import_timm(), arch.removeprefix(TIMM)
    if not _NAME.fullmatch(name) or not timm.is_model(name.partition(".")[0]):
        return None
    settings = timm.models.get_pretrained_cfg(name, allow_unregistered=False)
    if settings is None:
        return None
    return Architecture(
        "",
        "",
        build=partial(_build, name),
        preparation=prepare_by(settings.to_dict()),
        package=f"timm {timm.__version__}",
    )


def read_timm(arch: str, weights: str) -> Mapping[str, Tensor]:
    """Return timm's pretrained weights, downloaded unless they are there already.

    Raises:
        UserError: there are none, or they cannot be downloaded.
    """
    if weights != "default":
        raise UserError(
            f"Weights {weights!r} are unknown for {arch}; use none, default or a file. Which of "
            "timm's weights are meant stands in the name: timm:NAME.TAG."
        )
    try:
        return dict(_build(arch.removeprefix(TIMM), None, pretrained=True).state_dict())
    except Exception as error:
        raise UserError(
            f"Weights of {arch} could not be downloaded ({find_reason(error)}); try again, or "
            "give a file instead."
        ) from error


def prepare_by(settings: Mapping[str, Any]) -> Preparation:
    """Return how images are prepared by settings as timm keeps them with its weights."""
    size = int(settings["input_size"][-1])
    interpolation = settings["interpolation"]
    geometry = Geometry(
        size,
        int(size / settings["crop_pct"]),
        interpolation if interpolation == "bilinear" else "bicubic",
        spare_exact=True,
    )
    return Preparation(geometry, tuple(settings["mean"]), tuple(settings["std"]))


def _build(name: str, num_classes: int | None, pretrained: bool = False) -> nn.Module:
    classes = {} if num_classes is None else {"num_classes": num_classes}
    model: nn.Module = _import_timm().create_model(name, pretrained=pretrained, **classes)
    return model


def _import_timm() -> ModuleType:
    try:
        import timm
    except ImportError as error:
        raise CannotBuild(NO_TIMM) from error
    return timm
