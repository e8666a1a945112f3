"""How often each kind of 95% interval holds the truth."""

from collections.abc import Iterator

import numpy as np
from numpy.random import default_rng
from scipy.stats import binom

from saliencnn.checks.grading import RESAMPLES
from saliencnn.measures.bootstrap import bootstrap_interval, mean_of_rows
from saliencnn.measures.groups import difference, separability
from saliencnn.measures.rates import difference_interval, wilson_interval
from tests.benchmarks.statistics.drawing import SHAPES, count_images

IMAGES = (5, 10, 30, 100)
RATES = np.linspace(0.02, 0.98, 49)
"""Of right images."""
Covered = Iterator[tuple[str, int, np.ndarray]]
"""Of an interval and a number of images: how often it holds the truth, whatever that is."""


def _cover_fraction() -> Covered:
    """Yield it for Wilson's interval, exactly."""
    for images in IMAGES:
        counts = np.arange(images + 1)
        low, high = wilson_interval(counts / images, np.full(images + 1, images))
        chance = binom.pmf(counts, images, RATES[:, None])
        holds = (low <= RATES[:, None]) & (RATES[:, None] <= high)
        yield "fraction (Wilson)", images, (chance * holds).sum(1)


def _cover_difference() -> Covered:
    """Yield it for Newcombe's, of fractions of different images, exactly."""
    for images in IMAGES:
        counts = np.arange(images + 1)
        one, other = np.meshgrid(counts / images, counts / images)
        low, high = difference_interval(one, other, np.full_like(one, images))
        chances = binom.pmf(counts, images, RATES[:, None])
        covered = [
            p_chance @ ((low <= p - q) & (p - q <= high)).T @ q_chance
            for p, p_chance in zip(RATES, chances, strict=True)
            for q, q_chance in zip(RATES, chances, strict=True)
        ]
        yield "difference of two fractions (Newcombe)", images, np.array(covered)


def _cover_paired(sets: int) -> Covered:
    """Yield it for Newcombe's, of networks that find half of the images alike hard."""
    for images in IMAGES:
        rng, covered = default_rng(images), []
        for p, q in rng.uniform(0.02, 0.98, (40, 2)):
            hard, own = rng.random((2, sets, images))
            shared = rng.random((sets, images)) < 0.5
            one, other = (hard < p).mean(1), (np.where(shared, hard, own) < q).mean(1)
            low, high = difference_interval(one, other, np.full(sets, images))
            covered.append(((low <= p - q) & (p - q <= high)).mean())
        yield "the same, of the same images", images, np.array(covered)


def _cover_means(sets: int) -> Covered:
    for failed in (5, 10, 50):
        correct = np.arange(count_images(failed)) >= failed
        covered = []
        for draw, _ in SHAPES.values():
            rng = default_rng(failed)
            found = [difference(draw(rng, len(correct)), correct) for _ in range(sets)]
            covered.append(np.mean([one.low <= 0 <= one.high for one in found]))
        yield "difference of two means (Welch)", failed, np.array(covered)
        rng = default_rng(failed)
        shifted = [rng.normal(size=len(correct)) + ~correct for _ in range(sets)]
        areas = [separability(values, correct) for values in shifted]
        covered = [np.mean([one.low <= 0.7602 <= one.high for one in areas])]
        yield "area under the ROC (Newcombe)", failed, np.array(covered)


def _cover_checks(sets: int) -> Covered:
    for images in IMAGES:
        for heavy in (False, True):
            covered = []
            for name, (draw, mean) in SHAPES.items():
                if (name == "heavy tail") == heavy:
                    rng = default_rng(images)
                    ends = (
                        bootstrap_interval([draw(rng, images)], mean_of_rows, RESAMPLES)
                        for _ in range(sets)
                    )
                    covered.append(np.mean([low <= mean <= high for low, high in ends]))
            name = f"a check's mean (expanded bootstrap){', heavy tail' if heavy else ''}"
            yield name, images, np.array(covered)


def measure_intervals(sets: int) -> Iterator[str]:
    """Yield the lines of the table of intervals."""
    yield "| 95% interval | images | holds the truth on the average | at least |"
    yield "|---|---|---|---|"
    every = (
        _cover_fraction(), _cover_difference(), _cover_paired(sets), _cover_means(sets),
        _cover_checks(sets),
    )  # fmt: skip
    for found in every:
        for name, images, covered in found:
            yield f"| {name} | {images} | {covered.mean():.1%} | {covered.min():.1%} |"
