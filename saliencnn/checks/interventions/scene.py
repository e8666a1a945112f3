"""What an intervention is given: images, and what is known of what lies where in them."""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

TRIES = 12
"""Places from which the one is taken that covers least of the region itself."""


@dataclass(frozen=True)
class Scene:
    """A batch of images.

    Attributes:
        images: float (N, 3, H, W), 0 to 1.
        numbers: int64 (N,), the images' places in their set: seeds of what is random.
        mean: (3, 1, 1), mean colour of all images. That of an image itself would still tell what
            it hides.
        region: bool (N, 1, H, W), what an intervention of a region is about; None where unknown.
        backgrounds: (N, 3, H, W), another image for each, of another class or of the same, without
            the object; None where no object is known.
        own_backgrounds: likewise, of the same class.
        others: (N, 3, H, W), an image of another class for each; None where nothing is taken.
        own_others: likewise, of the same class.
    """

    images: Tensor
    numbers: Tensor
    mean: Tensor = field(default_factory=lambda: torch.full((3, 1, 1), 0.5))
    region: Tensor | None = None
    backgrounds: Tensor | None = None
    own_backgrounds: Tensor | None = None
    others: Tensor | None = None
    own_others: Tensor | None = None

    def elsewhere(self) -> "Scene":
        """Return the scene with regions of the same shape and area at random places.

        They are moved around the image, over its edge to the other side, and may cover a part of
        the region itself where there is no room beside it.
        """
        assert self.region is not None
        moved = [_move(one, int(n)) for one, n in zip(self.region, self.numbers, strict=True)]
        return replace(self, region=torch.stack(moved))


def _move(region: Tensor, seed: int) -> Tensor:
    rng = np.random.default_rng((seed, 1))
    _, height, width = region.shape
    places = zip(rng.integers(0, height, TRIES), rng.integers(0, width, TRIES), strict=True)
    moved = [region.roll((int(down), int(across)), (1, 2)) for down, across in places]
    return min(moved, key=lambda one: int((one & region).sum()))
