"""One window on images deeper than 8 bits, for all networks that are compared."""

from dataclasses import replace

from pipelines.evaluation.models import Candidate
from saliencnn.data.labelled import LabelledImages
from saliencnn.data.value_range import decide_window, see_through
from saliencnn.data.window import AUTO


def share_window(
    labelled: LabelledImages, candidates: list[Candidate], wanted: str
) -> tuple[LabelledImages, list[Candidate], list[str]]:
    """Let all networks see images deeper than 8 bits through one window.

    Returns:
        The images, the networks that can see them through it, and a sentence for each other one.
    """
    trained = [c.window for c in candidates if c.window not in ("", AUTO)]
    chosen = trained[0] if wanted == AUTO and trained else wanted
    decision = decide_window(labelled.samples, chosen, "images")
    if decision.text == AUTO:  # none is deep
        return labelled, candidates, []
    others = [c for c in candidates if wanted == AUTO and c.window not in ("", AUTO, chosen)]
    refusals = [
        f"{c.name} was trained with --window {c.window}, others with {chosen}: evaluate it with a "
        "command of its own, or say --window."
        for c in others
    ]
    samples = see_through(labelled.samples, decision.window)
    labelled = replace(labelled, samples=samples, notes=(*labelled.notes, *decision.notes))
    return labelled, [c for c in candidates if c not in others], refusals
