"""Mean focus class by class, and where a run looks beside the object most clearly."""

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.findings.finding import Evidence
from saliencnn.findings.run_facts import RunFacts


def see_worst_focus(facts: RunFacts) -> Evidence:
    """Return where a network looks beside the object most clearly: its class of least focus."""
    focus = focus_by_class(facts, facts.focus)
    if not np.isfinite(focus).any():
        return facts.see("progression")
    return facts.see("progression", class_name=facts.classes[int(np.nanargmin(focus))])


def focus_by_class(facts: RunFacts, focus: np.ndarray) -> np.ndarray:
    """Return the mean focus of each class's images, float (C,); NaN for too few of them.

    Args:
        facts: of the run.
        focus: of each image's map, float (N,); NaN where unknown.
    """
    known = np.isfinite(focus)
    true, values = facts.predictions["true"][known], focus[known]
    images = np.bincount(true, minlength=len(facts.classes))
    sums = np.bincount(true, values, minlength=len(facts.classes))
    return np.where(images >= MIN_IMAGES, sums / np.maximum(images, 1), np.nan)
