"""Objects cut out of their boxes: known shapes, and what cannot be cut out."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from saliencnn.data.cutting_out import SIDE, cut_out, cut_out_objects, shrink
from saliencnn.data.imageset import Sample
from saliencnn.data.masks import Mask, Outline


def make_ellipse(height: int = 90, width: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Return a red ellipse on grey noise, uint8 (H, W, 3), and where it is."""
    y, x = np.mgrid[:height, :width]
    inside = ((y - height / 2) / (height / 4)) ** 2 + ((x - width / 2) / (width / 3)) ** 2 <= 1
    noise = np.random.default_rng(0).normal(0, 8, (height, width, 3))
    colours = np.where(inside[..., None], (200, 60, 50), (110, 120, 130))
    return (colours + noise).clip(0, 255).astype(np.uint8), inside


def box_around(inside: np.ndarray) -> np.ndarray:
    return inside.any(1)[:, None] & inside.any(0)


def as_box(box: np.ndarray) -> tuple[float, float, float, float]:
    down, across = np.nonzero(box)
    size = np.ptp(across) + 1, np.ptp(down) + 1
    return (float(across.min()), float(down.min()), float(size[0]), float(size[1]))


def drawn(sample: Sample) -> np.ndarray:
    """Return an outline's pixels at its own size."""
    outline = sample.object_mask
    assert isinstance(outline, Outline)
    assert outline.height
    assert outline.width
    return outline.draw(outline.height, outline.width)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_an_ellipse_is_cut_out_of_its_box() -> None:
    pixels, inside = make_ellipse()
    box = box_around(inside)
    found = cut_out(pixels, box)
    assert overlap(box, inside) < 0.8
    assert overlap(found, inside) > 0.9  # a pixel around it is its, too
    assert not (inside & ~found).any()
    assert not (found & ~box).any()


def test_what_does_not_span_its_box_is_not_believed() -> None:
    """The box reaches far beyond the ellipse, as one that was drawn around something else."""
    pixels, inside = make_ellipse()
    box = np.zeros_like(inside)
    box[2:-2, 2:-2] = True
    np.testing.assert_array_equal(cut_out(pixels, box), box)


@pytest.mark.parametrize(
    "rows_and_columns",
    [(slice(3, 4), slice(5, 6)), (slice(5, 25), slice(5, 25)), (slice(None), slice(None)),
     (slice(0), slice(0)), (slice(None), slice(39))],
)  # fmt: skip
def test_where_all_looks_alike_the_box_stays(rows_and_columns: tuple[slice, slice]) -> None:
    box = np.zeros((40, 40), bool)
    box[rows_and_columns] = True
    np.testing.assert_array_equal(cut_out(np.full((40, 40, 3), 90, np.uint8), box), box)


def test_only_samples_with_a_box_and_no_mask_change() -> None:
    pixels, inside = make_ellipse()
    plain = Sample("plain", 0, pixels)
    boxed = replace(plain, object_box=as_box(box_around(inside)))
    masked = replace(boxed, object_mask=box_around(inside))
    broken = replace(boxed, image=b"no image")
    kept, cut, still, unread = cut_out_objects([plain, boxed, masked, broken])
    assert (kept, still, unread) == (plain, masked, broken)
    assert overlap(drawn(cut), inside) > 0.9


@pytest.mark.parametrize("mask", [Path("gone.png"), np.ones((4, 50), bool), Outline(90, 120)])
def test_a_mask_that_cannot_be_used_is_as_none(mask: Mask) -> None:
    pixels, inside = make_ellipse()
    boxed = Sample("one", 0, pixels, object_box=as_box(box_around(inside)))
    spoilt = replace(boxed, object_mask=mask)
    assert cut_out_objects([spoilt]) == cut_out_objects([boxed])
    plain = replace(boxed, object_box=None)
    assert cut_out_objects([replace(plain, object_mask=mask)]) == (plain,)


def test_masks_of_large_images_are_small_and_fit_them() -> None:
    pixels, inside = make_ellipse(300, 400)
    boxed = Sample("one", 0, pixels, object_box=as_box(box_around(inside)))
    (cut,) = cut_out_objects([boxed])
    assert drawn(cut).shape == (96, SIDE)
    assert overlap(drawn(cut), shrink(inside)) > 0.9
    assert len(pickle.dumps(cut.object_mask)) < 96 * SIDE / 8


def test_the_same_is_cut_out_again() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (50, 50, 3), np.uint8)
    box = np.zeros((50, 50), bool)
    box[10:40, 10:40] = True
    first = cut_out(pixels, box)
    cut_out(pixels[::-1].copy(), box)
    np.testing.assert_array_equal(cut_out(pixels, box), first)
