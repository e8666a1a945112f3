"""Training loops of one's own: a network that no table has, its images, and its epochs."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import TensorDataset

CLASSES = ("left", "right", "neither")


class LoopNet(nn.Module):
    """A network with dropout and a norm, so that its mode matters."""

    def __init__(self, num_classes: int = 3, channels: int = 3) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(channels, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(),
        )  # fmt: skip
        self.drop = nn.Dropout(0.2)
        self.classify = nn.Linear(16, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.classify(self.drop(self.trunk(images).mean((2, 3))))


def halves(
    count: int, seed: int, channels: int = 3, shape: tuple[int, int] = (32, 32)
) -> TensorDataset:
    """Images in 0 to 1 in eighths of 255, bright on the left, on the right or nowhere."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    images = torch.randint(0, 64, (count, channels, *shape), generator=generator).float()
    middle = shape[1] // 2
    images[labels == 0, :, :, :middle] += 150
    images[labels == 1, :, :, middle:] += 150
    return TensorDataset(images / 255, labels)


def learn(model: nn.Module, optimizer: torch.optim.Optimizer, data: TensorDataset) -> float:
    """Train for an epoch, and return the mean loss."""
    model.train()
    losses = []
    images, labels = data.tensors
    for start in range(0, len(data), 16):
        loss = functional.cross_entropy(
            model(images[start : start + 16]), labels[start : start + 16]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return sum(losses) / len(losses)
