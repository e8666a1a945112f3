"""Curves of the class's probability as pixels are removed or inserted, and a random baseline.

Deletion and insertion (Petsiuk 2018, "RISE") and removal with imputation (Rong 2022, "ROAD").
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from torch import Tensor

from saliencnn.checks.subject import BATCH, Maps, Subject, maps_of
from saliencnn.common.progress import Progress, part_of
from saliencnn.measures.curves import Curves, Score, probability
from saliencnn.measures.energy import is_constant
from saliencnn.measures.faithfulness import deletion, insertion
from saliencnn.measures.road import road
from saliencnn.models.outputs import read_logits
from saliencnn.saliency.passes import explaining

STEPS, ROAD_STEPS = 10, 9
"""Of deletion and insertion, and of ROAD."""
DRAWS = 3
"""Random rankings of each image, by default."""

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
    """The class's probability as pixels are removed or inserted in the order of a map.

    Attributes:
        curves: method -> kind (``KINDS``) -> curves of the N images; NaN where a map is constant.
        random_baseline: method -> one set of curves for each random ranking. They have the
            resolution of the method's maps, since removing scattered pixels destroys an image much
            sooner than removing whole patches.
        beaten: method -> float64 (N,), 0 to 1: the fraction of random rankings with a higher area
            under the deletion curve or a lower one under the insertion curve, equal ones counted
            half, mean of both; 0.5 by chance, NaN where a map is constant. ROAD is shown, not
            counted.
    """

    curves: dict[str, Traced]
    random_baseline: dict[str, tuple[Traced, ...]]
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
    start = 0.0 if own else 0.3
    found = own or maps_of(subject, part_of(report, 0.0, start))
    maps = {name: all_.numpy() for name, all_ in found.items()}
    resolutions = dict.fromkeys(all_.shape[1:] for all_ in maps.values())
    rankings: dict[tuple[str | tuple[int, ...], int], np.ndarray] = {
        **{(name, 0): all_ for name, all_ in maps.items()},
        **{
            (resolution, draw): draw_rankings(subject, resolution, draw)
            for resolution in resolutions
            for draw in range(draws)
        },
    }
    traced = {}
    tracing = part_of(report, start, 1.0)
    for done, (key, ranking) in enumerate(rankings.items()):
        part = part_of(tracing, done / len(rankings), (done + 1) / len(rankings))
        traced[key] = _trace(subject, ranking, kinds, part)
    curves = {name: traced[name, 0] for name in maps}
    baseline = {
        name: tuple(traced[all_.shape[1:], draw] for draw in range(draws))
        for name, all_ in maps.items()
    }
    beaten = {
        name: np.where(is_constant(all_), np.nan, count_beaten(curves[name], baseline[name]))
        for name, all_ in maps.items()
        if set(COUNTED) <= set(kinds)
    }
    report(1.0, "Traced")
    return Faithfulness(curves, baseline, beaten)


def draw_rankings(subject: Subject, resolution: tuple[int, ...], draw: int) -> np.ndarray:
    """Return maps (N, h, w) of the resolution (h, w) whose cells are in random order."""
    seeds = [(*seed, draw) for seed in image_seeds(subject)]
    return np.stack([np.random.default_rng(seed).random(resolution, np.float32) for seed in seeds])


def image_seeds(subject: Subject) -> list[tuple[int, ...]]:
    """Return N starts of random numbers, which depend on the seed and the image alone."""
    images = subject.images.cpu().numpy()
    return [(subject.seed, zlib.crc32(image.tobytes())) for image in images]


def count_beaten(own: Traced, random_baseline: tuple[Traced, ...]) -> np.ndarray:
    """Return the fraction of random rankings that a method's curves beat, (N,)."""
    wins = []
    for random in random_baseline:
        wins.append(_win(random["deletion"].auc - own["deletion"].auc))
        wins.append(_win(own["insertion"].auc - random["insertion"].auc))
    return np.mean(wins, axis=0)


def _win(lead: np.ndarray) -> np.ndarray:
    """Return 1 where a lead is positive, 0 where negative, 0.5 where there is none."""
    return (1 + np.sign(lead)) / 2


def _trace(subject: Subject, maps: np.ndarray, kinds: Sequence[str], report: Progress) -> Traced:
    traced = {}
    with explaining(subject.model):
        score = probability(partial(_find_logits, subject), subject.targets)
        for number, kind in enumerate(kinds):
            report(number / len(kinds), f"{'ROAD' if kind == 'road' else kind} curves")
            traced[kind] = KINDS[kind](score, subject, maps)
    return traced


def _find_logits(subject: Subject, images: Tensor) -> Tensor:
    """Return the logits (N, classes) of images, whatever the network returns them in."""
    return read_logits(subject.model(images), subject.architecture.logits)
