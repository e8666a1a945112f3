"""The images of an evaluation, decoded once for all networks and for what is kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from saliencnn.data.decode import DecodedImage, decode_image, decode_original
from saliencnn.data.encode import encode_jpeg, encode_png
from saliencnn.data.fitted import fit_mask
from saliencnn.data.geometry import Geometry
from saliencnn.data.imageset import Sample
from saliencnn.data.opening import UnreadableImage


@dataclass(frozen=True, eq=False)
class PreparedImage:
    """A decoded image in all the geometries that are needed.

    Attributes:
        position: in the list of all images.
        label: its true class.
        pixels: geometry -> uint8 (3, size, size).
        packed: geometry -> what is kept of it.
        kept: geometry -> uint8 (3, size, size) once more, as the store keeps them.
    """

    position: int
    label: int
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
    sample: Sample,
    position: int,
    geometries: Sequence[Geometry],
    packs: Sequence[Geometry],
    kept: Sequence[Geometry] = (),
) -> PreparedImage | None:
    """Decode an image once for all geometries; None if it cannot be read."""
    content = sample.image
    try:
        image = (
            DecodedImage(content, *content.shape[:2])
            if isinstance(content, np.ndarray)
            else decode_original(content, sample.name, sample.window)
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
            for box in (sample.object_box, sample.head_box)
        ]
        first, second = (
            None if mask is None else np.packbits(mask)
            for mask in (
                fit_mask(geometry, one, sample.name, image)
                for one in (sample.object_mask, sample.head_mask)
            )
        )
        packed[geometry] = PackedImage(files[geometry], np.stack(boxes), (first, second))
    again = {
        geometry: torch.from_numpy(decode_image(files[geometry], sample.name)).permute(2, 0, 1)
        for geometry in kept
    }
    return PreparedImage(position, sample.label, fitted, packed, again)
