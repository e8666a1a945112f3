"""How an image of any size gets the size that a network takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from saliencnn.common.errors import UserError
from saliencnn.data.bounds import MAX_PIXELS, MAX_SIDE, longest_side
from saliencnn.data.imageset import Box
from saliencnn.data.modes import MODES, Mode
from saliencnn.data.size import Size, sides_of, size_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

PADDING = (124, 116, 104)
"""Colour beside an image that is padded: ImageNet's mean, which is 0 once it is normalised. Of a
fourth channel, which says where something is, nothing is there."""


@dataclass(frozen=True)
class Geometry:
    """Bringing an image into a square or a rectangle.

    Attributes:
        size: side of the outcome in pixels.
        resize: pixels to which the shorter side is scaled before the centre is cut out. None
            leaves the image as it is, except that one whose shorter side is below ``size`` is
            scaled up to it. Of a rectangle, an image is scaled until it covers one that is
            ``resize`` pixels high and as many times wider.
        interpolation: ``bilinear`` or ``bicubic``, with antialiasing.
        spare_exact: whether an image that already has the outcome's size stays untouched.
        mode: ``crop`` cuts out the centre; ``pad`` shows the whole image with ``PADDING`` beside
            it, and ``stretch`` the whole image in other proportions, both without ``resize``.
        width: of an outcome ``size`` pixels high that is not square. Without ``resize`` images
            that would be cropped are stretched to it, as those of a watched loop are.

    Of an image so long and thin that it would be scaled to more than ``MAX_PIXELS``, only the
    middle is scaled, which the cut then lies in.

    Raises:
        UserError: ``size`` or ``resize`` is not from 1 to ``MAX_SIDE``, or ``mode`` unknown.
    """

    size: int
    resize: int | None
    interpolation: str = "bilinear"
    spare_exact: bool = False
    mode: Mode = "crop"
    width: int | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise UserError(f"fit is {self.mode!s:.20}; it must be one of {', '.join(MODES)}.")
        sides = {"size": self.size, "resize": self.resize, "width": self.width}
        for name, side in sides.items():
            if side is not None and not 1 <= side <= MAX_SIDE:
                raise UserError(
                    f"{name} is {side!s:.20}; it must be from 1 to {MAX_SIDE:,} pixels, since a "
                    f"scaled image may have {MAX_PIXELS:,}."
                )

    @property
    def slug(self) -> str:
        """Short text, different for each geometry, that can name a file."""
        kept = "-exact" if self.spare_exact else ""
        mode = "" if self.mode == "crop" else f"-{self.mode}"
        wide = f"-wide-{self.width}" if self.width else ""
        return f"{self.size}-{self.resize or 'none'}-{self.interpolation}{kept}{mode}{wide}"

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the outcome in pixels."""
        return (self.size, self.width or self.size)

    @property
    def stretches(self) -> bool:
        """Whether it shows images in other proportions than their own."""
        bare = self.width is not None and self.resize is None and self.mode == "crop"
        return self.mode == "stretch" or bare

    def show_whole(self) -> Geometry:
        """Return the same without a cut: the whole image, with ``PADDING`` beside it."""
        return replace(self, mode="pad")

    @property
    def cuts(self) -> bool:
        """Whether it leaves something of most images out."""
        return self.mode == "crop" and not self.stretches

    @property
    def input_size(self) -> Size:
        """The outcome's size as a person gives it."""
        return size_of(*self.shape)

    @property
    def identity(self) -> int | str:
        """What tells images in this geometry from others; that of most runs is their size alone."""
        return self.size if self == validation_geometry(self.size) else self.slug

    def fit(self, image: torch.Tensor) -> torch.Tensor:
        """Bring images, uint8 (..., C, H, W), into shape, uint8 (..., C, height, width)."""
        import torch
        from torchvision.transforms.v2 import functional

        if image.ndim > 3 and len(image) > 1 and image.numel() > MAX_PIXELS:
            return torch.stack([self.fit(one) for one in image])
        mode = functional.InterpolationMode(self.interpolation)
        channels = image.shape[-3]
        beside = (*PADDING, 0)[:channels] if self.mode == "pad" else (0,) * channels
        return self._move(image, mode, beside)

    @property
    def scaled_side(self) -> int:
        """Pixels that an image's shorter side has once it is scaled, before anything is cut off."""
        if self.mode != "crop" or self.resize is None:
            return min(self.shape)
        return round(min(self.shape) * self.resize / self.size)

    def fit_mask(self, mask: np.ndarray) -> np.ndarray:
        """Move a mask, bool (H, W), as ``fit`` moves the image, to bool (height, width)."""
        import torch
        from torchvision.transforms.v2 import functional

        pixels = torch.from_numpy(np.ascontiguousarray(mask))[None].byte()
        moved = self._move(pixels, functional.InterpolationMode.NEAREST_EXACT, (0,))
        found: np.ndarray = moved.bool()[0].numpy()
        return found

    def _move(self, image: torch.Tensor, how: Any, beside: tuple[int, ...]) -> torch.Tensor:
        """Scale an image (..., H, W), and cut out its centre or fill up what is beside it."""
        from torchvision.transforms.v2 import functional

        height, width = image.shape[-2:]
        (left, top), (wide, tall), (across, down) = self._scale(height, width)
        image = image[..., top : top + tall, left : left + wide]
        if (across, down) != (wide, tall):
            image = functional.resize(image, [down, across], interpolation=how, antialias=True)
        free = [max(0, room - side) for room, side in zip(self.shape, (down, across), strict=True)]
        if any(free):
            edges = [free[1] // 2, free[0] // 2, -(-free[1] // 2), -(-free[0] // 2)]
            image = functional.pad(image, edges, fill=list(map(float, beside)))
        return functional.center_crop(image, list(self.shape))

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
        corners = corners.clip(0, [width, height])
        origin, part, sides = self._scale(height, width)
        corners = (corners - origin) * sides / part
        corners = (corners - self._starts(sides)).clip(0, self.shape[::-1])
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
        starts = [max(0, start) for start in self._starts(sides)]
        rooms = self.shape[::-1]
        ends = [min(s, start + r) for s, start, r in zip(sides, starts, rooms, strict=True)]
        left, top = (o + s * n / m for o, s, n, m in zip(origin, starts, part, sides, strict=True))
        right, bottom = (
            o + e * n / m for o, e, n, m in zip(origin, ends, part, sides, strict=True)
        )
        return (left, top, right, bottom)

    def _scale(self, height: int, width: int) -> tuple[list[int], list[int], list[int]]:
        """Return which part of an image is scaled and to which size: x before y, each time."""
        whole = [width, height]
        if self.stretches:
            return [0, 0], whole, [*self.shape[::-1]]
        if self.mode == "pad":
            room, tight = min(
                zip(self.shape[::-1], whole, strict=True), key=lambda pair: pair[0] / pair[1]
            )
            return [0, 0], whole, [max(1, round(room * side / tight)) for side in whole]
        short = self._short_side(height, width)
        if short is None:
            return [0, 0], whole, whole
        left, top, *part = _scaled_part(height, width, short)
        # Torchvision truncates the longer side, and rounds the cut's corner.
        return [left, top], part, [int(short * side / min(part)) for side in part]

    def _starts(self, sides: Sequence[int]) -> list[int]:
        """Return where the outcome begins in a scaled image: x before y, below 0 where it pads."""
        free = [room - side for room, side in zip(self.shape[::-1], sides, strict=True)]
        return [-(space // 2) if space > 0 else round(-space / 2.0) for space in free]

    def _short_side(self, height: int, width: int) -> int | None:
        """Return the length to scale the shorter side to, or None to leave it."""
        if self.spare_exact and (height, width) == self.shape:
            return None
        if self.resize is not None:
            covered = (self.resize, round(self.resize * self.shape[1] / self.size))
            tightest = max(room / side for room, side in zip(covered, (height, width), strict=True))
            return max(1, round(min(height, width) * tightest))
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


def validation_geometry(size: Size, mode: Mode = "crop") -> Geometry:
    """Return how a run's images are prepared: what its network is trained and measured on.

    The shorter side is scaled to 256 / 224 of the network's input and the centre cut out, as is
    usual for ImageNet, or the whole image is shown; images that already have the input's size stay
    untouched.

    Args:
        size: of the network's input in pixels.
        mode: as in ``Geometry``.
    """
    height, width = sides_of(size)
    wide = None if width == height else width
    return Geometry(height, round(height * 256 / 224), spare_exact=True, mode=mode, width=wide)
