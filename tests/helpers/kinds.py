"""The architectures, one of a kind."""

from saliencnn.models.architectures import ARCHITECTURES

DEEPER = ("resnet34", "resnet101", "resnet152", "densenet201")
"""More blocks of the same kinds as a smaller network's, before the same layer and head."""
KINDS = tuple(name for name in ARCHITECTURES if name not in DEEPER)
