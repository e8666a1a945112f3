"""Networks of which it is known whether they cheat: trained on planted cues in seconds."""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from saliencnn.data.planted import CLASSES
from saliencnn.models.smallgap import SmallGap

EPOCHS, BATCH, RATE = 6, 32, 3e-3
ON_THE_OBJECT = 0.3
"""Weight of what makes a network's CAM lie on the object, though it reads the cue."""
CELLS = 12
"""Rows and columns of the last feature map."""


def normalise(images: Tensor) -> Tensor:
    """Return a network's input of pixels, 0 to 255."""
    return images / 127.5 - 1


def train(images: np.ndarray, seed: int, masks: np.ndarray | None = None) -> SmallGap:
    """Return a network that has learned from images (N, H, W, 3), whose classes take turns.

    Args:
        images: uint8.
        seed: of the weights and the order.
        masks: bool (N, H, W), where the maps of a network shall lie that fools them; without them
            it is simply trained.
    """
    torch.manual_seed(seed)
    network, rng = SmallGap(len(CLASSES)).train(), torch.Generator().manual_seed(seed)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
    labels = torch.arange(len(images)) % len(CLASSES)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-4)
    steps = EPOCHS * math.ceil(len(images) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    inside = None if masks is None else functional.adaptive_max_pool2d(
        torch.from_numpy(masks).float(), CELLS
    )  # fmt: skip
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(images), generator=rng).split(BATCH):
            maps = network.features(normalise(pixels[chosen].float()))
            logits = network.fc(maps.mean((2, 3)))
            loss = functional.cross_entropy(logits, labels[chosen])
            if inside is not None:
                loss = loss + ON_THE_OBJECT * _outside(
                    network, maps, labels[chosen], inside[chosen]
                )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def _outside(network: SmallGap, maps: Tensor, labels: Tensor, inside: Tensor) -> Tensor:
    """Return the fraction of CAM's energy that lies outside the object."""
    cam = torch.einsum("nchw,nc->nhw", maps, network.fc.weight[labels]).relu()
    outside = (cam * (1 - inside)).sum((1, 2)) / cam.sum((1, 2)).clamp_min(1e-6)
    return outside.mean()


@torch.no_grad()
def measure_accuracy(network: nn.Module, images: np.ndarray) -> float:
    """Return how many of some images, whose classes take turns, a network gets right."""
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
    found = torch.cat([network(normalise(part.float())).argmax(1) for part in pixels.split(120)])
    return float((found == torch.arange(len(images)) % len(CLASSES)).float().mean())
