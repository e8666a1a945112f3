"""Single changes of one run: what to try while too few runs are known to model them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import Any

import numpy as np

from pipelines.retry.history import Comparable
from pipelines.retry.known_good import OUTSIDE_SPACE
from pipelines.retry.space import (
    AUGMENTATIONS,
    COLOURS,
    MIXING,
    SPACE,
    from_unit,
    inside,
    place,
    to_unit,
)
from saliencnn.common.hyperparameters import UNGUIDED, Hyperparameters

MIN_DISTANCE = 0.1
"""A change is not proposed within this distance of a past run in the unit cube."""
MIN_DISTANCE_TO_RULED_OUT = 0.4
"""Nor within this distance of one that is ruled out, but for the run that is changed."""


def change_images(start: Hyperparameters, ranked: Comparable, seed: int) -> list[Hyperparameters]:
    """Return changes of the images that a start which is ruled out was not answered by yet.

    Each takes one augmentation of the start to its far end: what a network looked at in place of
    the object, it cannot rely on there. Empty unless the start is ruled out. Colours come last.

    Args:
        start: the run to start from.
        ranked: the past runs.
        seed: decides their order.
    """
    if not any(run.ruled_out for run in ranked.runs if run.hyperparameters == start):
        return []
    at = to_unit(inside(start.as_dict()))
    wanted = [name for name in AUGMENTATIONS if at[name] <= 0.5]
    found = _singles(start, start, ranked, seed)
    return [change(start, one, ranked) for name, one in found if name in wanted]


def screen(
    start: Hyperparameters, ranked: Comparable, count: int, seed: int
) -> list[Hyperparameters]:
    """Return single changes that were not tried, the largest first, then a spread.

    A screening design (Morris 1991) around the best run so far: each change moves one value to
    its far end, which a person can read and a sampler learns most from. Changes of the images
    come before all others: they decide where a network can look. Changes of colours come last:
    they harm classes that differ in colour. The spread (Sobol 1967) fills
    the space evenly once every single change was tried.

    Args:
        start: the run to start from; what ``SPACE`` does not name stays as it is there.
        ranked: the past runs.
        count: how many.
        seed: decides between changes of one rank.
    """
    singles = _singles(start, best_so_far(start, ranked), ranked, seed)
    bad = [place(run.hyperparameters) for run in ranked.runs if run.ruled_out]
    spread = _spread(len(ranked.runs), bad, seed)
    asked = islice(chain((one for _, one in singles), spread), count)
    return [change(start, one, ranked) for one in asked]


def _singles(
    start: Hyperparameters, base: Hyperparameters, ranked: Comparable, seed: int
) -> list[tuple[str, dict[str, Any]]]:
    """Return (what it changes, values) of every change of one run that is worth trying."""
    values, origin = inside(base.as_dict()), place(base)
    past = [place(run.hyperparameters) for run in ranked.runs]
    bad = [at for at, run in zip(past, ranked.runs, strict=True) if run.ruled_out]
    bad = [at for at in bad if _is_far(at, [origin], MIN_DISTANCE)]
    found = []
    names = [name for name in SPACE if name not in _fixed(start, ranked)]
    for name in np.random.default_rng(seed).permutation(names).tolist():
        at = list(SPACE).index(name)
        end = 0.0 if origin[at] > 0.5 else 1.0
        point = np.where(np.arange(len(SPACE)) == at, end, origin)
        is_new = _is_far(point, [origin, *past], MIN_DISTANCE)
        if is_new and _is_far(point, bad, MIN_DISTANCE_TO_RULED_OUT):
            rank = (name in COLOURS, name not in AUGMENTATIONS, -abs(end - origin[at]))
            found.append((rank, (name, {**values, **from_unit({name: end})})))
    return [single for _, single in sorted(found, key=lambda one: one[0])]


def change(
    start: Hyperparameters, values: Mapping[str, Any], ranked: Comparable
) -> Hyperparameters:
    """Return a run's hyperparameters with other values, but for those that stay as they are."""
    fixed = _fixed(start, ranked)
    changed = {name: value for name, value in values.items() if name not in fixed}
    return Hyperparameters.from_mapping({**start.as_dict(), **changed})


def _fixed(start: Hyperparameters, ranked: Comparable) -> frozenset[str]:
    """Return what changes nothing on these images, or must not change in a run."""
    return ranked.idle.union(() if start.guidance == UNGUIDED else MIXING)


def best_so_far(start: Hyperparameters, ranked: Comparable) -> Hyperparameters:
    """Return the values of the run with the largest sum of its values.

    It is not ruled out, and its numbers tell (``PastRun.tells``).

    That is the start where no such run has a larger sum than the start itself. A run that
    interventions convict of nothing comes before any that nobody has tried them on. One that was
    guided otherwise is no measure: its other values alone do not make it what it is.

    Args:
        start: the run to start from.
        ranked: the past runs, with or without it.
    """
    sums, guided = ranked.values.sum(axis=1).tolist(), _guidance(start)
    summed = zip(sums, ranked.runs, strict=True)
    runs = [(total, run) for total, run in summed if _guidance(run.hyperparameters) == guided]
    bar = max((total for total, run in runs if run.hyperparameters == start), default=-np.inf)
    better = [
        (total, run) for total, run in runs if total > bar and not run.ruled_out and run.tells
    ]
    return (
        max(better, key=lambda one: (one[1].cleared, one[0]))[1].hyperparameters
        if better
        else start
    )


def _guidance(values: Hyperparameters) -> list[Any]:
    return [getattr(values, name) for name in OUTSIDE_SPACE]


def _is_far(point: np.ndarray, others: Sequence[np.ndarray], distance: float) -> bool:
    return all(np.linalg.norm(point - other) > distance for other in others)


def _spread(first: int, bad: Sequence[np.ndarray], seed: int) -> Iterator[dict[str, Any]]:
    """Yield values all over the space without end, none near one that is ruled out.

    Args:
        first: how many of them to pass over.
        bad: where runs lie that are ruled out.
        seed: of the sequence.
    """
    from scipy.stats import qmc  # takes seconds to import, and few calls need it

    sobol = qmc.Sobol(len(SPACE), seed=seed)
    points = chain.from_iterable(map(sobol.random, repeat(8)))
    for point in islice(points, first, None):
        values = from_unit(dict(zip(SPACE, map(float, point), strict=True)))
        # A choice lies elsewhere than the point that is rounded to it.
        if _is_far(np.array(list(to_unit(values).values())), bad, MIN_DISTANCE_TO_RULED_OUT):
            yield values
