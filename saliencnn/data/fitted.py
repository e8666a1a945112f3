"""Images brought into the network's format: scaled, cropped, and their regions with them."""

import errno
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.data.decode import DecodedImage, decode_image, decode_original
from saliencnn.data.encode import encode_jpeg, encode_png
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.image_index import ImageIndex, Images
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.opening import UnreadableImage


def load_image(sample: Sample) -> Tensor:
    """Return a sample's image, uint8 (3, H, W).

    Raises:
        UnreadableImage: its file cannot be decoded.
    """
    return to_tensor(load_original(sample).pixels)


def why_unreadable(samples: Iterable[Sample], names: Sequence[str]) -> str:
    """Return why the first of some images cannot be read, as a sentence.

    Args:
        samples: the images, among others.
        names: of those that could not be read; others may have other reasons.

    Returns:
        Empty if there is no such image, or it can be read by now.
    """
    try:
        for sample in samples:
            if names and sample.name == names[0]:
                load_image(sample)
                break
    except UnreadableImage as error:
        return str(error)
    return ""


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
    return validation_geometry(size).fit(to_tensor(image)).permute(1, 2, 0).numpy()


def digest_of(image_set: ImageSet, size: int) -> str:
    """Return the SHA-256 of everything that ``fit_validation`` keeps."""
    digest = hashlib.sha256(repr((image_set.name, image_set.classes, size)).encode())
    for sample in image_set.validation:
        arrays = (sample.image, sample.object_mask, sample.head_mask)
        shapes = [getattr(array, "shape", None) for array in arrays]
        facts = (sample.name, sample.label, sample.object_box, sample.head_box, shapes)
        # Without a window the digest stays what it was before there were windows.
        window = "" if sample.window is None else sample.window.text
        digest.update(f"{facts!r}{window}".encode())
        image = sample.image
        if isinstance(image, np.ndarray):
            digest.update(image.tobytes())
        elif image.is_file():
            digest.update(digest_file(image))
        for mask in (sample.object_mask, sample.head_mask):
            digest.update(b"" if mask is None else np.packbits(mask).tobytes())
    return digest.hexdigest()


def digest_file(path: Path) -> bytes:
    """Return the SHA-256 of a file's content, however large it is.

    Raises:
        OSError: it cannot be read, or is no file: a pipe would be waited for.
    """
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "There is no such file", str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


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
            original = load_original(sample)
        except UnreadableImage:
            skipped.append(sample.name)
            continue
        fitted = geometry.fit(to_tensor(original.pixels)).permute(1, 2, 0).numpy()
        encode = encode_jpeg if isinstance(sample.image, Path) else encode_png
        encoded.append(encode(np.ascontiguousarray(fitted)))
        readable.append(sample)
        for region, box in (("object", sample.object_box), ("head", sample.head_box)):
            boxes[region].append(geometry.fit_box(box, original.height, original.width))
        for region, mask in (("object", sample.object_mask), ("head", sample.head_mask)):
            if mask is not None:
                masks[region].append(geometry.fit_mask(mask))
    if not readable:
        why = why_unreadable(image_set.validation, skipped)
        raise UserError(f"None of the {len(skipped)} validation images can be read. {why}".strip())
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
        window=image_set.window,
    )
    kept = {region: np.stack(masks[region]) if exact else None for region in masks}
    return Images(index, tuple(encoded), kept["object"], kept["head"])


def load_original(sample: Sample) -> DecodedImage:
    """Return a sample's image and the size of its original.

    Raises:
        UnreadableImage: its file cannot be decoded.
    """
    image = sample.image
    if isinstance(image, Path):
        return decode_original(image, sample.name, sample.window)
    return DecodedImage(image, *image.shape[:2])


def to_tensor(image: np.ndarray) -> Tensor:
    """Return an image, uint8 (H, W, 3), as a view of shape (3, H, W)."""
    return torch.from_numpy(image).permute(2, 0, 1)
