"""What a run's last numbers alone warn of: for lists, which cannot read every run's files."""

from collections.abc import Mapping

from saliencnn.findings.attention_signs import GOOD_ACCURACY, SHORTCUT_GAP, leans
from saliencnn.findings.learning_signs import IMBALANCE, MEMORIZED

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
    # Validation has at least as many images as those without the shortcut: theirs count for both.
    images = int(metrics.get("counterfactual_images", 0))
    if leans(accuracy, images, metrics.get("counterfactual_accuracy", accuracy), images):
        return "leans on a shortcut"
    if metrics.get("train_accuracy", 0.0) > accuracy + MEMORIZED:
        return "memorizes"
    if accuracy - metrics.get("val_macro_f1", accuracy) >= IMBALANCE:
        return "weak on rare classes"
    return ""
