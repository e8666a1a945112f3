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
from saliencnn.data.fitted import (
    digest_of,
    encode_planes,
    fit_validation,
    report_regions,
    why_unreadable,
)
from saliencnn.data.geometry import Geometry, validation_geometry
from saliencnn.data.image_index import ImageIndex, Images
from saliencnn.data.imageset import ImageSet, Sample, make_readable
from saliencnn.data.preparation import MEAN, STD, Preparation
from saliencnn.data.transforms import describe_transform
from saliencnn.store.skipped import format_skipped
from saliencnn.watching.items import Items, is_file, is_prepared, is_raw, read_items
from saliencnn.watching.normalisation import (
    ROUNDING,
    Asked,
    Inputs,
    find_geometry,
    find_normalisation,
    for_each,
    numbers,
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
        return _keep_set(validation, _prepare(asked, channels))
    items = read_items(validation)
    items = replace(
        items, name=asked.name or items.name, classes=tuple(asked.classes or items.classes)
    )
    first, _ = next(iter(items))
    if asked.transform is None and is_file(first):
        return _keep_set(_gather_files(items), _prepare(asked, channels))
    if asked.transform is None and is_raw(first):
        return _keep_raw(items, _prepare(asked, channels))
    if asked.transform is None and not is_prepared(first):
        raise UserError(
            "A validation image must be a path, a PIL image, an array or a tensor; this is a "
            f"{type(first).__name__}."
        )
    return _keep_prepared(items, asked)


def _prepare(asked: Asked, channels: int) -> Preparation:
    """Return how images are prepared that come as pixels."""
    mean, std = (None if one is None else numbers(one) for one in (asked.mean, asked.std))
    if (mean is None) != (std is None):
        raise UserError("mean= and std= must be given together.")
    if mean is None and channels == 3:
        mean, std = MEAN, STD
    if mean is None or std is None:
        raise UserError(
            f"The network takes {channels} channel(s): say mean= and std=, a number for each."
        )
    size = asked.size or 224
    if isinstance(size, int):
        geometry = validation_geometry(size)
    elif size[0] == size[1]:
        geometry = validation_geometry(size[0])
    else:
        geometry = Geometry(size[0], None, width=size[1])
    return Preparation(geometry, for_each(mean, channels), for_each(std, channels))


def _gather_files(items: Items) -> ImageSet:
    samples = tuple(
        Sample(items.name_of(place), label, Path(image))
        for place, (image, label) in enumerate(items)
    )
    classes = _name_classes(items, [sample.label for sample in samples])
    return make_readable(ImageSet(items.name, classes, (), samples))


def _keep_set(image_set: ImageSet, preparation: Preparation) -> Kept:
    images = fit_validation(image_set, preparation.geometry)
    skipped = images.index.skipped
    why = why_unreadable(image_set.validation, skipped)
    told = (
        *image_set.notes,
        *format_skipped(skipped, "validation", why),
        *report_regions(image_set, images.index),
    )
    return Kept(images, digest_of(image_set, preparation.geometry), preparation, told)


def _keep_raw(items: Items, preparation: Preparation) -> Kept:
    def fitted() -> Iterator[tuple[np.ndarray, int]]:
        for image, label in items:
            pixels = torch.from_numpy(open_image(image)).permute(2, 0, 1)
            yield preparation.fit(pixels).numpy(), label

    return _keep_planes(items, fitted(), preparation, ())


def _keep_prepared(items: Items, asked: Asked) -> Kept:
    """Keep images that come as the network's input, with their normalisation undone."""
    known = describe_transform(asked.transform or items.transform)
    inputs = Inputs(items, asked.transform)
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

    kept = _keep_planes(items, denormalised(), preparation, (*notes, *told))
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
    return tuple(map(readable_name, map(str, classes)))
