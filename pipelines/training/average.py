"""A moving average of the weights, which is validated and kept in the weights' place."""

from copy import deepcopy

import torch
from torch import nn


class WeightAverage:
    """The exponential moving average of a network's weights and of its norms' statistics.

    The early steps count less than ``decay`` says: after step t at most (1 + t) / (10 + t) of the
    average stays, or a short run would hardly leave its first weights behind.

    Attributes:
        model: a network with the averaged weights.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Begin with a network's weights as they are.

        Args:
            model: the network.
            decay: how much of the average stays at each step, above 0 and below 1.
        """
        self.model = deepcopy(model).requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def follow(self, model: nn.Module, step: int) -> None:
        """Move towards a network's weights.

        Args:
            model: the network.
            step: of the whole run, from 0.
        """
        moved = 1 - min(self._decay, (1 + step) / (10 + step))
        own = self.model.state_dict().values()
        for average, value in zip(own, model.state_dict().values(), strict=True):
            if average.is_floating_point():
                average.lerp_(value, moved)
            else:
                average.copy_(value)
