"""Networks with their weights: random, torchvision's, or a local file's."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import list_some
from saliencnn.models.architecture import Architecture
from saliencnn.models.architectures import find_architecture
from saliencnn.models.checkpoint_layout import Found, count_tensors, find_weights
from saliencnn.models.dropout import set_dropout
from saliencnn.models.efficientnet_lite import LITE, read_lite
from saliencnn.models.spec import ModelSpec
from saliencnn.models.stored_weights import load_state
from saliencnn.models.timm_networks import TIMM, read_timm
from saliencnn.models.torchvision_networks import read_torchvision
from saliencnn.models.weights_file import is_weights_file, read_weights_file

MAX_CLASSES = 100_000
"""Of a file's head: five times ImageNet's largest set, and a few hundred MB in any network."""


@dataclass(frozen=True)
class Network:
    """A network ready to train, and sentences about how its weights came to be."""

    model: nn.Module
    notes: tuple[str, ...]


def build_network(
    arch: str,
    num_classes: int,
    weights: str = "none",
    dropout: float = 0.0,
    state: dict[str, Tensor] | None = None,
    spec: ModelSpec | None = None,
) -> Network:
    """Build an architecture for a number of classes.

    Args:
        arch: as ``find_architecture`` takes it.
        num_classes: how many classes the head scores.
        weights: ``none`` (random), ``default`` or the name of a torchvision weights enum
            member (downloaded by torchvision or timm), or a file as ``read_weights_file`` takes
            it. A state with another number of classes keeps its backbone; the last layer
            begins anew.
        dropout: fraction of features dropped before the classifier, 0 to 0.9.
        state: what ``weights`` names, where the caller has read it.
        spec: names the head of a network that is not in the table.

    Raises:
        UserError: unknown architecture or weights, or a state that does not fit.
    """
    architecture = find_architecture(arch)
    spec = spec or architecture
    model = architecture.build(num_classes=num_classes)
    notes: tuple[str, ...] = ()
    if weights != "none":
        given = _read(arch, weights) if state is None else state
        found = find_weights(given, model.state_dict())
        if not is_weights_file(weights):
            found = replace(found, unused=())  # torchvision's own, such as GoogLeNet's other heads
        elif not count_tensors(given):
            raise UserError(f"Weights file {weights} holds no tensors with names.")
        notes = _load(model, spec.head, found, f"Weights {weights}")
    set_dropout(model, spec, dropout)
    return Network(model, notes)


def _read(arch: str, weights: str) -> Any:
    if is_weights_file(weights):
        return read_weights_file(Path(weights))
    if arch.startswith(TIMM):
        return read_timm(arch, weights)
    if arch in LITE and weights == "default":
        return read_lite(arch)
    return read_torchvision(arch, weights)


def open_weights_file(architecture: Architecture, path: Path) -> Network:
    """Build an architecture for as many classes as a file's weights score.

    Args:
        architecture: whose head is known.
        path: of the file.

    Raises:
        UserError: the file cannot be read, or its weights do not fit.
    """
    own = architecture.outline(1000).state_dict()
    found = find_weights(read_weights_file(path), own)
    head = found.state.get(f"{architecture.head}.weight")
    if head is None:
        raise UserError(f"Weights file {path} does not fit this architecture: it has no head.")
    classes = len(head) if head.ndim else 0
    if not 1 <= classes <= MAX_CLASSES:
        raise UserError(f"Weights file {path} scores {classes} classes; 1 to {MAX_CLASSES} can be.")
    model = architecture.build(num_classes=classes)
    return Network(model, _load(model, architecture.head, found, f"Weights {path}"))


def _load(model: nn.Module, head: str, found: Found, origin: str) -> tuple[str, ...]:
    """Load what fits; only the head may differ in shape or lack, and then it begins anew."""
    own = model.state_dict()
    head_names = {name for name in own if name.startswith(f"{head}.")}
    fits = found.state
    notes = found.describe(origin)
    if fits and any(n not in fits or fits[n].shape != own[n].shape for n in head_names):
        theirs = [
            f"are of a network trained on {len(fits[n])} classes"
            for n in head_names
            if n in fits and fits[n].ndim
        ]
        ours = len(own[f"{head}.weight"])
        notes += (
            f"{origin} {theirs[0] if theirs else 'have none for the head'}; the last layer began "
            f"anew, for {ours} classes.",
        )
        fits = {name: value for name, value in fits.items() if name not in head_names}
        _raise_scores(model.get_submodule(head))
    wrong = [n for n, v in fits.items() if v.shape != own[n].shape]
    missing = [n for n in own if n not in fits and n not in head_names and "num_batches" not in n]
    if wrong or missing:
        name = (wrong or missing)[0]
        how = "has another shape" if wrong else "is missing"
        others = f"; the file has {list_some(found.unused, 3)}" if missing and found.unused else ""
        raise UserError(f"{origin} do not fit this architecture: {name} {how}{others}.")
    for name, value in fits.items():
        _check_numbers(name, value, own[name], origin)
    load_state(model, {**own, **fits})
    return notes


def _raise_scores(head: nn.Module) -> None:
    """Let all scores of a new head of convolutions begin above 0.

    SqueezeNet puts them through a ReLU, behind which a class that falls below 0 everywhere learns
    no more. The same number added to all scores changes no probability.
    """
    if isinstance(head, nn.Conv2d) and head.bias is not None:
        nn.init.ones_(head.bias)


def _check_numbers(name: str, value: Tensor, own: Tensor, origin: str) -> None:
    """Refuse a tensor that holds no numbers a network can compute with, before any is copied."""
    if value.is_quantized:
        raise UserError(f"{origin} are quantised ({name} is {value.dtype}); take the float ones.")
    if value.layout != torch.strided:
        raise UserError(f"{origin} are sparse ({name}); save them again after .to_dense().")
    if value.is_meta:
        raise UserError(f"{origin} have a shape but no numbers for {name} (a meta tensor).")
    if value.is_complex() or (own.is_floating_point() and not value.is_floating_point()):
        kinds = f"{value.dtype} where {own.dtype} is needed".replace("torch.", "")
        raise UserError(f"{origin} hold {kinds} for {name}; take those that were not converted.")
    if value.numel() * value.element_size() > value.untyped_storage().nbytes():
        raise UserError(f"{origin} have fewer numbers for {name} than its shape says.")
    bad = int((~torch.isfinite(value.to(own.dtype))).sum())
    if bad:
        raise UserError(
            f"{origin} hold {bad} numbers that are NaN or infinite, in {name}: the training that "
            "made them had failed, or the file is damaged; take others."
        )
