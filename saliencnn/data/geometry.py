"""How an image of any size becomes the square that a network takes."""

from dataclasses import dataclass

import numpy as np
import torch

from saliencnn.common.errors import UserError
from saliencnn.data.bounds import MAX_PIXELS, MAX_SIDE, longest_side
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

    Of an image so long and thin that it would be scaled to more than ``MAX_PIXELS``, only the
    middle is scaled, which the cut then lies in.

    Raises:
        UserError: ``size`` or ``resize`` is not from 1 to ``MAX_SIDE``.
    """

    size: int
    resize: int | None
    interpolation: str = "bilinear"
    spare_exact: bool = False

    def __post_init__(self) -> None:
        for name, side in (("size", self.size), ("resize", self.resize)):
            if side is not None and not 1 <= side <= MAX_SIDE:
                raise UserError(
                    f"{name} is {side!s:.20}; it must be from 1 to {MAX_SIDE:,} pixels, since a "
                    f"scaled image may have {MAX_PIXELS:,}."
                )

    @property
    def slug(self) -> str:
        """Short text, different for each geometry, that can name a file."""
        kept = "-exact" if self.spare_exact else ""
        return f"{self.size}-{self.resize or 'none'}-{self.interpolation}{kept}"

    def fit(self, image: torch.Tensor) -> torch.Tensor:
        """Bring images, uint8 (..., 3, H, W), into shape, uint8 (..., 3, size, size)."""
        from torchvision.transforms.v2 import functional

        if image.ndim > 3 and len(image) > 1 and image.numel() > MAX_PIXELS:
            return torch.stack([self.fit(one) for one in image])
        height, width = image.shape[-2:]
        short = self._short_side(height, width)
        if short is not None:
            left, top, wide, tall = _scaled_part(height, width, short)
            image = image[..., top : top + tall, left : left + wide]
            mode = functional.InterpolationMode(self.interpolation)
            image = functional.resize(image, [short], interpolation=mode, antialias=True)
        return functional.center_crop(image, [self.size, self.size])

    def fit_mask(self, mask: np.ndarray) -> np.ndarray:
        """Move a mask, bool (H, W), as ``fit`` moves the image, to bool (size, size)."""
        from torchvision.transforms.v2 import functional

        pixels = torch.from_numpy(mask)[None].byte()
        short = self._short_side(*mask.shape)
        if short is not None:
            left, top, wide, tall = _scaled_part(mask.shape[0], mask.shape[1], short)
            pixels = pixels[:, top : top + tall, left : left + wide]
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
        origin, part, sides = self._scale(height, width)
        corners = (corners - origin) * sides / part
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
        origin, part, sides = self._scale(height, width)
        starts = [max(0, round((side - self.size) / 2.0)) for side in sides]
        ends = [min(side, start + self.size) for side, start in zip(sides, starts, strict=True)]
        left, top = (o + s * n / m for o, s, n, m in zip(origin, starts, part, sides, strict=True))
        right, bottom = (
            o + e * n / m for o, e, n, m in zip(origin, ends, part, sides, strict=True)
        )
        return (left, top, right, bottom)

    def _scale(self, height: int, width: int) -> tuple[list[int], list[int], list[int]]:
        """Return which part of an image is scaled and to which size: x before y, each time."""
        short = self._short_side(height, width)
        if short is None:
            return [0, 0], [width, height], [width, height]
        left, top, *part = _scaled_part(height, width, short)
        # Torchvision truncates the longer side, and rounds the cut's corner.
        return [left, top], part, [int(short * side / min(part)) for side in part]

    def _short_side(self, height: int, width: int) -> int | None:
        """Return the length to scale the shorter side to, or None to leave it."""
        if self.spare_exact and (height, width) == (self.size, self.size):
            return None
        if self.resize is not None:
            return self.resize
        return self.size if min(height, width) < self.size else None


def _scaled_part(height: int, width: int, short: int) -> tuple[int, int, int, int]:
    """Return the part of an image to scale, about its middle: left, top, width, height.

    It is the whole image, unless that would have more than ``MAX_PIXELS`` once its shorter side is
    ``short`` pixels.
    """
    sides = min(width, height), max(width, height)
    longest = min(sides[1], longest_side(short) * sides[0] // short)
    if longest > 1:
        longest -= (sides[1] - longest) % 2  # so that the middle stays the middle
    wide, tall = min(width, longest), min(height, longest)
    return (width - wide) // 2, (height - tall) // 2, wide, tall


def validation_geometry(size: int) -> Geometry:
    """Return how a run's images are prepared: what its network is trained and measured on.

    The shorter side is scaled to 256 / 224 of the network's input and the centre cut out, as is
    usual for ImageNet; images that already have the input's size stay untouched.

    Args:
        size: side of the network's input in pixels.
    """
    return Geometry(size, round(size * 256 / 224), spare_exact=True)
