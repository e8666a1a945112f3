"""Whether the pixels that a map highlights are those that the network's score depends on."""

from collections.abc import Callable

import numpy as np
from torch import Tensor

from saliencnn.measures.curves import Change, Curves, Prepare, Score, sweep


def mean_colour(images: Tensor) -> Tensor:
    """Return images (N, C, H, W) in which every pixel has its image's mean colour."""
    return images.mean(dim=(2, 3), keepdim=True).expand_as(images)


def blurred(images: Tensor) -> Tensor:
    """Return images (N, C, H, W), with sides of at least 2, without their details.

    The blur is RISE's, 11 pixels wide with a standard deviation of 5 for images of 224 pixels,
    and in proportion for others.
    """
    from torchvision.transforms.functional import gaussian_blur

    radius = max(1, round(5 * min(images.shape[2:]) / 224))
    return gaussian_blur(images, [2 * radius + 1] * 2, [float(radius)] * 2)


def deletion(
    score: Score,
    images: Tensor,
    maps: np.ndarray,
    *,
    steps: int = 50,
    batch_size: int = 64,
    baseline: Callable[[Tensor], Tensor] = mean_colour,
) -> Curves:
    """Replace each image's most salient pixels first (RISE, Petsiuk 2018): low areas are good.

    Args:
        score: see ``curves.Score``, such as ``curves.probability``; called without gradients.
        images: float (N, C, H, W), as the network takes them.
        maps: float (N, h, w), of any resolution; pixels are ranked by ``curves.ranks``.
        steps: in which all pixels are replaced, each as many, at least 1.
        batch_size: the most images to score at once.
        baseline: images to what replaces their pixels. RISE replaces by the mean of all
            images; each image's own mean needs no knowledge of them.

    Returns:
        The curves from the whole image to its baseline; NaN for constant maps.

    Raises:
        ValueError: numbers of maps and images differ, or steps or batch size are below 1.
    """
    counts = _counts(images, steps)
    return sweep(score, images, maps, counts, batch_size, _replace(baseline, given=False))


def insertion(
    score: Score,
    images: Tensor,
    maps: np.ndarray,
    *,
    steps: int = 50,
    batch_size: int = 64,
    baseline: Callable[[Tensor], Tensor] = blurred,
) -> Curves:
    """Give a baseline the most salient pixels first (RISE, Petsiuk 2018): high areas are good.

    Args:
        score: as for ``deletion``.
        images: as for ``deletion``.
        maps: as for ``deletion``.
        steps: in which all pixels are given, each as many, at least 1.
        batch_size: the most images to score at once.
        baseline: images to what they start from.

    Returns:
        The curves from the baseline to the whole image; NaN for constant maps.

    Raises:
        ValueError: numbers of maps and images differ, or steps or batch size are below 1.
    """
    counts = _counts(images, steps)
    return sweep(score, images, maps, counts, batch_size, _replace(baseline, given=True))


def _counts(images: Tensor, steps: int) -> np.ndarray:
    if steps < 1:
        raise ValueError(f"The number of steps must be at least 1, not {steps}.")
    height, width = images.shape[2:]
    return np.rint(np.linspace(0, height * width, steps + 1)).astype(np.int64)


def _replace(baseline: Callable[[Tensor], Tensor], given: bool) -> Prepare:
    def prepare(images: Tensor, _: np.ndarray) -> Change:
        ends = (baseline(images), images) if given else (images, baseline(images))
        start, end = (pixels.contiguous() for pixels in ends)
        # By weights of 0 and 1 this is exactly one of both, several times as fast as ``where``.
        return lambda owner, taken: start[owner].lerp(end[owner], taken[:, None].to(start))

    return prepare
