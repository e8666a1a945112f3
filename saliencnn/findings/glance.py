"""What a run's last numbers alone warn of: for lists, which cannot read every run's files."""

from collections.abc import Mapping

from saliencnn.findings.attention_signs import GOOD_ACCURACY, SHORTCUT_GAP
from saliencnn.findings.learning_signs import IMBALANCE, MEMORIZED
from saliencnn.measures.rates import LEVEL, differ_by_chance

LOW_FOCUS = 0.35
"""Mean focus below which most of the maps lie beside the object."""


def warn(metrics: Mapping[str, float]) -> str:
    """Return a warning in a few words, or nothing.

    It is coarser than the findings: no counts, no epochs before the last.

    Args:
        metrics: of the last epoch, names of ``saliencnn.common.metrics``.
    """
    accuracy = metrics.get("val_accuracy", 0.0)
    if accuracy < GOOD_ACCURACY:
        return ""
    if accuracy - metrics.get("counterfactual_accuracy", accuracy) >= SHORTCUT_GAP:
        return "relies on a shortcut"
    if metrics.get("focus", 1.0) < LOW_FOCUS:
        return "looks beside the object"
    if _leans(metrics, accuracy):
        return "leans on a shortcut"
    if metrics.get("train_accuracy", 0.0) > accuracy + MEMORIZED:
        return "memorizes"
    if accuracy - metrics.get("val_macro_f1", accuracy) >= IMBALANCE:
        return "weak on rare classes"
    return ""


def _leans(metrics: Mapping[str, float], accuracy: float) -> bool:
    """Whether accuracy falls without the shortcut, by more than chance.

    Validation has at least as many images as those without the shortcut, so theirs count for both.
    """
    without = metrics.get("counterfactual_accuracy", accuracy)
    images = int(metrics.get("counterfactual_images", 0))
    if not images or without >= accuracy:
        return False
    return differ_by_chance(accuracy, without, images, images) <= 1 - LEVEL
