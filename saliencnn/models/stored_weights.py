"""Weights from a file of plain tensors back into a network."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn


def load_state(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Give a network weights of a network that was built as it is.

    A file of tensors does not keep the versions that torch notes beside them, without which a
    module takes them for older than it is: torchvision's MNASNet refuses them.

    Args:
        model: gets the weights.
        state: all its tensors by name.

    Raises:
        RuntimeError: a tensor is missing, left over, or of another shape.
    """
    versioned = OrderedDict(state)
    versioned._metadata = model.state_dict()._metadata  # type: ignore[attr-defined]
    model.load_state_dict(versioned)
