"""All interventions on a network, in seconds and in forward passes of its images."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from saliencnn.checks.interventions.measure import BATCH, Subject, intervene
from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.models.weights import build_network
from tests.benchmarks.measure import seconds
from tests.benchmarks.row import Row

CASES = (("smallgap", 96, 240, 240, 30), ("mobilenet_v2", 224, 250, 32, 240))
"""Network, side of the image, images, how many of them are measured, and seconds at most."""
CLASSES = 8


def measure_one(arch: str, side: int, images: int, measured: int, limit: float) -> Row:
    """Return the row of a network; what a part of the images takes is scaled to all of them."""
    torch.manual_seed(0)
    row = ARCHITECTURES[arch]
    model = build_network(arch, CLASSES).model.eval()
    pixels = torch.randint(0, 256, (measured, 3, side, side), dtype=torch.uint8)
    masks = np.zeros((measured, side, side), bool)
    masks[:, side // 4 : side // 2, side // 4 : side // 2] = True
    labels = np.arange(measured) % CLASSES
    normalise = row.preparation.normalise
    subject = Subject(model, row, pixels, labels, masks, normalise)
    batch = normalise(pixels[:BATCH].float())
    with torch.inference_mode():
        model(batch)
        one = min(seconds(partial(model, batch)) for _ in range(5)) * measured / len(batch)
    taken = seconds(partial(intervene, subject))
    return Row(
        f"All interventions on {images} images of {side} pixels, {arch}, seconds",
        taken * images / measured,
        limit,
        f"{taken / one:.0f} forward passes of the images",
    )


def run() -> Iterator[Row]:
    """Yield the rows."""
    for case in CASES:
        yield measure_one(*case)
