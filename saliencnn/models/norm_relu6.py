"""The last layer of EfficientNet-Lite, as its maps need it."""

from torch import Tensor, nn
from torch.nn import functional


class NormReLU6(nn.BatchNorm2d):
    """A norm and its activation in one, so that the CAM family sees what the head averages."""

    def forward(self, features: Tensor) -> Tensor:
        """Normalise features, (N, C, h, w), and cut them off at 0 and 6."""
        return functional.relu6(super().forward(features))
