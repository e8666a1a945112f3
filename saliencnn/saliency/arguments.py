"""What a person asks ``explain`` for, checked: methods, classes, and what they are defined for."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.models.spec import DEEP, ModelSpec
from saliencnn.saliency.methods import METHODS
from saliencnn.saliency.task import NotApplicable

Target = Tensor | Sequence[int] | int | None
"""The class to explain: one for all images, one each, or None for the predicted ones."""


def check_names(names: Sequence[str]) -> None:
    """Check that every method is known.

    Raises:
        UserError: a name is not in the table.
    """
    for name in names:
        if name not in METHODS:
            raise UserError(f"Method {name!r} is unknown; choose from {', '.join(METHODS)}.")


def check_methods(names: Sequence[str], spec: ModelSpec) -> None:
    """Check that every method is known and defined for a network.

    Raises:
        UserError: a name is not in the table.
        NotApplicable: CAM where the class score is not an average over the layer's cells.
    """
    check_names(names)
    for name in names:
        if METHODS[name].needs_average and spec.head_kind == DEEP:
            raise NotApplicable(
                f"{METHODS[name].label} is not defined here: it needs the class score to be one "
                f"linear layer on the global average of {spec.target_layer}, or the average of one "
                "convolution on it as in SqueezeNet."
            )


def read_targets(target: Tensor | Sequence[int] | int, images: int) -> Tensor:
    """Return the class of each image, int64 (N,)."""
    targets = torch.as_tensor(target)
    if targets.is_floating_point() or targets.dtype == torch.bool or targets.ndim > 1:
        raise UserError(f"target must be a class's number, or one for each image, not {target!r}.")
    if targets.numel() not in (1, images):
        raise UserError(f"target names {targets.numel()} classes for {images} images.")
    return targets.reshape(-1).expand(images).long()


def check_classes(model: nn.Module, spec: ModelSpec, targets: Tensor) -> None:
    """Check that the network has the classes.

    Raises:
        UserError: it has not.
    """
    classes = spec.classes
    if classes is None:
        classes = len(model.get_submodule(spec.head).weight)  # type: ignore[arg-type]
    outside = targets[(targets < 0) | (targets >= classes)].tolist()
    if outside:
        raise UserError(f"Class {outside[0]} is not among the network's {classes} classes.")
