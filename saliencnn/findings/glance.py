"""What a run's last numbers alone warn of: for lists, which cannot read every run's files."""

from collections.abc import Mapping

from saliencnn.findings.attention_signs import GOOD_ACCURACY, SHORTCUT_GAP, leans
from saliencnn.findings.learning_signs import IMBALANCE, MEMORIZED
from saliencnn.findings.mostly import are_most

LOW_FOCUS = 0.35
"""Mean focus below which most of the maps lie beside the object, where no more is known."""
USUAL_IMAGES = 100
"""Validation images that a run is taken to have whose numbers do not tell how many it has."""


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
    # Validation has at least as many images as those without the shortcut: theirs count for both.
    images = int(metrics.get("counterfactual_images", 0))
    if _looks_beside(metrics, images or USUAL_IMAGES):
        return "looks beside the object"
    if leans(accuracy, images, metrics.get("counterfactual_accuracy", accuracy), images):
        return "leans on a shortcut"
    if metrics.get("train_accuracy", 0.0) > accuracy + MEMORIZED:
        return "memorizes"
    if accuracy - metrics.get("val_macro_f1", accuracy) >= IMBALANCE:
        return "weak on rare classes"
    return ""


def _looks_beside(metrics: Mapping[str, float], images: int) -> bool:
    """Whether most maps lie beside the object, by the rule of the run's own page."""
    if "focus_inside" in metrics:
        return are_most((1 - metrics["focus_inside"]) * images, images)
    return metrics.get("focus", 1.0) < LOW_FOCUS
