"""What explaining a network takes to know of it: its target layer, and how that becomes scores.

A row of the table of architectures is such a spec, and ``inspect_model`` finds one for any other
network, so the methods never ask which network they explain.
"""

from dataclasses import dataclass

POOLED = "pooled"
"""The class score is one linear layer on the target layer's global average (Zhou 2016)."""
CONVOLUTIONAL = "convolutional"
"""It is the global average of a map of its own: a 1 x 1 convolution and a ReLU (SqueezeNet)."""
DEEP = "deep"
"""Anything else."""


@dataclass(frozen=True)
class ModelSpec:
    """Where a network's maps are taken, and how its class scores come from there.

    Attributes:
        target_layer: dotted name of the layer whose output the CAM family explains.
        head: dotted name of the layer that scores the classes.
        head_kind: how the class score comes from the target layer: ``POOLED``,
            ``CONVOLUTIONAL`` or ``DEEP``. CAM is defined for the first two.
    """

    target_layer: str
    head: str
    head_kind: str = POOLED
