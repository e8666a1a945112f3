"""Whether what a map points at is what the network's score rests on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from saliencnn.measures.curves import Change, Curves, Prepare, Score, sweep
from saliencnn.measures.noise import is_empty, relative_energy
from saliencnn.measures.resolution import resample


def mean_colour(images: Tensor) -> Tensor:
    """Return images (N, C, H, W) in which every pixel has its image's mean colour."""
    return images.mean(dim=(2, 3), keepdim=True).expand_as(images)


def blurred(images: Tensor) -> Tensor:
    """Return images (N, C, H, W), with sides of at least 2, without their details.

    The blur is RISE's, 11 pixels wide with a standard deviation of 5 for images of 224 pixels,
    and in proportion for others.
    """
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
        The curves from the whole image to its baseline; NaN for flat maps.

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
        The curves from the baseline to the whole image; NaN for flat maps.

    Raises:
        ValueError: numbers of maps and images differ, or steps or batch size are below 1.
    """
    counts = _counts(images, steps)
    return sweep(score, images, maps, counts, batch_size, _replace(baseline, given=True))


@dataclass(frozen=True)
class Masked:
    """Scores of images, and of these dimmed by their maps (Chattopadhay 2018).

    Attributes:
        whole: the images' scores, float64 (N,), 0 or more.
        masked: the dimmed images' scores, float64 (N,).

    Both are NaN for maps that are flat or have no positive energy.
    """

    whole: np.ndarray
    masked: np.ndarray

    @property
    def drop(self) -> np.ndarray:
        """Share of each score that is lost (N,), 0 to 1; NaN where there was no score."""
        lost = np.maximum(self.whole - self.masked, 0)
        empty = np.full(len(self.whole), np.nan)
        return np.divide(lost, self.whole, out=empty, where=self.whole > 0)

    @property
    def average_drop(self) -> float:
        """Mean drop of the images that have one, 0 to 1: low is good; NaN without any."""
        drops = self.drop[~np.isnan(self.drop)]
        return float(drops.mean()) if len(drops) else float("nan")

    @property
    def average_increase(self) -> float:
        """Share of images that gain by dimming, 0 to 1: high is good; NaN without any."""
        known = ~np.isnan(self.whole)
        gains = (self.masked > self.whole)[known]
        return float(gains.mean()) if len(gains) else float("nan")


def masked(score: Score, images: Tensor, maps: np.ndarray, *, batch_size: int = 64) -> Masked:
    """Score images, and these multiplied by their maps, resampled and in shares of the maximum.

    A pixel of saliency 0 becomes 0, which is the mean colour where images are normalised.

    Args:
        score: as for ``deletion``; not negative, so that a share of it can be lost.
        images: float (N, C, H, W), as the network takes them.
        maps: float (N, h, w), of any resolution; values below zero count as zero.
        batch_size: the most images to score at once.

    Raises:
        ValueError: numbers of maps and images differ, or the batch size is below 1.
    """
    if len(maps) != len(images) or batch_size < 1:
        raise ValueError(
            f"{len(images)} images need as many maps and a batch size of at least 1, "
            f"not {len(maps)} and {batch_size}."
        )
    usable = np.flatnonzero(~is_empty(maps))
    found = np.full((2, len(images)), np.nan)
    for start in range(0, len(usable), batch_size):
        at = usable[start : start + batch_size]
        group = torch.from_numpy(at).to(images.device)
        shares = relative_energy(resample(maps[at], *images.shape[2:]))
        dimming = torch.from_numpy(shares).to(images)[:, None]
        with torch.inference_mode():
            whole = images[group]
            found[0, at] = score(whole, group).cpu().numpy()
            found[1, at] = score(whole * dimming, group).cpu().numpy()
    return Masked(*found)


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
