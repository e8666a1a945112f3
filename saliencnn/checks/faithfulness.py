"""Faithfulness: does the score rest on what a map points at, more than on pixels taken by lot?

Deletion and insertion (Petsiuk 2018, "RISE") and removal with imputation (Rong 2022, "ROAD").
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.checks.subject import BATCH, Maps, Subject, maps_of
from saliencnn.common.progress import Progress, part_of
from saliencnn.measures.curves import Curves, Score, probability
from saliencnn.measures.energy import is_constant
from saliencnn.measures.faithfulness import deletion, insertion
from saliencnn.measures.road import road
from saliencnn.saliency.passes import explaining

STEPS, ROAD_STEPS = 10, 9
"""Of deletion and insertion, and of ROAD."""
DRAWS = 3
"""Random rankings of each image, unless asked for fewer."""

Traced = dict[str, Curves]
KINDS: dict[str, Callable[[Score, Subject, np.ndarray], Curves]] = {
    "deletion": lambda score, subject, maps: deletion(
        score, subject.images, maps, steps=STEPS, batch_size=2 * BATCH
    ),
    "insertion": lambda score, subject, maps: insertion(
        score, subject.images, maps, steps=STEPS, batch_size=2 * BATCH
    ),
    "road": lambda score, subject, maps: road(
        score, subject.images, maps, steps=ROAD_STEPS, batch_size=2 * BATCH,
        seeds=image_seeds(subject),
    ),
}  # fmt: skip
COUNTED = ("deletion", "insertion")
"""Kinds that decide whether a random ranking is beaten."""


@dataclass(frozen=True)
class Faithfulness:
    """The class's probability as pixels go or come in the order of a map, and by lot.

    Attributes:
        curves: method -> kind (``KINDS``) -> curves of the N images; NaN where a map is flat.
        random: method -> kind -> one set of curves for each random ranking. They
            have the grain of the method's maps, since taking pixels here and there destroys a
            image much sooner than taking whole patches.
        beaten: method -> float64 (N,), 0 to 1: the share of random rankings with a higher area
            under the deletion curve or a lower one under the insertion curve, equal ones counted
            half, mean of both; 0.5 by chance, NaN where a map is flat. ROAD is shown, not counted.
    """

    curves: dict[str, Traced]
    random: dict[str, tuple[Traced, ...]]
    beaten: dict[str, np.ndarray]


def trace(
    subject: Subject,
    report: Progress,
    kinds: Sequence[str] = tuple(KINDS),
    own: Maps | None = None,
    draws: int = DRAWS,
) -> Faithfulness:
    """Trace the curves of every method and of random rankings.

    All random numbers depend on the seed and the image, not on the other images.

    Args:
        subject: what is checked.
        report: called with the progress; what it raises cancels the check.
        kinds: of curves; ``beaten`` is empty unless all of ``COUNTED`` are among them. ROAD, which
            solves a linear system for every image, takes several times as long as these.
        own: maps of the images as they are, where they are known.
        draws: random rankings of each image.
    """
    first = 0.0 if own else 0.3
    found = own or maps_of(subject, part_of(report, 0.0, first))
    maps = {name: m.numpy() for name, m in found.items()}
    grains = list(dict.fromkeys(m.shape[1:] for m in maps.values()))
    lots = [draw_rankings(subject, grain, draw) for grain in grains for draw in range(draws)]
    total = len(maps) + len(lots)
    telling = part_of(report, first, 1.0)

    curves = {}
    for done, (name, ranked) in enumerate(maps.items()):
        share = part_of(telling, done / total, (done + 1) / total)
        curves[name] = _trace(subject, ranked, kinds, share)
    random_baseline = []
    for done, ranking in enumerate(lots, start=len(maps)):
        share = part_of(telling, done / total, (done + 1) / total)
        random_baseline.append(_trace(subject, ranking, kinds, share))
    random = {}
    for name, ranked in maps.items():
        start = grains.index(ranked.shape[1:]) * draws
        random[name] = tuple(random_baseline[start : start + draws])
    beaten = {
        name: np.where(is_constant(ranked), np.nan, count_beaten(curves[name], random[name]))
        for name, ranked in maps.items()
        if set(COUNTED) <= set(kinds)
    }
    report(1.0, "Traced")
    return Faithfulness(curves, random, beaten)


def draw_rankings(subject: Subject, grain: tuple[int, ...], draw: int) -> np.ndarray:
    """Return maps (N, h, w) of the grain (h, w) whose cells are in random order."""
    seeds = [(*seed, draw) for seed in image_seeds(subject)]
    return np.stack([np.random.default_rng(seed).random(grain, np.float32) for seed in seeds])


def image_seeds(subject: Subject) -> list[tuple[int, ...]]:
    """Return N starts of random numbers, which depend on the seed and the image alone."""
    images = subject.images.cpu().numpy()
    return [(subject.seed, zlib.crc32(image.tobytes())) for image in images]


def count_beaten(own: Traced, random: tuple[Traced, ...]) -> np.ndarray:
    """Return the share of random rankings that a method's curves beat, (N,), as in ``beaten``."""
    wins = []
    for random_baseline in random:
        wins.append(_win(random_baseline["deletion"].auc - own["deletion"].auc))
        wins.append(_win(own["insertion"].auc - random_baseline["insertion"].auc))
    return np.mean(wins, axis=0)


def _win(lead: np.ndarray) -> np.ndarray:
    """Return 1 where a lead is positive, 0 where negative, 0.5 where there is none."""
    return (1 + np.sign(lead)) / 2


def _trace(subject: Subject, maps: np.ndarray, kinds: Sequence[str], report: Progress) -> Traced:
    traced = {}
    with explaining(subject.model):
        score = probability(subject.model, subject.targets)
        for number, kind in enumerate(kinds):
            report(number / len(kinds), f"Curves of {kind}")
            traced[kind] = KINDS[kind](score, subject, maps)
    return traced
