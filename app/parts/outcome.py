"""What came of a request: its retry beside the run that it started from, in a sentence."""

import numpy as np

from saliencnn.common.metrics import METRICS
from saliencnn.measures.rates import difference_interval
from saliencnn.store.runs import RunInfo

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


def describe_outcome(before: RunInfo, after: RunInfo, images: int) -> str:
    """Say whether a retry is better, with its numbers: ``Better: focus 0.24 → 0.55``.

    Better or worse is an accuracy whose difference's 95% interval does not hold 0.

    Args:
        before: the run that it started from.
        after: the retry.
        images: how many validation images there are.

    Returns:
        A sentence; empty where no number is known of both.
    """
    known = [name for name in COMPARED if name in before.metrics and name in after.metrics]
    if not known:
        return ""
    numbers = ", ".join(
        f"{METRICS[name].label} {METRICS[name].write(before.metrics[name])} → "
        f"{METRICS[name].write(after.metrics[name])}"
        for name in known
    )
    if OVERALL not in known:
        return f"{numbers}."
    overall = _compare(before, after, OVERALL, images)
    apart = int(after.metrics.get("counterfactual_images", images))
    without = _compare(before, after, WITHOUT, apart) if WITHOUT in known else overall
    return f"{VERDICTS[without, overall]}: {numbers}."


def _compare(before: RunInfo, after: RunInfo, metric: str, images: int) -> int:
    """Return 1 where a rate is clearly higher after, -1 where it is lower, else 0."""
    rate, former = (np.array(run.metrics[metric]) for run in (after, before))
    low, high = difference_interval(rate, former, np.array(max(images, 1)))
    return int(low > 0) - int(high < 0)
