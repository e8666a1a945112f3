"""How an image of any size becomes the square that a network takes."""

from dataclasses import dataclass

import numpy as np
import torch
from torchvision.transforms.v2 import functional

from saliencnn.data.imageset import Box


@dataclass(frozen=True)
class Geometry:
    """Scaling and cutting out the centre.

    Attributes:
        size: side of the outcome in pixels.
        resize: pixels to which the shorter side is scaled first. None leaves the image as it
            is, except that one whose shorter side is below ``size`` is scaled up to it.
        interpolation: ``bilinear`` or ``bicubic``, with antialiasing.
        spare_exact: whether an image that already has the outcome's size stays untouched.
    """

    size: int
    resize: int | None
    interpolation: str = "bilinear"
    spare_exact: bool = False

    @property
    def slug(self) -> str:
        """Short text, different for each geometry, that can name a file."""
        kept = "-exact" if self.spare_exact else ""
        return f"{self.size}-{self.resize or 'none'}-{self.interpolation}{kept}"

    def fit(self, image: torch.Tensor) -> torch.Tensor:
        """Bring images, uint8 (..., 3, H, W), into shape, uint8 (..., 3, size, size)."""
        height, width = image.shape[-2:]
        short = self._short_side(height, width)
        if short is not None:
            mode = functional.InterpolationMode(self.interpolation)
            image = functional.resize(image, [short], interpolation=mode, antialias=True)
        return functional.center_crop(image, [self.size, self.size])

    def fit_mask(self, mask: np.ndarray) -> np.ndarray:
        """Move a mask, bool (H, W), as ``fit`` moves the image, to bool (size, size)."""
        pixels = torch.from_numpy(mask)[None].byte()
        short = self._short_side(*mask.shape)
        if short is not None:
            nearest = functional.InterpolationMode.NEAREST_EXACT
            pixels = functional.resize(pixels, [short], interpolation=nearest)
        return functional.center_crop(pixels, [self.size, self.size]).bool()[0].numpy()

    def fit_box(self, box: Box | None, height: int, width: int) -> np.ndarray:
        """Move a box as ``fit`` moves the image.

        Args:
            box: in pixels of the original, if there is one.
            height: of the original.
            width: of the original.

        Returns:
            float32 (4,): x, y, width, height within the outcome; NaN where there is no box or
            nothing of it is left.
        """
        nothing = np.full(4, np.nan, dtype=np.float32)
        if box is None:
            return nothing
        x, y, across, down = box
        corners = np.array([[x, y], [x + across, y + down]], dtype=np.float64)
        short = self._short_side(height, width)
        sides = [width, height]
        if short is not None:
            # Torchvision truncates the longer side and rounds the cut's corner.
            sides = [int(short * side / min(height, width)) for side in sides]
            corners = corners * sides / [width, height]
        corners = (corners - [round((side - self.size) / 2.0) for side in sides]).clip(0, self.size)
        extent = corners[1] - corners[0]
        return np.concatenate([corners[0], extent]).astype("f4") if extent.min() > 0 else nothing

    def seen_box(self, height: int, width: int) -> tuple[float, float, float, float]:
        """Return the part of an image that is left after ``fit``: left, top, right, bottom.

        Args:
            height: of the original.
            width: of the original.

        Returns:
            In pixels of the original, not rounded.
        """
        short = self._short_side(height, width)
        sides = [width, height]
        if short is not None:
            sides = [int(short * side / min(height, width)) for side in sides]
        starts = [max(0, round((side - self.size) / 2.0)) for side in sides]
        ends = [min(side, start + self.size) for side, start in zip(sides, starts, strict=True)]
        left, top = (s * n / m for s, n, m in zip(starts, (width, height), sides, strict=True))
        right, bottom = (e * n / m for e, n, m in zip(ends, (width, height), sides, strict=True))
        return (left, top, right, bottom)

    def _short_side(self, height: int, width: int) -> int | None:
        """Return the length to scale the shorter side to, or None to leave it."""
        if self.spare_exact and (height, width) == (self.size, self.size):
            return None
        if self.resize is not None:
            return self.resize
        return self.size if min(height, width) < self.size else None


def validation_geometry(size: int) -> Geometry:
    """Return how a run's images are prepared: what its network is trained and measured on.

    The shorter side is scaled to 256 / 224 of the network's input and the centre cut out, as is
    usual for ImageNet; images that already have the input's size stay untouched.

    Args:
        size: side of the network's input in pixels.
    """
    return Geometry(size, round(size * 256 / 224), spare_exact=True)
