"""Which maps every epoch of a run logs, and their size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from saliencnn.common.errors import UserError
from saliencnn.models.spec import POOLED, ModelSpec
from saliencnn.saliency.at_layer import SMOOTHING_COPIES
from saliencnn.saliency.explain import applicable, check_methods
from saliencnn.saliency.methods import METHODS, PASS_METHODS
from saliencnn.saliency.passes import cut_pass, explaining


@dataclass(frozen=True)
class Plan:
    """Which maps an epoch logs: table name -> (methods, images)."""

    tables: dict[str, tuple[tuple[str, ...], np.ndarray]]


def plan_maps(
    architecture: ModelSpec,
    labels: np.ndarray,
    training: int,
    wanted: Sequence[str] | None = None,
) -> Plan:
    """Decide which maps every epoch logs.

    CAM, Grad-CAM and Grad-CAM++ of every image come with the validation pass. The copies that
    SmoothGrad-CAM++ needs cost a forward pass each, so it covers every image only where that
    is at most one pass over the training images, else as many of each class as fit, at least
    one; behind a pooled head it needs no copies. The rule counts images, not seconds, so that
    it gives the same everywhere.

    Args:
        architecture: the network's row.
        labels: (N,) of the validation images.
        training: number of training images.
        wanted: methods of the target layer, of every image; by default as above.

    Raises:
        UserError: a method is unknown or has maps of another resolution.
        NotApplicable: CAM where it is not defined.
    """
    if wanted is not None:
        return _plan_chosen(architecture, np.arange(len(labels)), wanted)
    methods = tuple(applicable(PASS_METHODS, architecture))
    everything = np.arange(len(labels))
    if architecture.head_kind == POOLED or SMOOTHING_COPIES * len(labels) <= training:
        return Plan({"maps.npy": ((*methods, "smoothgradcampp"), everything)})
    classes = np.unique(labels)
    most = max(1, training // (SMOOTHING_COPIES * len(classes)))
    probe = np.sort(np.concatenate([np.flatnonzero(labels == c)[:most] for c in classes]))
    return Plan(
        {"maps.npy": (methods, everything), "smooth-maps.npy": (("smoothgradcampp",), probe)}
    )


def _plan_chosen(architecture: ModelSpec, images: np.ndarray, wanted: Sequence[str]) -> Plan:
    """Plan chosen methods, and those that an epoch's numbers are of, which cost nothing."""
    methods = tuple(dict.fromkeys([*wanted, "gradcam", "gradcampp"]))
    check_methods(methods, architecture)
    others = [name for name in methods if METHODS[name].family != "layer"]
    if others:
        raise UserError(
            f"{METHODS[others[0]].label} is too slow for every epoch; compute it from a checkpoint "
            "on the Progression page."
        )
    return Plan({"maps.npy": (methods, images)})


def map_shape(
    model: nn.Module, architecture: ModelSpec, shape: tuple[int, int, int]
) -> tuple[int, int]:
    """Return rows and columns of the network's maps.

    Args:
        model: the network.
        architecture: its row.
        shape: channels, height and width of its input.
    """
    parameter = next(model.parameters())
    blank = torch.zeros(1, *shape, device=parameter.device, dtype=parameter.dtype)
    with explaining(model, architecture):
        height, width = cut_pass(model, blank, architecture).activations.shape[2:]
    return height, width
