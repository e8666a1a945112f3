"""Where in an image a map lies, in words: for images of which nobody knows where the object is."""

import numpy as np

from saliencnn.findings.image_parts import CENTRE, find_parts, say_where
from saliencnn.measures.energy import above_threshold

HALF_MAXIMUM = 0.5
"""Fraction of a map's maximum that its region reaches."""
MOST, NEARLY_ALL = 0.6, 0.8
"""Fractions of a region that lie together in a quarter of the image, and in about half of it."""
MOST_OF_IMAGE = 0.5
"""Fraction of it from which on a region that lies together nowhere is spread all over."""
NOWHERE = "shows no place: it is empty, or nearly the same everywhere"
SPECK = 0.05
"""Of a region: what holds less of it apart from the rest is no spot of its own."""
MANY = 5
"""Spots from which on they are not counted."""
SCATTERED = "has bright spots scattered all over the image"
HALVES = {
    "in the upper half": ((0, 1 / 2), (0, 1)),
    "in the lower half": ((1 / 2, 1), (0, 1)),
    "in the left half": ((0, 1), (0, 1 / 2)),
    "in the right half": ((0, 1), (1 / 2, 1)),
}
INNER = (1 / 8, 7 / 8)
"""What is no border along each side, which leaves 56% of the image."""


def describe_location(single: np.ndarray) -> str:
    """Say where a map lies and how much of the image it covers, as the end of a sentence.

    It tells of the region where the map reaches half its maximum. Where most of it lies together,
    its middle says the place; else it may lie along the border or in one half of the image.

    Args:
        single: float (h, w), raw or rescaled; values below zero count as zero.

    Returns:
        E.g. ``lies in the upper left, at the border; its region above half its maximum covers 4%
        of the image``.
    """
    place = name_location(single)
    if place == NOWHERE:
        return place
    area = above_threshold(single[None], HALF_MAXIMUM).mean()
    covers = f"{area:.0%}" if area >= 0.005 else "less than 1%"
    if place.startswith("has "):
        return f"{place}: together they cover {covers} of it"
    return f"{place}; its region above half its maximum covers {covers} of the image"


def name_location(single: np.ndarray) -> str:
    """Say where a map lies, as the end of a sentence: the first part of ``describe_location``."""
    region = above_threshold(single[None], HALF_MAXIMUM)[0]
    return _name_place(region) if region.any() and not region.all() else NOWHERE


def _name_place(region: np.ndarray) -> str:
    down, across = (_find_middle(region.sum(axis=axis)) for axis in (1, 0))
    border = 1 - _measure_within(region, INNER, INNER)
    if _measure_within(region, _surround(down), _surround(across)) >= MOST:
        where = say_where(find_parts(down, across))
        return f"lies {where}{', at the border' if border >= MOST else ''}"
    if border >= NEARLY_ALL:
        return "lies along the border"
    for place, (rows, columns) in HALVES.items():
        if _measure_within(region, rows, columns) >= NEARLY_ALL:
            return f"lies {place}"
    if border <= 1 - NEARLY_ALL:
        parts = find_parts(down, across)
        where = "" if parts == {CENTRE} else say_where(parts)
        return f"lies {where or 'around the middle'}"
    if region.mean() >= MOST_OF_IMAGE:
        return "is spread all over the image"
    spots = _measure_spots(region)
    spots = spots[spots >= SPECK]
    if len(spots) >= MANY or spots.sum() < NEARLY_ALL:
        return SCATTERED
    if len(spots) > 1:
        return f"has {len(spots)} separate bright spots"
    return f"is one connected region centered {say_where(find_parts(down, across))}"


def _measure_spots(region: np.ndarray) -> np.ndarray:
    """Return which fraction of a region each of its connected parts holds, float (parts,)."""
    from scipy.ndimage import label  # few need it

    parts, _ = label(region)
    return np.bincount(parts[region])[1:] / region.sum()


def _find_middle(cells: np.ndarray) -> float:
    """Return where the middle of a region lies along a side, above 0 and below 1.

    Args:
        cells: how many of it lie at each place of the side, int (N,).
    """
    return float((np.arange(len(cells)) + 0.5) @ cells / cells.sum() / len(cells))


def _surround(middle: float) -> tuple[float, float]:
    return middle - 1 / 4, middle + 1 / 4


def _measure_within(
    region: np.ndarray, rows: tuple[float, float], columns: tuple[float, float]
) -> float:
    """Return which fraction of a region lies within both parts of the image's sides."""
    down, across = (
        np.diff(np.clip(np.linspace(0, 1, cells + 1), *part)) * cells
        for cells, part in zip(region.shape, (rows, columns), strict=True)
    )
    fraction = float(down @ region @ across / region.sum())
    return round(fraction, 6)  # 0.6 is 0.6 from either side
