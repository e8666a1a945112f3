"""Images brought into the network's format: scaled, cropped, and their regions with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.data.decode import DecodedImage
from saliencnn.data.encode import encode_jpeg, encode_png
from saliencnn.data.geometry import Geometry
from saliencnn.data.image_index import ImageIndex, Images
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.loading import load_image, load_original, read_region, to_tensor, why_unreadable
from saliencnn.data.masks import BadMask, Mask
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.preparation import Preparation

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 64
"""Images that a network classifies at once."""


def fit_image(image: np.ndarray, preparation: Preparation) -> np.ndarray:
    """Bring an image from outside into shape as validation images are.

    Args:
        image: uint8 (H, W, 3), any size.
        preparation: of the run whose network is to see it.

    Returns:
        uint8 (height, width, 3), as people see it.

    Raises:
        UserError: the network takes more channels than such an image has.
    """
    if len(preparation.mean) > 3:
        raise UserError("The network takes images of four channels, and this one has three.")
    return preparation.fit(to_tensor(image)).permute(1, 2, 0).numpy()


def fitted_batches(
    samples: Sequence[Sample], geometry: Geometry, report: Progress, words: str
) -> Iterator[tuple[list[Sample], Tensor]]:
    """Yield images as the network sees them, batch by batch, without those that cannot be read.

    Args:
        samples: the images.
        geometry: brings them to their size.
        report: called with the progress after every batch.
        words: what is done meanwhile.

    Yields:
        The samples of a batch, at least one, and their pixels, uint8 (N, 3, height, width).
    """
    import torch

    for start in range(0, len(samples), BATCH):
        read: list[Sample] = []
        pixels: list[Tensor] = []
        for sample in samples[start : start + BATCH]:
            try:
                pixels.append(geometry.fit(load_image(sample)))
            except UnreadableImage:
                continue
            read.append(sample)
        if read:
            yield read, torch.stack(pixels)
        report(min(1.0, (start + BATCH) / len(samples)), words)


def fit_validation(image_set: ImageSet, geometry: Geometry) -> Images:
    """Bring the validation images into the network's format.

    Files are kept as JPEG of quality 95 with colour at full resolution, generated images
    without loss. Images that cannot be read are skipped and listed.

    Raises:
        UserError: not one image can be read.
    """
    readable: list[Sample] = []
    encoded: list[bytes] = []
    skipped: list[str] = []
    boxes: dict[str, list[np.ndarray]] = {"object": [], "head": []}
    masks: dict[str, list[np.ndarray | None]] = {"object": [], "head": []}
    for sample in image_set.validation:
        try:
            original = load_original(sample)
        except UnreadableImage:
            skipped.append(sample.name)
            continue
        fitted = geometry.fit(to_tensor(original.pixels)).permute(1, 2, 0).numpy()
        encode = encode_png if isinstance(sample.image, np.ndarray) else encode_jpeg
        encoded.append(encode(np.ascontiguousarray(fitted)))
        readable.append(sample)
        for region, box in (("object", sample.object_box), ("head", sample.head_box)):
            boxes[region].append(geometry.fit_box(box, original.height, original.width))
        for region, mask in (("object", sample.object_mask), ("head", sample.head_mask)):
            masks[region].append(fit_mask(geometry, mask, sample.name, original))
    if not readable:
        why = why_unreadable(image_set.validation, skipped)
        raise UserError(f"None of the {len(skipped)} validation images can be read. {why}".strip())
    masked = {region: np.array([mask is not None for mask in masks[region]]) for region in masks}
    index = ImageIndex(
        name=image_set.name,
        classes=image_set.classes,
        size=geometry.size,
        names=tuple(sample.name for sample in readable),
        labels=np.array([sample.label for sample in readable]),
        offsets=np.cumsum([0, *map(len, encoded)]),
        object_boxes=np.stack(boxes["object"]),
        head_boxes=np.stack(boxes["head"]),
        object_masked=masked["object"],
        head_masked=masked["head"],
        skipped=tuple(skipped),
        window=image_set.window,
        width=geometry.width,
    )
    kept = ([mask for mask in every if mask is not None] for every in masks.values())
    return Images(index, tuple(encoded), *(np.stack(some) if some else None for some in kept))


def fit_mask(
    geometry: Geometry, mask: Mask | None, name: str, original: DecodedImage
) -> np.ndarray | None:
    """Return a mask as the network sees its image; None where there is none that can be used."""
    if mask is None:
        return None
    try:
        return geometry.fit_mask(read_region(mask, name, original))
    except BadMask:
        return None
