"""A small network that learns from scratch in seconds and that CAM can explain."""

import torch
from torch import nn


class SmallGap(nn.Module):
    """Convolutions, global average pooling and one linear layer.

    The last feature map has an eighth of the image's resolution: 12 x 12 for 96 pixels.

    Args:
        num_classes: number of scores, 1 or more.
        dropout: fraction of the pooled features dropped in training, 0 to 1.
    """

    def __init__(self, num_classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_block(3, 16, stride=2),
            *_block(16, 32, stride=2),
            *_block(32, 64, stride=2),
            *_block(64, 128),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(128, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return scores (N, classes) before softmax for normalised images (N, 3, H, W)."""
        pooled = self.pool(self.features(images)).flatten(1)
        return self.fc(self.dropout(pooled))


def _block(channels: int, out_channels: int, stride: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(channels, out_channels, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    ]
