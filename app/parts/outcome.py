"""What came of a request: its retry beside the run that it started from, in a sentence."""

from collections.abc import Mapping

import numpy as np

from saliencnn.common.metrics import METRICS
from saliencnn.measures.rates import LEVEL, differ_by_chance, hold_together

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

    Better or worse is an accuracy that chance alone changes as much in at most 5%, where there are
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
    compared = {name: max(of, 1) for name, of in counts.items() if name in known}
    chances = hold_together(
        {name: differ_by_chance(before[name], after[name], of, of) for name, of in compared.items()}
    )
    signs = {
        name: int(np.sign(after[name] - before[name])) if chance <= 1 - LEVEL else 0
        for name, chance in chances.items()
    }
    return f"{VERDICTS[signs.get(WITHOUT, signs[OVERALL]), signs[OVERALL]]}: {numbers}."
