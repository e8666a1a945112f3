"""Which maps every epoch of a run logs, and their size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from saliencnn.common.errors import UserError
from saliencnn.models.spec import POOLED, ModelSpec
from saliencnn.saliency.arguments import check_methods
from saliencnn.saliency.at_layer import SMOOTHING_COPIES
from saliencnn.saliency.methods import METHODS, PASS_METHODS, applicable
from saliencnn.saliency.passes import cut_pass, explaining
from saliencnn.store.map_sample import sample_images
from saliencnn.store.maptable import row_type

SMALL = 2 * 10**9
"""Bytes that the maps of a run may take without being asked."""
UNKNOWN_EPOCHS = 100
"""As many epochs a loop is taken to have that does not say how many."""


@dataclass(frozen=True)
class Plan:
    """Which maps an epoch logs.

    Attributes:
        tables: table name -> (methods, images).
        others: images that are classified only.
    """

    tables: dict[str, tuple[tuple[str, ...], np.ndarray]]
    others: np.ndarray


def plan_maps(
    architecture: ModelSpec,
    labels: np.ndarray,
    training: int,
    wanted: Sequence[str] | None = None,
    images: int = 0,
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
        images: how many images' maps are logged, see ``sample_images``; 0 for those of all. What is
            said above of every image is then meant of these.

    Raises:
        UserError: a method is unknown or has maps of another resolution.
        NotApplicable: CAM where it is not defined.
    """
    sample = sample_images(labels, images)
    others = np.setdiff1d(np.arange(len(labels)), sample)
    if wanted is not None:
        return Plan({"maps.npy": (_check_chosen(architecture, wanted), sample)}, others)
    methods = tuple(applicable(PASS_METHODS, architecture))
    if architecture.head_kind == POOLED or SMOOTHING_COPIES * len(sample) <= training:
        return Plan({"maps.npy": ((*methods, "smoothgradcampp"), sample)}, others)
    own = labels[sample]
    classes = np.unique(own)
    most = max(1, training // (SMOOTHING_COPIES * len(classes)))
    probe = np.sort(np.concatenate([sample[own == c][:most] for c in classes]))
    tables = {"maps.npy": (methods, sample), "smooth-maps.npy": (("smoothgradcampp",), probe)}
    return Plan(tables, others)


def choose_map_images(
    architecture: ModelSpec,
    shape: tuple[int, int],
    labels: np.ndarray,
    training: int,
    epochs: int,
    images: int | None = None,
    wanted: Sequence[str] | None = None,
) -> tuple[int, tuple[str, ...]]:
    """Return of how many validation images a run logs maps, and what is to be said of it.

    Args:
        architecture: as for ``plan_maps``.
        shape: rows and columns of a map.
        labels: as for ``plan_maps``.
        training: likewise.
        epochs: how many there are to be.
        images: how many a person wants, 0 for all. By default all while their maps are small, else
            as many of each class as fit, at least one.
        wanted: as for ``plan_maps``.

    Returns:
        0 for all.
    """
    if images is None:
        plan = plan_maps(architecture, labels, training, wanted)
        # A wrongly predicted image has two maps by each method.
        rows = [2 * len(i) * row_type(len(m), *shape).itemsize for m, i in plan.tables.values()]
        size, classes = sum(rows) * epochs, len(np.unique(labels))
        small = size <= SMALL
        images = 0 if small else max(1, len(labels) * SMALL // size // classes) * classes
    if not 0 < images < len(labels):
        return 0, ()
    return images, (
        f"Maps are logged of a sample of {images:,} of the {len(labels):,} validation images, "
        "taken evenly from all classes, the same at every epoch. Accuracy is of all images; focus "
        "and other numbers of maps are of the sample.",
    )


def _check_chosen(architecture: ModelSpec, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return chosen methods, and those that an epoch's numbers are of, which cost nothing."""
    methods = tuple(dict.fromkeys([*wanted, "gradcam", "gradcampp"]))
    check_methods(methods, architecture)
    others = [name for name in methods if METHODS[name].family != "layer"]
    if others:
        raise UserError(
            f"{METHODS[others[0]].label} is too slow for every epoch; compute it from a checkpoint "
            "on the Progression page."
        )
    return methods


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
