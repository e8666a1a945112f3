"""What came of a request: its retry beside the run that it started from, in a sentence."""

from collections.abc import Mapping

import numpy as np

from saliencnn.common.metrics import METRICS
from saliencnn.measures.rates import difference_interval

WITHOUT, OVERALL = "counterfactual_accuracy", "best_val_accuracy"
COMPARED = (WITHOUT, OVERALL, "focus")
"""Metrics of the sentence, where both runs have them."""
VERDICTS = {
    (1, 1): "Better",
    (1, 0): "Better",
    (1, -1): "Better without the shortcut, worse with it",
    (0, 1): "Better with the shortcut, no clear difference without it",
    (0, 0): "No clear difference",
    (0, -1): "Worse",
    (-1, 1): "Worse without the shortcut, better with it",
    (-1, 0): "Worse",
    (-1, -1): "Worse",
}
"""How a retry's accuracy without the shortcut and its accuracy differ from those before."""


def describe_outcome(before: Mapping[str, float], after: Mapping[str, float], images: int) -> str:
    """Say whether a retry is better, with its numbers: ``Better: focus 0.24 → 0.55``.

    Better or worse is an accuracy whose difference's 95% interval does not hold 0, where there are
    two accuracies for both together.

    Args:
        before: metrics of the run that it started from.
        after: of the retry.
        images: how many validation images there are.

    Returns:
        A sentence; empty where no number is known of both.
    """
    known = [name for name in COMPARED if name in before and name in after]
    if not known:
        return ""
    numbers = ", ".join(
        f"{METRICS[name].label} {METRICS[name].write(before[name])} → "
        f"{METRICS[name].write(after[name])}"
        for name in known
    )
    if OVERALL not in known:
        return f"{numbers}."
    counts = {OVERALL: images, WITHOUT: int(after.get("counterfactual_images", images))}
    compared = [name for name in counts if name in known]
    signs = {
        name: _compare(before[name], after[name], counts[name], len(compared)) for name in compared
    }
    return f"{VERDICTS[signs.get(WITHOUT, signs[OVERALL]), signs[OVERALL]]}: {numbers}."


def _compare(before: float, after: float, images: int, comparisons: int) -> int:
    """Return 1 where a rate is clearly higher after, -1 where it is lower, else 0."""
    low, high = difference_interval(
        np.array(after), np.array(before), np.array(max(images, 1)), comparisons
    )
    return int(low > 0) - int(high < 0)
