"""The validation images of a loop of one's own, as they are kept, and how a network takes them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from saliencnn.common.errors import UserError
from saliencnn.common.names import readable_name
from saliencnn.data.digests import digest_of
from saliencnn.data.fitted import fit_validation
from saliencnn.data.geometry import Geometry, validation_geometry
from saliencnn.data.image_index import ImageIndex, Images
from saliencnn.data.imageset import ImageSet, Sample, make_different, make_readable
from saliencnn.data.loading import why_unreadable
from saliencnn.data.planes import encode_planes
from saliencnn.data.preparation import MEAN, STD, Preparation
from saliencnn.data.region_notes import report_regions
from saliencnn.data.size import sides_of
from saliencnn.data.transforms import describe_transform
from saliencnn.data.value_range import apply_window
from saliencnn.data.window import AUTO
from saliencnn.store.skipped import format_skipped
from saliencnn.watching.items import Items, is_file, is_prepared, is_raw, read_items
from saliencnn.watching.normalisation import (
    ROUNDING,
    Asked,
    Inputs,
    find_geometry,
    find_normalisation,
    find_window,
    open_image,
)


@dataclass(frozen=True, eq=False)
class Kept:
    """Validation images as they are kept.

    Attributes:
        images: what the pages show and the network is validated on.
        digest: of everything that goes into them.
        preparation: from the kept images, and from others, to the network's input.
        notes: sentences about how they were got.
    """

    images: Images
    digest: str
    preparation: Preparation
    notes: tuple[str, ...]


def keep_images(validation: Any, asked: Asked, channels: int) -> Kept:
    """Bring validation images into the form that is kept: 8 bits, before normalisation.

    Args:
        validation: an ``ImageSet``, or as for ``read_items``.
        asked: what the caller says of them.
        channels: that the network takes.

    Raises:
        UserError: they have no such form, or the caller must say more.
    """
    if isinstance(validation, ImageSet):
        return _keep_set(validation, asked, channels)
    items = read_items(validation)
    given = asked.read_classes()
    classes = items.classes if given is None else given
    items = replace(items, name=asked.name or items.name, classes=classes)
    first, _ = next(iter(items))
    if asked.transform is None and is_file(first):
        return _keep_set(_gather_files(items), asked, channels)
    if asked.transform is None and is_raw(first):
        return _keep_raw(items, asked, channels)
    if asked.transform is None and not is_prepared(first):
        raise UserError(
            "A validation image must be a path, a PIL image, an array or a tensor; this is a "
            f"{type(first).__name__}."
        )
    return _keep_prepared(items, asked)


def _prepare(asked: Asked, channels: int) -> Preparation:
    """Return how images are prepared that come as pixels."""
    normalisation = asked.read_normalisation(channels)
    if normalisation is None and channels != len(MEAN):
        raise UserError(
            f"The network takes {channels} channel(s): say mean= and std=, a number for each."
        )
    height, width = sides_of(asked.read_size())
    square = height == width
    geometry = validation_geometry(height) if square else Geometry(height, None, width=width)
    return Preparation(geometry, *(normalisation or (MEAN, STD)))


def _gather_files(items: Items) -> ImageSet:
    samples = tuple(
        Sample(items.name_of(place), label, Path(image))
        for place, (image, label) in enumerate(items)
    )
    classes = _name_classes(items, [sample.label for sample in samples])
    return make_readable(ImageSet(items.name, classes, (), samples))


def _keep_set(image_set: ImageSet, asked: Asked, channels: int) -> Kept:
    if image_set.window == AUTO:
        image_set = apply_window(image_set, asked.window)
    preparation = _prepare(asked, channels)
    images = fit_validation(image_set, preparation.geometry)
    skipped = images.index.skipped
    why = why_unreadable(image_set.validation, skipped)
    told = (
        *image_set.notes,
        *format_skipped(skipped, "validation", why),
        *report_regions(image_set, images.index),
    )
    return Kept(images, digest_of(image_set, preparation.geometry), preparation, told)


def _keep_raw(items: Items, asked: Asked, channels: int) -> Kept:
    preparation, decision = _prepare(asked, channels), find_window(items, asked.window)

    def fitted() -> Iterator[tuple[np.ndarray, int]]:
        for image, label in items:
            pixels = torch.tensor(open_image(image, decision.window)).permute(2, 0, 1)
            yield preparation.fit(pixels).numpy(), label

    return _keep_planes(items, fitted(), preparation, decision.notes, decision.text)


def _keep_prepared(items: Items, asked: Asked) -> Kept:
    """Keep images that come as the network's input, with their normalisation undone."""
    known = describe_transform(asked.transform or items.transform)
    decision = find_window(items, asked.window)
    inputs = Inputs(items, asked.transform, decision.window)
    first, _ = next(iter(inputs))
    channels, height, width = first.shape
    mean, std, notes = find_normalisation(inputs, asked, known, channels)
    geometry, told = find_geometry(known, height, width)
    preparation = Preparation(geometry, mean, std)
    centre, spread = (torch.tensor(one).view(-1, 1, 1) for one in (mean, std))
    beyond = 0.0

    def denormalised() -> Iterator[tuple[np.ndarray, int]]:
        nonlocal beyond
        for one, label in inputs:
            if one.shape != first.shape:
                raise UserError(
                    f"Validation images have the shapes {tuple(first.shape)} and "
                    f"{tuple(one.shape)}; they must have one."
                )
            values = one * spread + centre
            beyond = max(beyond, float(values.max()) - 1, -float(values.min()))
            yield (values * 255).round().clamp(0, 255).byte().numpy(), label

    told = (*decision.notes, *notes, *told)
    kept = _keep_planes(items, denormalised(), preparation, told, decision.text)
    if beyond <= ROUNDING:
        return kept
    cut = (
        f"Some values of the validation images lie {beyond:.2g} outside what mean and std make of "
        "0 to 1; they were cut off, so the network is validated on slightly other images."
    )
    return replace(kept, notes=(*kept.notes, cut))


def _keep_planes(
    items: Items,
    fitted: Iterator[tuple[np.ndarray, int]],
    preparation: Preparation,
    notes: tuple[str, ...],
    window: str,
) -> Kept:
    """Keep images in their order, each uint8 (planes, height, width) with its label."""
    digest, encoded, labels = hashlib.sha256(), [], []
    for image, label in fitted:
        digest.update(image.tobytes())
        encoded.append(encode_planes(image))
        labels.append(label)
    classes = _name_classes(items, labels)
    names = tuple(items.name_of(place) for place in range(len(labels)))
    facts = (items.name, classes, preparation.shape, names, labels)
    digest.update(repr(facts).encode(errors="backslashreplace"))
    nowhere = np.full((len(labels), 4), np.nan, np.float32)
    index = ImageIndex(
        name=readable_name(items.name),
        classes=classes,
        size=preparation.geometry.size,
        names=names,
        labels=np.array(labels),
        offsets=np.cumsum([0, *map(len, encoded)]),
        object_boxes=nowhere,
        head_boxes=nowhere,
        skipped=(),
        window=window,
        width=preparation.geometry.width,
    )
    return Kept(Images(index, tuple(encoded)), digest.hexdigest(), preparation, notes)


def _name_classes(items: Items, labels: list[int]) -> tuple[str, ...]:
    """Return the class names, made up where nobody gave them.

    Raises:
        UserError: a label is none of them.
    """
    least, greatest = min(labels), max(labels)
    classes = items.classes or tuple(f"class {number}" for number in range(greatest + 1))
    if least < 0 or greatest >= len(classes):
        wrong = least if least < 0 else greatest
        raise UserError(
            f"A validation image has the label {wrong}; there are {len(classes)} classes."
        )
    return make_different(list(map(readable_name, classes)))
