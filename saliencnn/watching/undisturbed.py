"""Looking at a network that somebody is training, who must not notice."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Compute outside of the caller's autocast, and leave all random numbers as they were.

    The network's mode, its ``requires_grad`` and cuDNN's flags are put back by whatever explains
    it (``saliencnn.saliency.passes.explaining``).
    """
    device = next(model.parameters()).device
    cards = [device.index or 0] if device.type == "cuda" else []
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(cards), torch.autocast(device.type, enabled=False):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
