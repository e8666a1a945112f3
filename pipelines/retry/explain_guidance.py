"""Why guidance and new backgrounds are proposed, and what to expect of them."""

from dataclasses import replace

from pipelines.retry.reason import Reason
from saliencnn.common.hyperparameters import BOTH, UNGUIDED, Hyperparameters

_WHY_GUIDED = (
    "It is known where the objects are: training asks for the evidence to lie there, and punishes "
    "what speaks for a class beside them. Judge it by its accuracy without the shortcut, not by "
    "focus."
)
_WHY_ELSEWHERE = (
    "What lies beside the object is taken from another image each time, so it tells less of the "
    "class, and guidance keeps the evidence on the object. Where no surroundings mislead, that may "
    "cost accuracy: in three trainings on ten species of birds it changed by -6, -4 and +3 points, "
    "of which only the first is more than chance."
)
GUIDED_EPOCHS = 6
"""Of each training by which guidance was measured; docs/guides/guidance.md has its numbers."""
_NOT_TRIED = "Nobody has tried it from this run's settings here."
_EXPECT_GUIDED = (
    "Expect accuracy without the shortcut to rise. On planted images of our own it "
    "rose from 22% to 99% with a sticker, only to 61% with a striped background (medians of 5 "
    f"trainings of {GUIDED_EPOCHS} epochs each). {_NOT_TRIED}"
)
_EXPECT_ELSEWHERE = (
    "Expect accuracy without the shortcut to rise. On planted images of our own "
    "with a striped background it rose from 13% to over 99%, where guidance alone came to 61% "
    f"(medians of 5 trainings of {GUIDED_EPOCHS} epochs each). {_NOT_TRIED}"
)
_EXPECT_NOT_MEASURED = (
    "What it brings from this start is not known: it was measured only from networks that were "
    "trained without guidance on the images' own backgrounds, to guidance both at weight 1 with no "
    "part ignored."
)


def explain_guidance(start: Hyperparameters, proposal: Hyperparameters, changes: str) -> Reason:
    """Return why guidance or new backgrounds are proposed, and what to expect of them.

    Numbers are quoted only where the start and what changes are as they were measured.

    Args:
        start: the run that a retry starts from.
        proposal: as ``guide`` returns it.
        changes: what it changes, in words.
    """
    elsewhere = proposal.new_background > start.new_background
    title = "Put objects on other backgrounds" if elsewhere else "Guide it to the object"
    why = _WHY_ELSEWHERE if elsewhere else _WHY_GUIDED
    if not _is_measured(start, proposal):
        return Reason(f"{title}: {changes}", _EXPECT_NOT_MEASURED, why, is_known=True)
    expected = _EXPECT_ELSEWHERE if elsewhere else _EXPECT_GUIDED
    return Reason(f"{title}: {changes}", expected, why, is_known=True, epochs=GUIDED_EPOCHS)


def _is_measured(start: Hyperparameters, proposal: Hyperparameters) -> bool:
    """Whether a change is one that guidance was measured by, from a start as it was measured."""
    plain = start.guidance == UNGUIDED and not start.new_background
    guided = replace(start, guidance=BOTH, guidance_weight=1.0, ignored="", mixup=0.0, cutmix=0.0)
    return plain and proposal in (guided, replace(guided, new_background=1.0))
