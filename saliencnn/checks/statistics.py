"""What a check finds for each image: the number that a verdict is about, and what stands behind.

All functions take a subject, the explanation of its images as they are, the network of random
labels if there is one, and a report.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from saliencnn.checks.faithfulness import COUNTED, ROAD_STEPS, Faithfulness, trace
from saliencnn.checks.label_randomization import compare_networks
from saliencnn.checks.parameter_randomization import randomize
from saliencnn.checks.stability import KINDS, disturb, moved_per_score
from saliencnn.checks.subject import Explanation, Subject
from saliencnn.checks.variance import MEASURES, make_signal, vary_input
from saliencnn.common.progress import Progress, part_of

STRENGTH = 1.0
"""Of the constant signal of input variance, in standard deviations of the input."""
STEADY = 0.5
"""How far the explained logit may move, in standard deviations of the image's logits, while the
map is expected to stay."""

NUMBER = "number"
"""The quantity that is judged."""
LOGIT_CHANGE, TOLERANCE = "logit change", "tolerance"
"""Quantities of input variance, in the logits' own unit."""
PER_SCORE = "per score"
"""Quantity of stability: how much the map moved for each unit that the score moved."""
ROAD_EVERY = 8
RANDOM_BASELINE = " by lot"
"""Ends the name of a curve that belongs to random rankings of a method's grain."""

Quantities = dict[str, dict[str, np.ndarray]]
"""Quantity (``NUMBER`` and others) -> method -> float64 (N, ...); NaN for images without one."""


def judge_variance(
    subject: Subject, own: Explanation, _other: nn.Module | None, report: Progress
) -> Quantities:
    """Return correlations before and after a constant signal, exactly compensated.

    Further quantities: the other ``MEASURES`` of likeness, and, the same for every method, the
    largest change of any logit (``LOGIT_CHANGE``) and what still counts as none (``TOLERANCE``).
    """
    channels, height, width = subject.images.shape[1:]
    signal = make_signal("constant", (channels, height, width), STRENGTH, subject.seed)
    found = vary_input(subject, signal, "exact", report, own)
    named = {measure: NUMBER if measure == "spearman" else measure for measure in MEASURES}
    return {
        **{
            quantity: {name: found.similarity[name][measure] for name in subject.methods}
            for measure, quantity in named.items()
        },
        LOGIT_CHANGE: dict.fromkeys(subject.methods, found.logit_change),
        TOLERANCE: dict.fromkeys(subject.methods, found.tolerance),
    }


def judge_randomization(
    subject: Subject, own: Explanation, _other: nn.Module | None, report: Progress
) -> Quantities:
    """Return correlations with the maps of the network when all of its weights are random."""
    found = randomize(subject, True, report, blocks=1, own=own.maps)
    return {NUMBER: {name: found.similarity[name][-1] for name in subject.methods}}


def judge_labels(
    subject: Subject, own: Explanation, other: nn.Module | None, report: Progress
) -> Quantities:
    """Return correlations with the maps of the network of random labels; NaN without one."""
    if other is None:
        return {NUMBER: {name: np.full(len(subject.images), np.nan) for name in subject.methods}}
    return {NUMBER: compare_networks(subject, other, report, own.maps).similarity}


def judge_stability(
    subject: Subject, own: Explanation, _other: nn.Module | None, report: Progress
) -> Quantities:
    """Return the lower correlation of the disturbances under which the logits stayed.

    Further quantities: the correlation under each of ``KINDS``, wherever the logits went, and
    the larger ``PER_SCORE`` of the two.
    """
    found = disturb(subject, report, own)
    numbers = {}
    for name in subject.methods:
        steady = [
            np.where(found.logit_change[kind] <= STEADY, found.similarity[kind][name], np.nan)
            for kind in KINDS
        ]
        numbers[name] = np.fmin.reduce(steady)
    ratios = {
        name: np.fmax.reduce(
            [
                moved_per_score(found.similarity[kind][name], found.logit_change[kind])
                for kind in KINDS
            ]
        )
        for name in subject.methods
    }
    return {NUMBER: numbers, PER_SCORE: ratios, **found.similarity}


def judge_faithfulness(
    subject: Subject, own: Explanation, _other: nn.Module | None, report: Progress
) -> Quantities:
    """Return the shares of random rankings beaten.

    Further quantities: the curves of all ``KINDS``, (N, steps + 1), and with ``RANDOM_BASELINE``
    the mean of the random rankings' curves, for the same images. ROAD's are those of every
    ``ROAD_EVERY``-th of all images and of one random ranking, since they take ten times as long;
    NaN for the others.
    """
    found = trace(subject, part_of(report, 0.0, 0.6), COUNTED, own.maps)
    filled = _fill_some(subject, own, part_of(report, 0.6, 1.0))
    return {NUMBER: found.beaten, **_curves_of(found, COUNTED), **filled}


def _fill_some(subject: Subject, own: Explanation, report: Progress) -> Quantities:
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
    """Return each kind's curves and the mean random ranking's, both NaN where a map is flat."""
    quantities: Quantities = {}
    for kind in kinds:
        quantities[kind] = {name: traced[kind].curves for name, traced in found.curves.items()}
        quantities[kind + RANDOM_BASELINE] = {
            name: np.where(
                np.isnan(curves),
                np.nan,
                np.mean([draw[kind].curves for draw in found.random[name]], axis=0),
            )
            for name, curves in quantities[kind].items()
        }
    return quantities
