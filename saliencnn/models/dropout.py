"""Dropout before a network's classifier."""

from torch import nn
from torch.nn import functional

from saliencnn.models.spec import ModelSpec


class DropoutLinear(nn.Linear):
    """A linear layer that drops features first; its parameters keep a plain layer's names."""

    dropout: float = 0.0

    def forward(self, features):  # type: ignore[no-untyped-def]
        """Score (N, in_features) as (N, out_features)."""
        return super().forward(functional.dropout(features, self.dropout, self.training))


def set_dropout(model: nn.Module, architecture: ModelSpec, fraction: float) -> None:
    """Drop ``fraction`` of the features before the classifier, in place.

    Dropout layers that the network has get this probability; a network without any gets it in
    its head.
    """
    layers = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    for layer in layers:
        layer.p = fraction
    head = model.get_submodule(architecture.head)
    if fraction and not layers and isinstance(head, nn.Linear):
        head.__class__ = DropoutLinear
        head.dropout = fraction  # type: ignore[assignment]
