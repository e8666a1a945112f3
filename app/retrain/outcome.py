"""What came of a request: its retry beside the run that it started from, in a sentence."""

from saliencnn.common.metrics import METRICS
from saliencnn.store.runs import RunInfo

COMPARED = ("best_val_accuracy", "counterfactual_accuracy", "focus")
"""Metrics of the sentence, where both runs have them."""


def describe_outcome(before: RunInfo, after: RunInfo) -> str:
    """Say how a retry's numbers stand beside those before, e.g. ``focus 0.24 → 0.55``.

    Returns:
        A phrase; empty where no number is known of both.
    """
    known = [name for name in COMPARED if name in before.metrics and name in after.metrics]
    return ", ".join(
        f"{METRICS[name].label} {METRICS[name].write(before.metrics[name])} → "
        f"{METRICS[name].write(after.metrics[name])}"
        for name in known
    )
