"""Notes about objects whose place is known of some images only."""

from __future__ import annotations

import numpy as np

from saliencnn.common.sentences import count, list_names
from saliencnn.data.image_index import ImageIndex
from saliencnn.data.imageset import ImageSet
from saliencnn.data.loading import load_original, read_region
from saliencnn.data.masks import BadMask
from saliencnn.data.opening import UnreadableImage


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
