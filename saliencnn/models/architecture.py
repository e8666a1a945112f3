"""An architecture: how its network is built, and what feeding and explaining it takes to know."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saliencnn.common.errors import UserError
from saliencnn.data.preparation import Preparation, prepare_at
from saliencnn.models.spec import ModelSpec

if TYPE_CHECKING:
    from torch import nn


class CannotBuild(UserError):
    """A network cannot be built here: it is unknown, not installed or not allowed."""


@dataclass(frozen=True, kw_only=True)
class Architecture(ModelSpec):
    """A network that can be built, and what is known of it before it is.

    Outside the table nothing names the target layer and the head; both are then empty until
    ``inspect_architecture`` has looked at a network.

    Attributes:
        build: makes the network with random weights, given ``num_classes``.
        preparation: how images are prepared for it; a run may choose another size.
        own: whether it is a person's own code.
        package: what builds it, with its version, e.g. ``timm 1.0.31``; empty for the table's.
    """

    build: Callable[..., nn.Module]
    preparation: Preparation = field(default_factory=lambda: prepare_at(224))
    package: str = ""
    own: bool = False

    def outline(self, num_classes: int) -> nn.Module:
        """Build it for its layers and shapes alone, which allocates and draws nothing.

        A person's own code may need what it makes, so that is built as it is.
        """
        import torch

        with nullcontext() if self.own else torch.device("meta"):
            return self.build(num_classes=num_classes)
