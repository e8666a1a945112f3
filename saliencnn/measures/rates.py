"""How far fractions of counted images can be relied on."""

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
from scipy.special import bdtr, gammaln

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


def hold_together(chances: Mapping[str, float]) -> dict[str, float]:
    """Return how likely chance makes several things, each seen beside all others.

    What is told at 5% of these errs in at most 5% of all that are asked together (Holm 1979).

    Args:
        chances: how likely chance alone makes each, 0 to 1.
    """
    worst, held = 0.0, {}
    for rank, name in enumerate(sorted(chances, key=lambda one: chances[one])):
        worst = max(worst, min(1.0, (len(chances) - rank) * chances[name]))
        held[name] = worst
    return held


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
    seen, others_seen = int((happens & inside).sum()), int((happens & ~inside).sum())
    return _fisher(seen, int(inside.sum()), others_seen, int((~inside).sum()))


def differ_by_chance(rate: float, other: float, images: int, others: int) -> float:
    """Return how likely chance alone sets fractions of different images as far apart, either way.

    Fisher's exact test (1935) on both sides. Intervals that exclude 0 say too much where counts
    are small: of 40 images each, chance sets two halves 9 apart in 5.7%, which 95% exclude.

    Args:
        rate: 0 to 1.
        other: 0 to 1.
        images: how many the first is of, at least 1.
        others: how many the second is of, at least 1.

    Returns:
        0 to 1.
    """
    right, others_right = round(rate * images), round(other * others)
    more = _fisher(right, images, others_right, others)
    fewer = _fisher(others_right, others, right, images)
    return min(1.0, 2 * min(more, fewer))


def _fisher(seen: int, of: int, others_seen: int, others_of: int) -> float:
    """Return how likely chance gives some images at least so many of those that are seen.

    ``scipy.stats`` has it, and takes seconds to import.
    """
    total = seen + others_seen
    counts = np.arange(seen, min(of, total) + 1)
    ways = _log_choose(of, counts) + _log_choose(others_of, total - counts)
    return min(1.0, float(np.exp(ways - _log_choose(of + others_of, np.array(total))).sum()))


def _log_choose(images: int, chosen: np.ndarray) -> np.ndarray:
    return gammaln(images + 1) - gammaln(chosen + 1) - gammaln(images - chosen + 1)
