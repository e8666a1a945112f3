"""What is drawn without any difference: which images fail, and numbers of them."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.random import Generator

from saliencnn.findings.finding import Finding

Told = Mapping[str, bool]
"""Sentence -> whether it is said."""
Ask = Callable[[Generator, int], Told]
"""Draws a set of images of which so many fail, and returns what is said of it."""
FAILURES = (1, 2, 5, 10, 20, 50)
PARTS = 4
"""Classes, kinds of thing, groups of maps."""
SHAPES: dict[str, tuple[Callable[[Generator, int], np.ndarray], float]] = {
    "normal": (lambda rng, n: rng.normal(size=n), 0.0),
    "skewed": (lambda rng, n: rng.exponential(size=n), 1.0),
    "heavy tail": (lambda rng, n: rng.lognormal(0, 1, n), float(np.exp(0.5))),
    "few values": (lambda rng, n: rng.integers(0, 3, n) / 2, 0.5),
    "near 1": (lambda rng, n: rng.beta(8, 1, n), 8 / 9),
}
"""Of numbers: how they are drawn, and their mean."""


def count_images(failed: int) -> int:
    """Return of how many images so many fail."""
    return max(40, 2 * failed)


def draw_correct(rng: Generator, failed: int) -> np.ndarray:
    """Draw which images are right, without regard to anything else."""
    return rng.permutation(count_images(failed)) >= failed


def draw_numbers(rng: Generator, images: int, numbers: int) -> dict[str, np.ndarray]:
    """Draw so many numbers of images, of all shapes in turn."""
    draws = [draw for draw, _ in SHAPES.values()]
    start = int(rng.integers(len(draws)))
    return {str(n): draws[(start + n) % len(draws)](rng, images) for n in range(numbers)}


def says(findings: Iterable[Finding], words: str) -> bool:
    """Return whether a sentence has some words in it."""
    return any(words in finding.sentence for finding in findings)
