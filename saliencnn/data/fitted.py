"""Images brought into the network's format: scaled, cropped, and their regions with them."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import count, list_names
from saliencnn.data.decode import DecodedImage, decode_image, decode_original
from saliencnn.data.encode import encode_jpeg, encode_png
from saliencnn.data.geometry import Geometry
from saliencnn.data.image_index import ImageIndex, Images
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.masks import BadMask, Mask, Outline, read_mask
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.preparation import Preparation

if TYPE_CHECKING:
    from torch import Tensor

_PNG = b"\x89PNG\r\n\x1a\n"


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


def encode_planes(planes: np.ndarray) -> bytes:
    """Encode an image of 1 to 4 channels, uint8 (channels, H, W), so that others can show it.

    It is a PNG of three planes: one channel is repeated, and of two the third is black. A fourth
    channel is a PNG of its own behind the first, which what shows images does not read.
    """
    channels = len(planes)
    shown = planes[[0, 0, 0]] if channels == 1 else planes[:3]
    if channels == 2:
        shown = np.concatenate([planes, np.zeros_like(planes[:1])])
    encoded = encode_png(np.ascontiguousarray(shown.transpose(1, 2, 0)))
    return encoded + encode_png(planes[3]) if channels == 4 else encoded


def decode_fitted(encoded: Iterable[bytes]) -> Tensor:
    """Decode images of one size, giving uint8 (N, 3, height, width); 4 where they have a fourth."""
    import torch

    return torch.from_numpy(np.stack([_decode_planes(content) for content in encoded]))


def _decode_planes(content: bytes) -> np.ndarray:
    planes = decode_image(content, "stored image").transpose(2, 0, 1)
    fourth = content.rfind(_PNG, 1) if content.startswith(_PNG) else -1
    if fourth < 0:
        return planes
    return np.concatenate([planes, decode_image(content[fourth:], "stored image")[None, :, :, 0]])


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


def digest_of(image_set: ImageSet, geometry: Geometry) -> str:
    """Return the SHA-256 of everything that ``fit_validation`` keeps."""
    facts_of_all = (image_set.name, image_set.classes, geometry.identity)
    digest = hashlib.sha256(repr(facts_of_all).encode())
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
        elif isinstance(image, bytes):
            digest.update(hashlib.sha256(image).digest())
        elif image.is_file():
            digest.update(digest_file(image))
        for mask in (sample.object_mask, sample.head_mask):
            digest.update(_digest_mask(mask))
    return digest.hexdigest()


def _digest_mask(mask: Mask | None) -> bytes:
    if mask is None:
        return b""
    if isinstance(mask, np.ndarray):
        return np.packbits(mask).tobytes()
    if isinstance(mask, Path):
        return digest_file(mask) if mask.is_file() else b"missing"
    return repr(mask).encode()


def digest_file(path: Path) -> bytes:
    """Return the SHA-256 of a file's content, however large it is.

    Raises:
        OSError: it cannot be read, or is no file: a pipe would be waited for.
    """
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "There is no such file", str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


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
            masks[region].append(_fit_mask(geometry, mask, sample.name, original))
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


def _fit_mask(
    geometry: Geometry, mask: Mask | None, name: str, original: DecodedImage
) -> np.ndarray | None:
    """Return a mask as the network sees its image; None where there is none that can be used."""
    if mask is None:
        return None
    try:
        return geometry.fit_mask(read_region(mask, name, original))
    except BadMask:
        return None


def read_region(mask: Mask, name: str, original: DecodedImage) -> np.ndarray:
    """Return a mask at the size of its image's pixels, bool (H, W).

    Raises:
        BadMask: it cannot be used.
    """
    if isinstance(mask, Outline) and mask.height is None:
        mask = replace(mask, height=original.height, width=original.width)
    return read_mask(mask, name, *original.pixels.shape[:2])


def report_regions(image_set: ImageSet, index: ImageIndex) -> tuple[str, ...]:
    """Return notes about objects whose place is known of some images only.

    Args:
        image_set: as it was read.
        index: what is kept of its validation images.
    """
    notes = []
    masks = {s.name: s.object_mask for s in image_set.validation if s.object_mask is not None}
    kept = dict(zip(index.names, index.masked("object").tolist(), strict=True))
    bad = [name for name in masks if not kept.get(name, True)]
    if bad:
        notes.append(
            f"{len(bad)} of {count(len(masks), 'object mask', 'object masks')} of validation "
            f"images cannot be used: {list_names(bad)}. {_why_bad(image_set, bad[0])}"
        )
    known = index.masked("object") | np.isfinite(index.object_boxes).all(1)
    boxed = {s.name for s in image_set.validation if s.object_box is not None and s.name not in bad}
    unseen = [name for name, at in zip(index.names, known, strict=True) if not at and name in boxed]
    if unseen:
        notes.append(
            f"{count(len(unseen), 'box', 'boxes')} of validation images cannot be used, since "
            f"nothing of it lies in what the network sees of the image: {list_names(unseen)}."
        )
    if known.any() and not known.all():
        told = ": of the others nobody said where the object is" * (not bad and not unseen)
        notes.append(
            f"Focus is measured on {int(known.sum())} of {len(index)} validation images{told}."
        )
    return tuple(notes)


def _why_bad(image_set: ImageSet, name: str) -> str:
    sample = next(sample for sample in image_set.validation if sample.name == name)
    assert sample.object_mask is not None
    try:
        read_region(sample.object_mask, name, load_original(sample))
    except BadMask as error:
        return f"Of the first: {error}."
    except UnreadableImage as error:
        return str(error)
    return ""


def load_original(sample: Sample) -> DecodedImage:
    """Return a sample's image and the size of its original.

    Raises:
        UnreadableImage: its file cannot be decoded.
    """
    image = sample.image
    if isinstance(image, np.ndarray):
        return DecodedImage(image, *image.shape[:2])
    return decode_original(image, sample.name, sample.window)


def to_tensor(image: np.ndarray) -> Tensor:
    """Return an image, uint8 (H, W, 3), as a view of shape (3, H, W)."""
    import torch

    return torch.from_numpy(image).permute(2, 0, 1)
