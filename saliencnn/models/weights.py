"""Networks with their weights: random, torchvision's, or a local file's."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
import torchvision
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.models.architectures import find_architecture, set_dropout

_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")


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
) -> Network:
    """Build an architecture for a number of classes.

    Args:
        arch: a name of the table.
        num_classes: how many classes the head scores.
        weights: ``none`` (random), ``default`` or the name of a torchvision weights enum
            member (downloaded by torchvision), or a ``.safetensors``/``.pth``/``.pt`` file. A
            state with another number of classes keeps its backbone; the head is re-initialized.
        dropout: fraction of features dropped before the classifier, 0 to 0.9.
        state: what ``weights`` names, where the caller has read it.

    Raises:
        UserError: unknown architecture or weights, or a state that does not fit.
    """
    architecture = find_architecture(arch)
    model = architecture.build(num_classes=num_classes)
    notes: tuple[str, ...] = ()
    if weights != "none":
        given = _read_state(arch, weights) if state is None else state
        notes = _load(model, architecture.head, given, f"Weights {weights}")
    set_dropout(model, architecture, dropout)
    return Network(model, notes)


def read_state_file(path: Path) -> dict[str, Tensor]:
    """Read a state dict without unpickling anything but tensors.

    Raises:
        UserError: the file is missing, of another kind, or not a state dict.
    """
    if not path.is_file():
        raise UserError(f"Weights file {path} does not exist.")
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        if path.suffix in (".pth", ".pt"):
            state = torch.load(path, map_location="cpu", weights_only=True)
            return {str(name): _as_tensor(value, path) for name, value in state.items()}
    except UserError:
        raise
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:120]
        raise UserError(f"Weights file {path} is not a readable state dict: {reason}.") from error
    raise UserError(f"Weights file {path} must end in .safetensors, .pth or .pt.")


def _as_tensor(value: Any, path: Path) -> Tensor:
    if not isinstance(value, Tensor):
        raise UserError(f"Weights file {path} holds a {type(value).__name__}, not only tensors.")
    return value


def _read_state(arch: str, weights: str) -> dict[str, Tensor]:
    if Path(weights).suffix:
        return read_state_file(Path(weights))
    try:
        members = torchvision.models.get_model_weights(arch)
    except ValueError as error:
        raise UserError(
            f"Architecture {arch} has no published weights {weights!r}; use none or a file."
        ) from error
    names = [member.name for member in members]
    chosen = "DEFAULT" if weights == "default" else weights
    if chosen not in ("DEFAULT", *names):
        raise UserError(
            f"Weights {weights!r} are unknown for {arch}; use none, default, "
            f"{', '.join(names)}, or a file ending in .safetensors, .pth or .pt."
        )
    try:
        return dict(members[chosen].get_state_dict(check_hash=True))
    except OSError as error:
        raise UserError(
            f"Weights {weights} of {arch} could not be downloaded ({error}); give a file instead."
        ) from error


def _load(model: nn.Module, head: str, state: dict[str, Tensor], origin: str) -> tuple[str, ...]:
    """Load what fits; only the head may differ in shape or lack, and then it is re-initialized."""
    own = model.state_dict()
    # DenseNet's published files keep torchvision's old names: denselayer1.norm.1 for norm1.
    state = {_OLD_DENSENET.sub(r"\1\2.", name): value for name, value in state.items()}
    head_names = {name for name in own if name.startswith(f"{head}.")}
    notes: tuple[str, ...] = ()
    fits = {name: value for name, value in state.items() if name in own}
    if any(n not in fits or fits[n].shape != own[n].shape for n in head_names):
        theirs = [f"score {len(fits[n])} classes" for n in head_names if n in fits]
        ours = len(own[f"{head}.weight"])
        notes = (
            f"{origin} {theirs[0] if theirs else 'have no head'}: their backbone is kept, the head "
            f"for {ours} classes is re-initialized.",
        )
        fits = {name: value for name, value in fits.items() if name not in head_names}
    wrong = [n for n, v in fits.items() if v.shape != own[n].shape]
    missing = [n for n in own if n not in fits and n not in head_names and "num_batches" not in n]
    if wrong or missing:
        name = (wrong or missing)[0]
        how = "has another shape" if wrong else "is missing"
        raise UserError(f"{origin} do not fit this architecture: {name} {how}.")
    model.load_state_dict({**own, **fits})
    return notes
