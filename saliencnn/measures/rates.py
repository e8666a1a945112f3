"""How far fractions of counted images can be relied on."""

from statistics import NormalDist

import numpy as np
from scipy.special import bdtr

LEVEL = 0.95
"""Of an interval, or of all intervals together where there are several."""


def level_of_each(comparisons: int) -> float:
    """Return the level of each of several intervals that together hold ``LEVEL``.

    By Bonferroni's bound (Dunn 1961).
    """
    return 1 - (1 - LEVEL) / comparisons


def wilson_interval(
    rate: np.ndarray, images: np.ndarray, comparisons: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95% interval of fractions (Wilson 1927), which holds for few images, too.

    Args:
        rate: float (...,), 0 to 1.
        images: (...,), how many each is of, at least 1.
        comparisons: intervals from which one is picked, see ``level_of_each``.

    Returns:
        Lower and upper ends, float64 (...,), 0 to 1.
    """
    z = NormalDist().inv_cdf((1 + level_of_each(comparisons)) / 2)
    weight = z**2 / images
    middle = (rate + weight / 2) / (1 + weight)
    half = z / (1 + weight) * np.sqrt(rate * (1 - rate) / images + weight / (4 * images))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def difference_interval(
    high: np.ndarray,
    low: np.ndarray,
    images: np.ndarray,
    comparisons: int = 1,
    images_of_low: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95% interval of the difference of two fractions (Newcombe 1998, method 10).

    It takes them for fractions of different images. Of the same images, which networks mostly get
    right or wrong together, the interval is wider than need be.

    Args:
        high: float (...,), 0 to 1, the fraction from which the other is taken.
        low: float (...,), 0 to 1.
        images: (...,), how many each is of, at least 1.
        comparisons: see ``wilson_interval``.
        images_of_low: how many the second is of, where that is another number.

    Returns:
        Lower and upper ends, float64 (...,), -1 to 1.
    """
    high_from, high_to = wilson_interval(high, images, comparisons)
    others = images if images_of_low is None else images_of_low
    low_from, low_to = wilson_interval(low, others, comparisons)
    shift = high - low
    return (
        shift - np.hypot(high - high_from, low_to - low),
        shift + np.hypot(high_to - high, low - low_from),
    )


def mcnemar(fewer: np.ndarray, more: np.ndarray) -> float:
    """Return how likely chance alone sets two counts of the same images as far apart, this way.

    McNemar's exact test (1947), one-sided: only images count that are in one of the two alone.

    Args:
        fewer: which images are among the fewer, bool (N,).
        more: which are among the more, bool (N,).

    Returns:
        0 to 1.
    """
    against, towards = int((fewer & ~more).sum()), int((more & ~fewer).sum())
    return float(bdtr(against, against + towards, 0.5))


def fisher(happens: np.ndarray, inside: np.ndarray) -> float:
    """Return how likely chance alone makes something happen as often within a group, or oftener.

    Fisher's exact test (1935), one-sided.

    Args:
        happens: to which images it does, bool (N,).
        inside: which are in the group, bool (N,).

    Returns:
        0 to 1.
    """
    from scipy.stats import hypergeom  # takes seconds to import, and few calls need it

    seen = (happens & inside).sum()
    return float(hypergeom.sf(seen - 1, len(happens), happens.sum(), inside.sum()))
