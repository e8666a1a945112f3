"""What a run's last numbers alone warn of: for lists, which cannot read every run's files.

That a network looks beside the object in single classes only takes each image's map and whether
checks advise to believe them, which no metric holds: a check of its maps notes that with the run.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.data.image_index import ImageIndex
from saliencnn.findings.counterfactual_signs import GOOD_ACCURACY, is_telling, leans, relies
from saliencnn.findings.learning_signs import IMBALANCE, MEMORIZED
from saliencnn.findings.mostly import are_most
from saliencnn.store.run_info import RunInfo

LOW_FOCUS = 0.35
"""Mean focus below which most of the maps lie beside the object, where no more is known."""
MEMORIZES, WEAK = "memorizes", "weak on rare classes"
"""Warnings of how often the network is wrong, which accuracy by class says more exactly."""
FEW_IMAGES = 20
"""Images whose focus is known that a run of an earlier version, which did not count them, is taken
to have: what holds of so few holds of more."""


def warn_of(run: RunInfo) -> str:
    """Return what interventions convict a run of, else what numbers or checks of maps warn of.

    Chance is that of its training images where nobody has counted those of validation.
    """
    warning = run.conviction or warn(run.metrics, run.likely_chance)
    return warning or (f"looks elsewhere in {run.beside}" if run.beside else "")


def know_chance(run: RunInfo, read_index: Callable[[str], ImageIndex]) -> RunInfo:
    """Return a run with chance of its validation images, as its own page takes it.

    They are counted only where a warning depends on it, so that lists read few files.

    Args:
        run: of any version; it is returned as it is where its images cannot be read.
        read_index: returns what is known of an image set's validation images, by its id.
    """
    accurate = run.metrics.get("val_accuracy", 0.0) >= GOOD_ACCURACY
    if not (accurate and run.images_id and _looks_beside(run.metrics)):
        return run
    try:
        return replace(run, chance=read_index(run.images_id).chance)
    except Exception:  # whatever is wrong with the images, the list is shown
        return run


def warn(metrics: Mapping[str, float], chance: float = 0.0) -> str:
    """Return a warning in a few words, or nothing.

    It is coarser than the findings: no counts, no epochs before the last.

    Args:
        metrics: of the last epoch, names of ``saliencnn.common.metrics``.
        chance: accuracy of whoever always names the most frequent class; 0 where unknown.
    """
    accuracy = metrics.get("val_accuracy", 0.0)
    if accuracy < GOOD_ACCURACY:
        return ""
    # Validation has at least as many images as those without the shortcut: theirs count for both.
    images = int(metrics.get("counterfactual_images", 0))
    without = metrics.get("counterfactual_accuracy", accuracy)
    if relies(accuracy, images, without, images):
        return "relies on a shortcut"
    if is_telling(accuracy, chance) and _looks_beside(metrics):
        return "looks beside the object"
    if leans(accuracy, images, without, images):
        return "leans on a shortcut"
    if metrics.get("train_accuracy", 0.0) > accuracy + MEMORIZED:
        return MEMORIZES
    if accuracy - metrics.get("val_macro_f1", accuracy) >= IMBALANCE:
        return WEAK
    return ""


def _looks_beside(metrics: Mapping[str, float]) -> bool:
    """Whether most maps lie beside the object and point beside it, as the run's page counts them.

    Where it is unknown of how many images, only where the page finds it of as few as there are
    without the shortcut, or of ``FEW_IMAGES``, too.
    """
    if "focus_inside" not in metrics:
        return metrics.get("focus", 1.0) < LOW_FOCUS
    counted = metrics.get("focus_images") or metrics.get("counterfactual_images") or FEW_IMAGES
    images = int(counted)
    if images < MIN_IMAGES or are_most(round(metrics.get("pointing", 0) * images), images):
        return False
    return are_most(round((1 - metrics["focus_inside"]) * images), images)
