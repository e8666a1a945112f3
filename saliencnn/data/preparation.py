"""What happens to an image before a network sees it: one value, kept with every run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PIL import Image

from saliencnn.common.errors import UserError
from saliencnn.common.records import WrongRecord, require_number, require_text, require_whole
from saliencnn.data.bounds import MAX_SIDE
from saliencnn.data.decode import Windowing, convert_image
from saliencnn.data.geometry import Geometry, validation_geometry
from saliencnn.data.size import Size, sides_of
from saliencnn.data.value_range import window_of_one
from saliencnn.data.window import AUTO, Window

if TYPE_CHECKING:
    from torch import Tensor

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""ImageNet's, by which most pretrained networks and our own are fed."""
LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a grey image (ITU-R BT.601)."""
INTERPOLATIONS = ("bilinear", "bicubic", "nearest")


@dataclass(frozen=True)
class Preparation:
    """What happens to an image before a network sees it.

    Attributes:
        geometry: scaling and cutting.
        mean: of the normalisation, for channels from 0 to 1.
        std: likewise.
        window: values that become black and white in images deeper than 8 bits; by default each
            image's own values decide.
    """

    geometry: Geometry
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD
    window: Window | None = None

    def __call__(self, image: Image.Image) -> Tensor:
        """Prepare an image, giving float32 (3, size, size)."""
        import torch

        pixels = torch.from_numpy(convert_image(image, windowing(self.window))).permute(2, 0, 1)
        return self.normalise(self.fit(pixels))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of the network's input."""
        return (len(self.mean), *self.geometry.shape)

    @property
    def planes(self) -> int:
        """Channels of the images that it takes: colours, where the network sees them as grey."""
        return len(self.mean) if len(self.mean) > 1 else 3

    def fit(self, image: Tensor) -> Tensor:
        """Bring an image from outside, uint8 (3, H, W), into shape; still in three planes.

        For a network of one channel it becomes grey.
        """
        if len(self.mean) == 1:
            image = _to_grey(image).repeat(3, 1, 1)
        return self.geometry.fit(image)

    def normalise(self, images: Tensor) -> Tensor:
        """Turn fitted images into the network's float32 input.

        Args:
            images: uint8 (..., planes, height, width), as for ``normalise``.
        """
        return normalise(images, self.mean, self.std)

    def at(self, size: Size) -> Preparation:
        """Return the same for another size of the input in pixels, all lengths in proportion."""
        old = self.geometry
        if old == validation_geometry(old.size):
            return replace(self, geometry=validation_geometry(size))  # rounded once only
        height, width = sides_of(size)
        resize = None if old.resize is None else round(height * old.resize / old.size)
        wide = None if width == height else width
        return replace(self, geometry=replace(old, size=height, resize=resize, width=wide))

    def encode(self) -> dict[str, Any]:
        """Return it as JSON can hold it, without the window."""
        return {**asdict(self.geometry), "mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def decode(cls, stored: Mapping[str, Any]) -> Preparation:
        """Read what ``encode`` gave.

        Raises:
            WrongRecord: it holds something else.
        """
        given = {spec.name: stored[spec.name] for spec in fields(Geometry) if spec.name in stored}
        require_whole(given.get("size"), "size", 1, MAX_SIDE)
        if given.get("resize") is not None:
            require_whole(given["resize"], "resize", 1, MAX_SIDE)
        if given.get("width") is not None:
            require_whole(given["width"], "width", 1, MAX_SIDE)
        if require_text(given.get("interpolation", ""), "interpolation") not in INTERPOLATIONS:
            raise WrongRecord("Its preparation's interpolation is unknown here.")
        if not isinstance(given.get("spare_exact"), bool):
            raise WrongRecord("Its preparation's spare_exact must be true or false.")
        try:
            geometry = Geometry(**given)
        except UserError as error:
            raise WrongRecord(f"Its preparation cannot be: {error}") from error
        mean, std = (require_channels(stored.get(name), name) for name in ("mean", "std"))
        return cls(geometry, mean, std)


def prepare_at(size: int) -> Preparation:
    """Return how a run's images are prepared unless its architecture says otherwise.

    Args:
        size: side of the network's input in pixels.
    """
    return Preparation(validation_geometry(size))


def normalise(
    images: Tensor, mean: tuple[float, ...] = MEAN, std: tuple[float, ...] = STD
) -> Tensor:
    """Turn uint8 (..., planes, H, W) into a network's float32 input.

    Args:
        images: on any device. The first planes are the channels; for a network of one channel,
            three become grey.
        mean: of each channel from 0 to 1; by default ImageNet's.
        std: likewise.
    """
    import torch

    if len(mean) == 1 and images.shape[-3] == 3:
        images = _to_grey(images)
    images = images[..., : len(mean), :, :]
    centre, spread = (
        torch.tensor(values, device=images.device).view(-1, 1, 1) for values in (mean, std)
    )
    return images.float().div_(255).sub_(centre).div_(spread)


def _to_grey(images: Tensor) -> Tensor:
    """Return the luma of colours (..., 3, H, W) as (..., 1, H, W); what is grey stays as it is.

    Torchvision's cuts the fraction off, which makes whatever is grey one level darker.
    """
    import torch

    weights = torch.tensor(LUMA, device=images.device).view(3, 1, 1)
    grey = (images.float() * weights).sum(-3, keepdim=True)
    return grey if images.is_floating_point() else grey.round().to(images.dtype)


def windowing(window: Window | None) -> Windowing:
    """Return what shows images deeper than 8 bits through a window, or through their own."""
    return partial(window_of_one, AUTO) if window is None else window


def require_channels(value: object, what: str) -> tuple[float, ...]:
    """Return a stored number a channel.

    Raises:
        WrongRecord: it is something else.
    """
    if not isinstance(value, list) or not 1 <= len(value) <= 4:
        raise WrongRecord(f"Its {what} must be a list of one to four numbers.")
    return tuple(require_number(one, what) for one in value)
