"""Signs that a run's maps say little of its network."""

from saliencnn.findings.finding import Found
from saliencnn.findings.run_facts import RunFacts

METHODS_APART = 0.25
"""Between the focus by Grad-CAM and by Grad-CAM++, from which on neither is to be trusted."""
EMPTY = 0.05
NEGATIVE = 0.6
"""Of CAM's energy, from which on a network mostly argues against other classes."""


def find_methods_apart(facts: RunFacts) -> Found | None:
    """Find Grad-CAM and Grad-CAM++ far apart in focus, so that neither can be believed."""
    first, second = facts.last("focus"), facts.last("focus_gradcampp")
    if not abs(first - second) >= METHODS_APART:
        return None
    return Found({"first": first, "second": second}, facts.see("progression"))


def find_empty(facts: RunFacts) -> Found | None:
    """Find a network many of whose maps are empty."""
    empty = facts.last("empty_maps")
    if not empty >= EMPTY:
        return None
    return Found(
        {"count": round(empty * facts.images), "images": facts.images}, facts.see("progression")
    )


def find_negative(facts: RunFacts) -> Found | None:
    """Find a network whose maps mostly speak against their class."""
    negative = facts.last("negative_energy")
    return Found({"negative": negative}, facts.see("progression")) if negative >= NEGATIVE else None
