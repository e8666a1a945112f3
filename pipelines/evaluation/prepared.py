"""The images of an evaluation, decoded once for all networks and for what is kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from saliencnn.data.decode import DecodedImage, decode_image, decode_original
from saliencnn.data.encode import encode_jpeg, encode_png
from saliencnn.data.fitted import fit_mask
from saliencnn.data.geometry import Geometry
from saliencnn.data.imageset import Box
from saliencnn.data.masks import Mask
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.window import Window


@dataclass(frozen=True)
class Original:
    """An image as it is found.

    Attributes:
        position: in the list of all images.
        label: true class.
        name: unique.
        content: a file, its bytes, or the decoded image, uint8 (H, W, 3).
        object_box: in pixels of the image, if known.
        head_box: likewise.
        window: what is shown of it if it is deeper than 8 bits; None for all.
        object_mask: the object's exact pixels, if known.
        head_mask: likewise.
    """

    position: int
    label: int
    name: str
    content: Path | bytes | np.ndarray
    object_box: Box | None = None
    head_box: Box | None = None
    window: Window | None = None
    object_mask: Mask | None = None
    head_mask: Mask | None = None


@dataclass(frozen=True, eq=False)
class PreparedImage:
    """A decoded image in all the geometries that are needed.

    Attributes:
        original: where it comes from.
        pixels: geometry -> uint8 (3, size, size).
        packed: geometry -> what is kept of it.
        kept: geometry -> uint8 (3, size, size) once more, as the store keeps them.
    """

    original: Original
    pixels: dict[Geometry, Tensor]
    packed: dict[Geometry, "PackedImage"]
    kept: dict[Geometry, Tensor]


@dataclass(frozen=True, eq=False)
class PackedImage:
    """What is kept of an image in one geometry.

    Attributes:
        file: the image.
        boxes: float32 (2, 4), of object and head; NaN where unknown.
        masks: likewise the bits of theirs, uint8; None where unknown.
    """

    file: bytes
    boxes: np.ndarray
    masks: tuple[np.ndarray | None, np.ndarray | None]


def prepare_image(
    original: Original,
    geometries: Sequence[Geometry],
    packs: Sequence[Geometry],
    kept: Sequence[Geometry] = (),
) -> PreparedImage | None:
    """Decode an image once for all geometries; None if it cannot be read."""
    content = original.content
    try:
        image = (
            DecodedImage(content, *content.shape[:2])
            if isinstance(content, np.ndarray)
            else decode_original(content, original.name, original.window)
        )
    except UnreadableImage:
        return None
    pixels = torch.from_numpy(image.pixels).permute(2, 0, 1)
    fitted = {geometry: geometry.fit(pixels).contiguous() for geometry in geometries}
    encode = encode_png if isinstance(content, np.ndarray) else encode_jpeg
    files = {
        geometry: encode(np.ascontiguousarray(fitted[geometry].permute(1, 2, 0).numpy()))
        for geometry in dict.fromkeys((*packs, *kept))
    }
    packed: dict[Geometry, PackedImage] = {}
    for geometry in packs:
        boxes = [
            geometry.fit_box(box, image.height, image.width)
            for box in (original.object_box, original.head_box)
        ]
        first, second = (
            None if mask is None else np.packbits(mask)
            for mask in (
                fit_mask(geometry, one, original.name, image)
                for one in (original.object_mask, original.head_mask)
            )
        )
        packed[geometry] = PackedImage(files[geometry], np.stack(boxes), (first, second))
    again = {
        geometry: torch.from_numpy(decode_image(files[geometry], original.name)).permute(2, 0, 1)
        for geometry in kept
    }
    return PreparedImage(original, fitted, packed, again)
