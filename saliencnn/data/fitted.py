"""Images brought into the network's format: scaled, cropped, and their regions with them."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.data.decode import UnreadableImage, decode_image, encode_jpeg, encode_png
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.image_index import ImageIndex, Images
from saliencnn.data.imageset import ImageSet, Sample


def load_image(sample: Sample) -> Tensor:
    """Return a sample's image, uint8 (3, H, W).

    Raises:
        UnreadableImage: its file cannot be decoded.
    """
    image = sample.image
    if isinstance(image, Path):
        image = decode_image(image, sample.name)
    return torch.from_numpy(image).permute(2, 0, 1)


def decode_fitted(encoded: Iterable[bytes]) -> Tensor:
    """Decode images of one size, giving uint8 (N, 3, size, size)."""
    images = [decode_image(content, "stored image") for content in encoded]
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)


def fit_image(image: np.ndarray, size: int) -> np.ndarray:
    """Scale and crop an image from outside as validation images are.

    Args:
        image: uint8 (H, W, 3), any size.
        size: pixels of an edge of the result, uint8 (size, size, 3).
    """
    pixels = torch.from_numpy(image).permute(2, 0, 1)
    return validation_geometry(size).fit(pixels).permute(1, 2, 0).numpy()


def digest_of(image_set: ImageSet, size: int) -> str:
    """Return the SHA-256 of everything that ``fit_validation`` keeps."""
    digest = hashlib.sha256(repr((image_set.name, image_set.classes, size)).encode())
    for sample in image_set.validation:
        arrays = (sample.image, sample.object_mask, sample.head_mask)
        shapes = [getattr(array, "shape", None) for array in arrays]
        facts = (sample.name, sample.label, sample.object_box, sample.head_box, shapes)
        digest.update(repr(facts).encode())
        image = sample.image
        if isinstance(image, np.ndarray):
            digest.update(image.tobytes())
        elif image.is_file():
            digest.update(hashlib.sha256(image.read_bytes()).digest())
        for mask in (sample.object_mask, sample.head_mask):
            digest.update(b"" if mask is None else np.packbits(mask).tobytes())
    return digest.hexdigest()


def fit_validation(image_set: ImageSet, size: int) -> Images:
    """Bring the validation images into the network's format.

    Files are kept as JPEG of quality 95 with colour at full resolution, generated images
    without loss. Images that cannot be read are skipped and listed.

    Raises:
        UserError: not one image can be read.
    """
    geometry = validation_geometry(size)
    readable: list[Sample] = []
    encoded: list[bytes] = []
    skipped: list[str] = []
    boxes: dict[str, list[np.ndarray]] = {"object": [], "head": []}
    masks: dict[str, list[np.ndarray]] = {"object": [], "head": []}
    for sample in image_set.validation:
        try:
            image = load_image(sample)
        except UnreadableImage:
            skipped.append(sample.name)
            continue
        fitted = geometry.fit(image).permute(1, 2, 0).numpy()
        encode = encode_jpeg if isinstance(sample.image, Path) else encode_png
        encoded.append(encode(np.ascontiguousarray(fitted)))
        readable.append(sample)
        height, width = image.shape[1:]
        boxes["object"].append(geometry.fit_box(sample.object_box, height, width))
        boxes["head"].append(geometry.fit_box(sample.head_box, height, width))
        for region, mask in (("object", sample.object_mask), ("head", sample.head_mask)):
            if mask is not None:
                masks[region].append(geometry.fit_mask(mask))
    if not readable:
        raise UserError(f"None of the {len(skipped)} validation images can be read.")
    exact = len(masks["object"]) == len(masks["head"]) == len(readable)
    index = ImageIndex(
        name=image_set.name,
        classes=image_set.classes,
        size=size,
        names=tuple(sample.name for sample in readable),
        labels=np.array([sample.label for sample in readable]),
        offsets=np.cumsum([0, *map(len, encoded)]),
        object_boxes=np.stack(boxes["object"]),
        head_boxes=np.stack(boxes["head"]),
        exact_masks=exact,
        skipped=tuple(skipped),
    )
    kept = {region: np.stack(masks[region]) if exact else None for region in masks}
    return Images(index, tuple(encoded), kept["object"], kept["head"])
