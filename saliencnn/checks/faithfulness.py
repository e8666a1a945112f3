"""Faithfulness: does the score depend on what a map highlights, more than on random pixels?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from torch import nn

from saliencnn.checks.evidence import CurveComparison, Resources
from saliencnn.checks.faithfulness_curves import COUNTED, KINDS, ROAD_STEPS, Faithfulness, trace
from saliencnn.checks.quantities import NUMBER, RANDOM_BASELINE, Quantities
from saliencnn.checks.subject import Explanation, Subject
from saliencnn.common.progress import Progress, part_of

ROAD_EVERY = 8
"""Of how many images one has ROAD's curves."""


def measure(
    subject: Subject, own: Explanation, _control: nn.Module | None, report: Progress
) -> Quantities:
    """Return the fractions of random rankings beaten.

    Further quantities: the curves of all ``KINDS``, (N, steps + 1), and with ``RANDOM_BASELINE``
    the mean of the random rankings' curves, for the same images. ROAD's are those of every
    ``ROAD_EVERY``-th of all images and of one random ranking, since they take ten times as long;
    NaN for the others.
    """
    found = trace(subject, part_of(report, 0.0, 0.6), COUNTED, own.maps)
    road = _trace_some(subject, own, part_of(report, 0.6, 1.0))
    return {NUMBER: found.beaten, **_curves_of(found, COUNTED), **road}


def show(
    subject: Subject, _options: Mapping[str, Any], _resources: Resources, report: Progress
) -> CurveComparison:
    """Return the curves of an image."""
    found = trace(subject, report)
    some = next(iter(found.curves.values()), {})
    return CurveComparison(
        {kind: curves.fractions for kind, curves in some.items()},
        {kind: {m: found.curves[m][kind].curves[0] for m in found.curves} for kind in KINDS},
        {
            kind: {
                m: np.stack([draw[kind].curves[0] for draw in draws])
                for m, draws in found.random_baseline.items()
            }
            for kind in KINDS
        },
        {m: float(beaten[0]) for m, beaten in found.beaten.items()},
    )


def _trace_some(subject: Subject, own: Explanation, report: Progress) -> Quantities:
    """Return ROAD's curves, NaN but for every ``ROAD_EVERY``-th of all images."""
    empty = np.full((len(subject.images), ROAD_STEPS + 1), np.nan)
    quantities = {
        quantity: {name: empty.copy() for name in subject.methods}
        for quantity in ("road", "road" + RANDOM_BASELINE)
    }
    some = slice(-subject.first % ROAD_EVERY, None, ROAD_EVERY)
    if len(subject.images[some]):
        few = replace(subject, images=subject.images[some], targets=subject.targets[some])
        maps = {name: all_[some] for name, all_ in own.maps.items()}
        found = _curves_of(trace(few, report, ("road",), maps, draws=1), ("road",))
        for quantity, by_method in found.items():
            for name, curves in by_method.items():
                quantities[quantity][name][some] = curves
    return quantities


def _curves_of(found: Faithfulness, kinds: Sequence[str]) -> Quantities:
    """Return each kind's curves and their random baseline, NaN where a map is constant."""
    quantities: Quantities = {}
    for kind in kinds:
        quantities[kind] = {name: traced[kind].curves for name, traced in found.curves.items()}
        quantities[kind + RANDOM_BASELINE] = {
            name: np.where(
                np.isnan(curves),
                np.nan,
                np.mean([draw[kind].curves for draw in found.random_baseline[name]], axis=0),
            )
            for name, curves in quantities[kind].items()
        }
    return quantities
