"""How missed images differ from correct ones over several networks that see the same images."""

import numpy as np
from scipy.special import stdtrit

from saliencnn.measures.groups import MIN_GROUP, Estimate
from saliencnn.measures.rates import level_of_each


def pooled_difference(
    values: np.ndarray, correct: np.ndarray, comparisons: int = 1
) -> tuple[Estimate, tuple[float, float]]:
    """Return how far missed images' mean lies above correct ones', within networks.

    Each network's difference counts as much as its images tell of it: n missed and m correct ones
    as nm / (n + m), which is least squares with a level for each network. What several networks
    show of one image says less than as many images, so the error is the jackknife's over images
    (Efron and Stein 1981), and Student's t has one degree of freedom less than images on the side
    with fewer of them.

    Args:
        values: float (M, N), of each network's map of each image; NaN where there is none.
        correct: bool (M, N), whether the network is right on the image.
        comparisons: intervals that a person is shown together, see ``level_of_each``.

    Returns:
        The difference, which counts the images that some network misses and those that some
        network gets right, and the mean over missed and over correct images.
    """
    known = np.isfinite(values)
    held = np.where(known, values, 0.0)
    sides = np.stack([known & ~correct, known & correct]).astype(float)
    counts, sums = sides.sum(axis=2), (sides * held).sum(axis=2)
    compared = counts.min(axis=0) > 0
    failed, fine = (int((side[compared] > 0).any(axis=0).sum()) for side in sides)
    missed, right = (float(mean) for mean in _weigh(counts, sums))
    means, value = (missed, right), missed - right
    if min(failed, fine) < MIN_GROUP:
        return Estimate(value, np.nan, np.nan, failed, fine), means
    # Shape (2, M, N): each side's images and sums without one of the images.
    less, left = counts[:, :, None] - sides, sums[:, :, None] - sides * held
    without = np.subtract(*_weigh(less, left))
    seen = without[known[compared].any(axis=0)]
    error = np.sqrt((len(seen) - 1) / len(seen) * ((seen - seen.mean()) ** 2).sum())
    half = float(stdtrit(min(failed, fine) - 1, (1 + level_of_each(comparisons)) / 2) * error)
    return Estimate(value, value - half, value + half, failed, fine), means


def _weigh(counts: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Return both sides' means, averaged over networks by what each tells of a difference.

    Args:
        counts: (2, M, ...), images of each side and network.
        sums: of their values, likewise.

    Returns:
        (2, ...); NaN where no network has images on both sides.
    """
    total = counts.sum(axis=0)
    weights = np.divide(counts.prod(axis=0), total, out=np.zeros_like(total), where=total > 0)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    whole = weights.sum(axis=0)
    found = (weights * means).sum(axis=1)
    return np.divide(found, whole, out=np.full_like(found, np.nan), where=whole > 0)
